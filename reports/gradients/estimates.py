"""How the gradient of the first block compares with that of the last, and how T changes that.

A norm is that of one block's gradient on the first batch before an epoch. Ratios are taken within
a run and as base-2 logarithms, so that halving and doubling count alike; the seed is the unit.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import pandas as pd

from reports.input.metrics import TEST_ACCURACY
from reports.input.pairing import Setting
from reports.input.runs import Run
from reports.input.validation import FrameError
from reports.statistics.estimate import Estimate, mean_interval
from reports.statistics.trends import Slope
from reports.trends.estimates import Axis, Scaling, slope_over

GRADIENT_COLUMNS = ("cell", "epoch", "block", "blocks", "gradient_norm")
START = 1
"""The epoch before which nothing has been learned yet."""

Arm = tuple[str, Setting]
"""A method in a setting."""


@dataclass(frozen=True, slots=True)
class DepthRatio:
    """Base-2 logarithm of the first block's norm over the last's, of a method in a setting.

    `start` is from before the first epoch, `training` the mean over all epochs of each run; 0 is
    "as large", -3 an eighth. Runs without a usable norm at either end are left out of them.
    """

    method: str
    setting: Setting
    blocks: int
    start: Estimate
    training: Estimate


@dataclass(frozen=True, slots=True)
class BlockNorm:
    """Base-2 logarithm of one block's norm before the first epoch; blocks count from 1."""

    method: str
    setting: Setting
    block: int
    norm: Estimate


@dataclass(frozen=True, slots=True)
class DepthSlope:
    """What one doubling of T adds to the logarithm of the ratio, and to accuracy (points).

    `setting` is that of the smallest T.
    """

    method: str
    setting: Setting
    start: Slope | None
    training: Slope | None
    accuracy: Slope | None


@dataclass(frozen=True, slots=True)
class Gradients:
    """Everything known of the norms. Of `counted` norms some are `unfinite`, some exactly 0."""

    ratios: tuple[DepthRatio, ...] = ()
    norms: tuple[BlockNorm, ...] = ()
    slopes: tuple[DepthSlope, ...] = ()
    counted: int = 0
    unfinite: int = 0
    zero: int = 0
    methods: tuple[str, ...] = ()
    """Those with norms that have no logarithm."""


def gradients_of(
    runs: Iterable[Run],
    frame: pd.DataFrame | None,
    scalings: Sequence[Scaling],
    confidence: float,
) -> Gradients:
    """Estimate ratios and their slopes over T; `scalings` has the slopes of accuracy.

    `frame` has one row per run, epoch and block, with the columns of `GRADIENT_COLUMNS`; None if
    none was measured. A norm that is missing was not finite. Networks of a single block have no
    ratio. Raises `FrameError` if a column is missing.
    """
    if frame is None:
        return Gradients()
    if missing := [column for column in GRADIENT_COLUMNS if column not in frame.columns]:
        raise FrameError(f"the gradients frame lacks {', '.join(missing)}")
    by_cell = {run.cell: run for run in runs}
    logs: dict[str, dict[int, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    depth: dict[str, int] = {}
    counted = unfinite = zero = 0
    troubled = set()
    for row in frame[list(GRADIENT_COLUMNS)].to_dict("records"):
        run = by_cell.get(str(row["cell"]))
        if run is None:
            continue
        counted += 1
        depth[run.cell] = int(row["blocks"])
        norm = math.nan if pd.isna(row["gradient_norm"]) else float(row["gradient_norm"])
        if norm > 0 and math.isfinite(norm):
            logs[run.cell][int(row["epoch"])][int(row["block"])] = math.log2(norm)
            continue
        troubled.add(run.method)
        zero, unfinite = zero + (norm == 0), unfinite + (norm != 0)
    arms: dict[Arm, list[Run]] = defaultdict(list)
    for cell in depth:
        run = by_cell[cell]
        setting = Setting(run.dataset, run.batch_size, run.timesteps, run.condition)
        arms[run.method, setting].append(run)
    ordered = sorted(arms, key=lambda arm: (arm[1].place, arm[0], arm[1].order))
    start, training = {}, {}
    ratios, norms = [], []
    for method, setting in ordered:
        own = arms[method, setting]
        last = max(depth[run.cell] for run in own)
        for block in range(1, last + 1):
            found = [v for run in own if (v := logs[run.cell][START].get(block)) is not None]
            norms.append(BlockNorm(method, setting, block, mean_interval(found, confidence)))
        if last < 2:
            continue
        by_epoch = {run.seed: _ratios(logs[run.cell], depth[run.cell]) for run in own}
        start[method, setting] = {s: e[START] for s, e in by_epoch.items() if START in e}
        training[method, setting] = {s: fmean(e.values()) for s, e in by_epoch.items() if e}
        first, mean = (
            mean_interval(list(by_seed[method, setting].values()), confidence)
            for by_seed in (start, training)
        )
        ratios.append(DepthRatio(method, setting, last, first, mean))
    return Gradients(
        tuple(ratios),
        tuple(norms),
        _slopes(start, training, scalings, confidence),
        counted,
        unfinite,
        zero,
        tuple(sorted(troubled)),
    )


def _ratios(epochs: Mapping[int, Mapping[int, float]], last: int) -> dict[int, float]:
    """Return the logarithm of first over last block by epoch, where both are known."""
    return {e: norms[1] - norms[last] for e, norms in epochs.items() if {1, last} <= norms.keys()}


def _slopes(
    start: Mapping[Arm, Mapping[int, float]],
    training: Mapping[Arm, Mapping[int, float]],
    scalings: Sequence[Scaling],
    confidence: float,
) -> tuple[DepthSlope, ...]:
    lines: dict[tuple[object, ...], list[Arm]] = defaultdict(list)
    for method, setting in start:
        if setting.timesteps is not None:
            lines[method, setting.place, setting.batch_size].append((method, setting))
    found = []
    for line in lines.values():
        first, mean = (
            slope_over({float(s.timesteps or 0): by_arm[m, s] for m, s in line}, False, confidence)
            for by_arm in (start, training)
        )
        if first is None and mean is None:
            continue
        method, setting = line[0]
        accuracy = next(
            (
                s.slope for s in scalings
                if s.axis is Axis.TIMESTEPS and s.metric.column == TEST_ACCURACY.column
                and s.method == method and s.setting.place == setting.place
                and s.setting.batch_size == setting.batch_size
            ),
            None,
        )  # fmt: skip
        found.append(DepthSlope(method, setting, first, mean, accuracy))
    return tuple(found)
