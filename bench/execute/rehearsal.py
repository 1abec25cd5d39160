"""What a process does while it waits for its cell: what every cell does first, once and in small.

The first of anything takes longer than the second: code and tables are touched for the first time,
classes and kernels are looked up. It is done while the cell before prepares itself, and never
while one is timed: every piece holds a lock that a cell takes, shared, before it trains and keeps
to its end. The lock goes with its process, however suddenly.

Nothing of it reaches the cell but that: no switch, no random number, no tensor.
"""

import gc
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import torch

from bench.measure import memory
from bench.measure.load import MachineWatch
from bench.records import locks
from noprop_core import registry
from noprop_core.datasets.task import Split, Task
from noprop_core.outside import harmless
from noprop_core.seeding import Streams

LONGEST_WAIT = 0.1
"""Seconds that a cell waits for the end of a piece: many times what the longest takes."""

ACCELERATORS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""Where they are, a profiler may start them before a cell has said which it is to see."""


def lock_file() -> IO[bytes] | None:
    """Return what cells and rehearsals lock; None, and nobody rehearses, where there is no room."""
    with suppress(OSError):
        return tempfile.TemporaryFile()
    return None


def rehearse(lock: IO[bytes] | None, wanted: Callable[[], bool]) -> None:
    """Do one piece after the other until a cell is timed, or is `wanted` from this process."""
    fcntl = locks.fcntl
    if lock is None or fcntl is None:
        return
    # Whatever is wrong, the cell will meet it, and say so.
    with suppress(Exception), harmless():
        pieces = _pieces()
        while not wanted():
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises if one is timed
            try:
                if next(pieces, "done") == "done":
                    break
            finally:
                fcntl.lockf(lock, fcntl.LOCK_UN)
        del pieces
    gc.collect()  # nothing of it is left to be collected in the midst of an epoch


def keep_quiet(lock: IO[bytes] | None) -> None:
    """Have no process rehearse from here to the end of this one, and wait until none does."""
    fcntl = locks.fcntl
    if lock is None or fcntl is None:
        return
    until = time.perf_counter() + LONGEST_WAIT
    with suppress(OSError):  # no locks here, and so no rehearsals either
        while True:
            try:
                fcntl.lockf(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return
            except (BlockingIOError, PermissionError):  # a piece is being done
                if time.perf_counter() > until:  # stopped by somebody: it is not waited for
                    return
                time.sleep(0.0002)


def _pieces(accelerators: Sequence[str] = ACCELERATORS) -> Iterator[None]:
    """Do a piece at each step: none computes anything that takes more than one thread."""
    MachineWatch().load()
    yield
    task = _few_images()
    kind = registry.find("backprop")
    kind(kind.Config.model_validate({"width": 0.1}), task, 1, Streams(0))
    yield
    if any(Path(place).exists() for place in accelerators):
        return
    cpu = torch.device("cpu")
    memory.measure(cpu, lambda: torch.zeros(2), lambda zeros: [[zeros.clone, zeros.clone]])
    yield


def _few_images() -> Task:
    part = Split(torch.zeros(4, 1, 8, 8, dtype=torch.uint8), torch.arange(4) % 2)
    mean, scale = torch.zeros(1, 1, 1), torch.ones(1, 1, 1)
    return Task("a rehearsal's", 2, part, part, part, mean, scale, checksum="")
