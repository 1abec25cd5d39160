"""What every command shares: user errors become one clear line and exit code 2."""

import os
import sys
from collections.abc import Callable
from typing import NoReturn

from noprop_core.errors import UserError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count it."""


STOPPED = "stopped; every finished run has been kept"


def run_and_exit(main: Callable[[], int]) -> NoReturn:
    """Run `main`, and end this process with its exit code.

    After Ctrl-C it ends at once: libraries' own tidying takes seconds on a busy machine, and
    everything of ours has been let go of.
    """
    code = run_command(main)
    if code == INTERRUPTED:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def run_command(main: Callable[[], int]) -> int:
    """Run `main` and return its exit code; bugs keep their traceback."""
    try:
        code = main()
        sys.stdout.flush()  # a reader that has gone away shows here, not as Python exits
        return code
    except UserError as error:
        for line in str(error).splitlines():
            print(f"error: {line}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; what is left of it goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
