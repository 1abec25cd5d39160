"""What a method's machinery adds: its test accuracy against that of cheap stand-ins for it.

A stand-in is part of the same trained network (its first block alone, say), so the two are paired
within a run, and the seed is the unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean

import pandas as pd

from reports.input.metrics import TEST_ACCURACY
from reports.input.pairing import Setting
from reports.input.runs import PERCENT, Run
from reports.input.validation import FrameError
from reports.statistics.estimate import Estimate, mean_interval

CONTROL_COLUMNS = ("cell", "control", "control_accuracy")


@dataclass(frozen=True, slots=True)
class ControlGain:
    """A method's own accuracy (percent), a control's, and own minus control (points)."""

    method: str
    setting: Setting
    control: str
    own: Estimate
    alone: Estimate
    gain: Estimate
    by_seed: Mapping[int, float] = field(default_factory=dict)
    """Own minus control of each seed."""


@dataclass(frozen=True, slots=True)
class PartGain:
    """What a method adds to one of its parts, averaged over its settings within each seed."""

    method: str
    control: str
    gain: Estimate
    settings: int


def over_settings(gains: Iterable[ControlGain], confidence: float) -> tuple[PartGain, ...]:
    """Average each method's gain over a part over its settings; seeds that have all of them."""
    parts: dict[tuple[str, str], list[ControlGain]] = defaultdict(list)
    for gain in gains:
        parts[gain.method, gain.control].append(gain)
    found = []
    for (method, control), rows in parts.items():
        seeds = set.intersection(*(set(row.by_seed) for row in rows))
        values = [fmean(row.by_seed[seed] for row in rows) for seed in sorted(seeds)]
        found.append(PartGain(method, control, mean_interval(values, confidence), len(rows)))
    return tuple(found)


def control_gains(
    runs: Iterable[Run], controls: pd.DataFrame | None, confidence: float
) -> tuple[ControlGain, ...]:
    """Estimate what each method adds to each of its controls, in every setting.

    `controls` has one row per run and control, with the columns of `CONTROL_COLUMNS`; None if
    there are none. Raises `FrameError` if a column is missing.
    """
    if controls is None:
        return ()
    missing = [column for column in CONTROL_COLUMNS if column not in controls.columns]
    if missing:
        raise FrameError(f"the controls frame lacks {', '.join(missing)}")
    by_cell = {run.cell: run for run in runs}
    pairs: dict[tuple[Setting, str, str], dict[int, tuple[float, float]]] = defaultdict(dict)
    for row in controls[list(CONTROL_COLUMNS)].to_dict("records"):
        run = by_cell.get(str(row["cell"]))
        own = None if run is None else run.values.get(TEST_ACCURACY.column)
        if run is None or own is None or pd.isna(row["control_accuracy"]):
            continue
        setting = Setting(run.dataset, run.batch_size, run.timesteps, run.condition)
        value = float(row["control_accuracy"]) * PERCENT
        pairs[setting, run.method, str(row["control"])][run.seed] = (own, value)
    return tuple(
        ControlGain(
            method=method,
            setting=setting,
            control=control,
            own=mean_interval([own for own, _ in values.values()], confidence),
            alone=mean_interval([alone for _, alone in values.values()], confidence),
            gain=mean_interval([own - alone for own, alone in values.values()], confidence),
            by_seed={seed: own - alone for seed, (own, alone) in values.items()},
        )
        for (setting, method, control), values in sorted(
            pairs.items(), key=lambda item: (item[0][0].order, item[0][1:])
        )
    )
