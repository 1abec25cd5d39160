"""What every command shares: user errors become one clear line and exit code 2."""

import sys
from collections.abc import Callable

from noprop_core.errors import UserError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count it."""


def run_command(main: Callable[[], int]) -> int:
    """Run `main` and return its exit code; bugs keep their traceback."""
    try:
        return main()
    except UserError as error:
        for line in str(error).splitlines():
            print(f"error: {line}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; every finished run has been kept", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough. Python would complain once more on exit.
        sys.stderr.close()
        return 0
