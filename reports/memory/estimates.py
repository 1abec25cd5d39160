"""What peak memory consists of, by method and T: parameters, optimiser state, activations."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

import pandas as pd

from reports.input.pairing import Groups, Setting
from reports.input.runs import Row, row_of

PARTS = {
    "parameters_bytes": "parameters",
    "gradients_bytes": "gradients kept",
    "optimizer_bytes": "optimiser state",
    "other_bytes": "other, kept",
    "activations_bytes": "activations",
}
"""Columns of the runs frame, and their words. Add a part here, and it is in table and figure."""
ACTIVATIONS = "activations_bytes"


@dataclass(frozen=True, slots=True)
class MemoryParts:
    """Mean bytes of each part of one method in one setting, over `n` finished runs."""

    method: str
    setting: Setting
    bytes: Mapping[str, float]
    n: int

    @property
    def activations(self) -> float:
        """The part that may grow with T."""
        return self.bytes[ACTIVATIONS]


def memory_parts(groups: Groups, rows: Mapping[tuple[str, str], Row]) -> tuple[MemoryParts, ...]:
    """Read the parts of every group of runs; empty where the frame has none of them."""
    result = []
    for (method, setting), runs in groups.items():
        own = [row_of(run, rows) for run in runs if run.ok]
        complete = [row for row in own if not any(pd.isna(row.get(part)) for part in PARTS)]  # type: ignore[call-overload]
        if complete:
            means = {part: fmean(float(str(row[part])) for row in complete) for part in PARTS}
            result.append(MemoryParts(method, setting, means, len(complete)))
    return tuple(sorted(result, key=lambda p: (p.setting.order, p.method)))


def growths(parts: Iterable[MemoryParts]) -> tuple[tuple[MemoryParts, MemoryParts], ...]:
    """Pair the parts at the smallest and the largest T of every method and batch size."""
    lines: dict[tuple[object, ...], list[MemoryParts]] = defaultdict(list)
    for part in parts:
        if part.setting.timesteps is not None:
            s = part.setting
            lines[part.method, s.dataset, s.batch_size, s.condition].append(part)
    ends = []
    for line in lines.values():
        line.sort(key=lambda p: p.setting.timesteps or 0)
        if line[0] is not line[-1] and line[0].activations > 0:
            ends.append((line[0], line[-1]))
    return tuple(ends)
