"""Cores of this machine that a cell has to itself while others run beside it.

A core is taken by locking a file that stands for it, in a folder that all runners of this user
share: two studies on one machine, or any worker of a cluster, respect each other without a word,
and a core comes free when its holder ends, however suddenly.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from bench.records.locks import locked

LOOK_AGAIN = 0.05
"""Seconds between looks at cores that others have."""

TOPOLOGY = Path("/sys/devices/system/cpu")


def cores_available(topology: Path = TOPOLOGY) -> list[int]:
    """Return the cores this process may use, one of each physical core before their siblings.

    Empty where the system pins no process to cores.
    """
    if not hasattr(os, "sched_getaffinity"):
        return []
    seen: dict[str, int] = {}
    ordered = []
    for core in sorted(os.sched_getaffinity(0)):
        try:
            siblings = (topology / f"cpu{core}/topology/thread_siblings_list").read_text()
        except OSError:
            siblings = str(core)
        seen[siblings] = seen.get(siblings, -1) + 1
        ordered.append((seen[siblings], core))
    return [core for _, core in sorted(ordered)]


@contextmanager
def own_cores(count: int | None, folder: Path | None = None) -> Iterator[list[int]]:
    """Pin this process to `count` cores that nobody else has taken, waiting until there are.

    Nothing is pinned for None, where the system cannot, and where it has not that many cores.
    """
    cores = cores_available()
    if count is None or len(cores) < count:
        yield []
        return
    folder = folder or Path(tempfile.gettempdir()) / f"noprop-bench-cores-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with ExitStack() as held:
        while len(mine := _taken(cores, count, folder, held)) < count:
            held.close()  # else two who hold half of what they need wait for each other
            time.sleep(LOOK_AGAIN)
        os.sched_setaffinity(0, mine)
        try:
            yield mine
        finally:
            os.sched_setaffinity(0, cores)


def _taken(cores: list[int], count: int, folder: Path, held: ExitStack) -> list[int]:
    """Lock the first `count` of `cores` that are free, or as many as there are."""
    mine: list[int] = []
    for core in cores:
        file: IO[bytes] = (folder / f"core-{core}").open("ab")
        try:
            locked(file, wait=False)
        except BlockingIOError:
            file.close()
            continue
        held.enter_context(file)
        mine.append(core)
        if len(mine) == count:
            break
    return mine
