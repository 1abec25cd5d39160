"""Standard output and error, which other people's code may close, wrap or replace."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

STREAMS = {"stdout": 1, "stderr": 2}
"""By their names in `sys`: the descriptors behind them."""


@contextmanager
def streams_kept() -> Iterator[None]:
    """Have both streams as they were at the end, and lead where they led.

    A wrapper such as `TextIOWrapper(sys.stdout.buffer)` closes what is below it when it goes away;
    a descriptor that is closed is taken by the next file, and what we print would go into it.
    """
    before = {name: getattr(sys, name) for name in STREAMS}
    numbers = {name: _number(stream, STREAMS[name]) for name, stream in before.items()}
    spares = [_Spare(number) for number in {*numbers.values(), *STREAMS.values()}]
    manners = {name: _manners(stream) for name, stream in before.items()}
    try:
        yield
    finally:
        for name, stream in before.items():
            setattr(sys, name, stream)  # what was in its place may end here, and close it
        for spare in spares:
            spare.put_back()
        for name, stream in before.items():
            if stream is not None and not _is_usable(stream):
                setattr(sys, name, open(numbers[name], "w", closefd=False, **manners[name]))  # noqa: SIM115


class _Spare:
    """A second descriptor of an open file, for when the first is closed or leads elsewhere."""

    def __init__(self, number: int) -> None:
        self.number, self.copy, self.file = number, -1, _file_behind(number)
        if self.file is not None:
            with suppress(OSError):  # as many files are open as may be
                self.copy = os.dup(number)

    def put_back(self) -> None:
        """Let the first lead where it did."""
        # Unless the second was closed as well, and is somebody else's file by now.
        if self.copy < 0 or _file_behind(self.copy) != self.file:
            return
        if _file_behind(self.number) != self.file:
            os.dup2(self.copy, self.number)
        os.close(self.copy)


def _file_behind(number: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(number)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _number(stream: Any, usual: int) -> int:
    try:
        return int(stream.fileno())
    except (AttributeError, OSError, ValueError):  # none, one in memory, one that is closed
        return usual


def _manners(stream: Any) -> dict[str, Any]:
    if not isinstance(stream, io.TextIOWrapper) or not _is_usable(stream):
        return {"encoding": "utf-8", "errors": "backslashreplace"}
    buffering = 1 if stream.line_buffering else -1
    return {"encoding": stream.encoding, "errors": stream.errors, "buffering": buffering}


def _is_usable(stream: Any) -> bool:
    try:
        return not stream.closed
    except ValueError:  # what was below it has been taken away
        return False
    except AttributeError:  # something of somebody's that can write
        return True
