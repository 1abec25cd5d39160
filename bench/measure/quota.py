"""The limit on processor time that a container puts on its processes, by Linux's control groups.

Docker's `--cpus`, a pod's CPU limit and systemd's `CPUQuota` let a group of processes run for a
part of every tenth of a second, and then stop all of it. torch counts cores and knows no limit.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def held_back_seconds() -> float | None:
    """Return how long limits have stopped this process's groups so far, summed over cores.

    None where no group has a limit that could, or the system has no groups.
    """
    seconds = [
        int(stopped) * unit
        for group in _groups()
        for name, unit in (("throttled_usec", 1e-6), ("throttled_time", 1e-9))
        if (stopped := _statistics(group).get(name, "")).isdecimal()
    ]
    return sum(seconds) if seconds else None


def cores_allowed() -> float | None:
    """Return how many cores' time this process's groups may use at most; None: no limit."""
    limits = [limit for group in _groups() if (limit := _limit(group)) is not None]
    return min(limits, default=None)


def _groups() -> Iterator[Path]:
    """Yield the folders of this process's groups, each with all that it is a part of.

    Of a container only its own is seen, at the top, wherever its path says that it is.
    """
    for line in _read(MEMBERSHIP).splitlines():
        _, _, rest = line.partition(":")
        controllers, is_one, path = rest.partition(":")
        if not is_one:
            continue
        if controllers == "":  # of version 2, the only one
            top = GROUPS
        elif "cpu" in controllers.split(","):
            top = GROUPS / "cpu"
        else:
            continue
        place = top / path.lstrip("/")
        yield from (folder for folder in (place, *place.parents) if folder.is_relative_to(top))


def _statistics(group: Path) -> dict[str, str]:
    pairs = (line.split(" ", 1) for line in _read(group / "cpu.stat").splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def _limit(group: Path) -> float | None:
    quota, _, period = _read(group / "cpu.max").strip().partition(" ")
    if not quota:  # of version 1
        quota, period = (_read(group / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    with suppress(ValueError, ZeroDivisionError):  # "max", or no such files
        cores = float(quota) / float(period)
        return cores if cores > 0 else None  # -1: none
    return None


def _read(file: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return file.read_text()
    return ""
