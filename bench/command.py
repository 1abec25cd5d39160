"""What every command shares: user errors become one clear line and exit code 2.

Whatever a command says goes through `say` and `warn`, so that nothing of an argument, a path or
somebody's error reaches a terminal that would obey it.
"""

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO, NoReturn

from bench import siblings  # noqa: F401  before what it settles
from noprop_core.errors import UserError
from noprop_core.words import printable_lines, shortened

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count it."""

NOT_HERE = "noprop-bench runs on Linux and macOS; on Windows, in its WSL"

LONGEST = 1000
"""Characters of a line that says what is wrong: what was given may be a whole file."""

STOPPED = "stopped; every finished run has been kept"


def run_and_exit(main: Callable[[], int], stopped: str = STOPPED) -> NoReturn:
    """Run `main`, and end this process with its exit code; `stopped` is said after Ctrl-C.

    After Ctrl-C it ends at once: libraries' own tidying takes seconds on a busy machine, and
    everything of ours has been let go of.
    """
    open_streams()
    code = run_command(main, stopped)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # or Python tries as it exits, and has a code of its own for that
            discard(stream)
    if code == INTERRUPTED:
        os._exit(code)
    sys.exit(code)


def open_streams() -> None:
    """Give this process a standard input, output and error, and let them take any character.

    A stream that was closed by whoever started us leads nowhere. Its number must not be taken by
    the next file that is opened: that would be a record, and what is printed would go into it.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            # It takes the lowest number that is free, which is this one; our children need it too.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        if getattr(sys, name) is None:
            stream = open(os.devnull, "w" if descriptor else "r", encoding="utf-8")  # noqa: PTH123, SIM115
            setattr(sys, name, stream)
    for output in (sys.stdout, sys.stderr):
        if hasattr(output, "reconfigure"):
            output.reconfigure(errors="backslashreplace")


def run_command(main: Callable[[], int], stopped: str = STOPPED) -> int:
    """Run `main` and return its exit code; bugs keep their traceback."""
    if sys.platform == "win32":
        warn(f"error: {NOT_HERE}")
        return 2
    code = 0
    try:
        code = main()
        sys.stdout.flush()  # a reader that has gone away shows here, not as Python exits
        return code
    except UserError as error:
        for line in str(error).split("\n"):
            warn(f"error: {shortened(line, LONGEST)}")
        return 2
    except KeyboardInterrupt:
        warn(stopped)
        return INTERRUPTED
    except BrokenPipeError:
        discard(sys.stdout)
        return code
    except OSError as error:
        if error.filename is not None:  # a path that somebody gave: too long, not ours to read
            name = shortened(str(error.filename), LONGEST)
            warn(f"error: '{name}': {error.strerror or error}")
            return 2
        if error.errno != errno.ENOSPC:
            raise
        discard(sys.stdout)
        warn(f"error: cannot write the output: {error.strerror}")
        return 2


def say(text: object) -> None:
    """Print lines on standard output; where nobody reads it any more, the work goes on."""
    try:
        print(printable_lines(str(text)), flush=True)
    except BrokenPipeError:
        discard(sys.stdout)
    except OSError as error:  # full, or opened for reading alone
        discard(sys.stdout)
        raise UserError(f"cannot write the output: {error.strerror}") from error


def warn(text: object) -> None:
    """Print lines on standard error; where that is closed or full, nobody can be told."""
    with suppress(OSError):
        print(printable_lines(str(text)), file=sys.stderr)


def discard(stream: IO[str]) -> None:
    """Have what is left of a stream's output go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
