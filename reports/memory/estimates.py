"""What peak memory consists of, by method and T: parameters, optimiser state, activations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

import pandas as pd

from reports.input.pairing import Groups, Setting

PARTS = {
    "parameters_bytes": "parameters",
    "gradients_bytes": "gradients kept",
    "optimizer_bytes": "optimiser state",
    "other_bytes": "other, kept",
    "activations_bytes": "activations",
}


@dataclass(frozen=True, slots=True)
class MemoryParts:
    """Mean bytes of each part of one method in one setting, over `n` finished runs."""

    method: str
    setting: Setting
    bytes: Mapping[str, float]
    n: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Activations of one method from its smallest to its largest T."""

    method: str
    setting: Setting
    first_t: int
    last_t: int
    first: float
    last: float


def memory_parts(groups: Groups, frame: pd.DataFrame) -> tuple[MemoryParts, ...]:
    """Read the parts of every group of runs; empty where the frame has none of them."""
    if not set(PARTS) <= set(frame.columns):
        return ()
    rows = {
        (str(row["cell"]), str(row["started_at"])): row
        for row in frame[["cell", "started_at", *PARTS]].to_dict("records")
    }
    result = []
    for (method, setting), runs in groups.items():
        own = [rows[run.cell, run.started_at] for run in runs if run.ok]
        complete = [row for row in own if not any(pd.isna(row[part]) for part in PARTS)]
        if complete:
            means = {part: fmean(float(row[part]) for row in complete) for part in PARTS}
            result.append(MemoryParts(method, setting, means, len(complete)))
    return tuple(sorted(result, key=lambda p: (p.setting.order, p.method)))


def growths(parts: Iterable[MemoryParts]) -> tuple[Growth, ...]:
    """Compare the activations at the smallest and the largest T of every method and batch size."""
    lines: dict[tuple[object, ...], list[MemoryParts]] = defaultdict(list)
    for part in parts:
        if part.setting.timesteps is not None:
            s = part.setting
            lines[part.method, s.dataset, s.batch_size, s.condition].append(part)
    result = []
    for line in lines.values():
        line.sort(key=lambda p: p.setting.timesteps or 0)
        first, last = line[0], line[-1]
        if first is not last and first.bytes["activations_bytes"] > 0:
            result.append(
                Growth(
                    first.method, first.setting,
                    first.setting.timesteps or 0, last.setting.timesteps or 0,
                    first.bytes["activations_bytes"], last.bytes["activations_bytes"],
                )
            )  # fmt: skip
    return tuple(result)
