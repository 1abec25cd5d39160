"""What a run's record says of an exception that ended it."""

import traceback
from types import TracebackType

import torch

from bench.records.record import Status
from noprop_core.errors import Diverged
from noprop_core.words import one_line, printable_lines, said_by


def failure_words(error: Exception) -> str:
    """Return what an exception says, on one line of at most 500 characters."""
    return one_line(error, 500)


def traceback_of(error: Exception) -> str:
    """Return a traceback that can be written: a file name in it may be no UTF-8."""
    return printable_lines("".join(traceback.format_exception(error)))


class InvalidTime(Exception):
    """A clock stood, ran backwards or said nothing: what took how long is not known."""


class Exited(Exception):
    """The code of a method asked for the end of the whole process."""


class exit_is_a_failure:  # noqa: N801 - read as the words of a `with`
    """Turn `sys.exit()` and its like inside into an error of the run; Ctrl-C stays what it is.

    No generator: one that Ctrl-C leaves behind half run is closed by an exception inside it, which
    would pass for such an exit.
    """

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raise `Exited` for what would end the process."""
        if error is not None and not isinstance(error, Exception | KeyboardInterrupt):
            raise Exited(one_line(error)) from error


def status_of(error: Exception) -> Status:
    """Return the outcome that an exception stands for."""
    if isinstance(error, Diverged):
        return "diverged"
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return "out-of-memory"
    # The CPU's allocator has no exception of its own; its words differ between systems.
    cpu = ("not enough memory", "can't allocate memory", "Cannot allocate memory")
    if isinstance(error, RuntimeError) and any(words in said_by(error) for words in cpu):
        return "out-of-memory"
    return "error"
