"""What disturbed a run while it was measured: others' work, stolen time, limits, heat."""

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psutil

from bench.measure.quota import held_back_seconds
from bench.records.record import Load

THROTTLE_COUNTS = "cpu*/thermal_throttle/core_throttle_count"


class MachineWatch:
    """Begins to watch when made; `load` tells what happened since.

    Of a process that has `cores` to itself those alone are watched: others' work on other cores
    is no disturbance that could be told from its neighbours.
    """

    def __init__(
        self, cpus: Path = Path("/sys/devices/system/cpu"), cores: Sequence[int] = ()
    ) -> None:
        """Note what the processors and this process have done so far."""
        self.cpus, self.cores = cpus, cores
        self.load_average = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
        self.busy, self.stolen, self.total = _cpu_seconds(self.cores)
        self.own, self.partners = _own_seconds(), 0.0
        self.held_back = held_back_seconds()
        self.throttled = _sum_of(cpus.glob(THROTTLE_COUNTS))

    def worked(self) -> float:
        """Return the seconds of processor time that this process has used since."""
        return _own_seconds() - self.own

    def load(self) -> Load:
        """Return what others took of the machine, in cores, since this watch was made.

        `partners`, the processor time of the run's other processes, is not others'.
        """
        busy, stolen, total = _cpu_seconds(self.cores)
        cores = len(self.cores) or os.cpu_count() or 1
        # All cores' seconds add up to cores times the time that has passed.
        passed = (total - self.total) / cores
        held_back = held_back_seconds()
        throttled = _sum_of(self.cpus.glob(THROTTLE_COUNTS))
        frequency, highest = _frequency()
        others = busy - self.busy - self.worked() - self.partners
        return Load(
            load_average=self.load_average,
            others_cores=max(0.0, others / passed) if passed > 0 else None,
            stolen_cores=max(0.0, (stolen - self.stolen) / passed) if passed > 0 else None,
            held_back_cores=None
            if held_back is None or self.held_back is None or passed <= 0
            else max(0.0, (held_back - self.held_back) / passed),
            throttled=None
            if throttled is None or self.throttled is None
            else throttled - self.throttled,
            frequency_mhz=frequency,
            highest_frequency_mhz=highest,
        )


def _cpu_seconds(cores: Sequence[int]) -> tuple[float, float, float]:
    """Return busy, stolen and all seconds of `cores`, or of all, since the machine started."""
    if cores:
        every = psutil.cpu_times(percpu=True)
        parts = [_seconds(every[core]) for core in cores if core < len(every)]
        busy, stolen, total = (sum(column) for column in zip(*parts, strict=True))
        return busy, stolen, total
    return _seconds(psutil.cpu_times())


def _seconds(times: Any) -> tuple[float, float, float]:
    idle = times.idle + getattr(times, "iowait", 0.0)
    stolen = getattr(times, "steal", 0.0)
    # A guest's time is in `user` already.
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return total - idle - stolen, stolen, total


def _own_seconds() -> float:
    # To the nanosecond, where psutil counts whole hundredths: a short run is over in a few.
    return time.process_time()


def _frequency() -> tuple[float | None, float | None]:
    try:
        now = psutil.cpu_freq()
    except (OSError, NotImplementedError, RuntimeError):
        return None, None
    if now is None:
        return None, None
    return (now.current or None), (now.max or None)


def _sum_of(files: Iterable[Path]) -> int | None:
    """Add up the whole numbers in `files`; None if none can be read."""
    found = []
    for path in files:
        try:
            found.append(int(path.read_text()))
        except (OSError, ValueError):
            continue
    return sum(found) if found else None
