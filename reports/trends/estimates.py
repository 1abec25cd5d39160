"""Trends over T and over batch size, and whether the gap between two methods depends on them."""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from reports.input.metrics import Metric
from reports.input.pairing import (
    Groups,
    Setting,
    meetings,
    paired_values,
    runs_at,
)
from reports.input.plan import Plan
from reports.statistics.multiplicity import benjamini_hochberg
from reports.statistics.trends import Slope, slope


class Axis(StrEnum):
    """What a trend runs over."""

    TIMESTEPS = "T"
    BATCH_SIZE = "batch size"


@dataclass(frozen=True, slots=True)
class Scaling:
    """How one method's metric changes over an axis, the other one held fixed.

    For time and memory the slope is an exponent: 1 means twice the T, twice the time. For
    accuracy it is percentage points per doubling. With a `baseline` it is the interaction: how
    the gap between the methods changes, in the same terms. `setting` is that of the lowest level.
    `n` seeds have every level; `seeds` have any. `q` is Benjamini-Hochberg's over all trends, or
    all interactions, of the metric.
    """

    axis: Axis
    metric: Metric
    method: str
    baseline: str
    setting: Setting
    slope: Slope
    seeds: int
    q: float | None = None


Line = tuple[Axis, str, Hashable]
"""An axis, a method, and what else is held fixed."""

Table = Mapping[float, Mapping[int, float]]
"""Values by level, then by seed."""


def trends_over(groups: Groups, plan: Plan) -> tuple[Scaling, ...]:
    """Slopes of every method over T and over batch size, where it has at least two levels."""
    found = []
    for metric in plan.measured:
        tables: dict[Line, dict[float, dict[int, float]]] = defaultdict(dict)
        first: dict[Line, Setting] = {}
        for (method, setting), runs in groups.items():
            values = {
                run.seed: value for run in runs if (value := run.values[metric.column]) is not None
            }
            _file(tables, first, method, setting, values)
        logs = not metric.is_difference
        found.append(_slopes(metric, "", tables, first, logs, plan))
    return tuple(s for part in found for s in part)


def interactions(groups: Groups, plan: Plan) -> tuple[Scaling, ...]:
    """Slopes of every paired effect against the baseline: does the gap depend on T or batch size.

    Effects are differences in percentage points, or base-2 logarithms of ratios.
    """
    found = []
    for metric in plan.measured:
        tables: dict[Line, dict[float, dict[int, float]]] = defaultdict(dict)
        first: dict[Line, Setting] = {}
        for candidate, setting in meetings(groups, plan.baseline):
            ours = runs_at(groups, candidate, setting)
            theirs = runs_at(groups, plan.baseline, setting)
            pairs = paired_values(ours, theirs, metric.column)
            is_difference = metric.is_difference
            effects = {
                seed: x - y if is_difference else math.log2(x) - math.log2(y)
                for seed, (x, y) in pairs.items()
            }
            _file(tables, first, candidate, setting, effects)
        found.append(_slopes(metric, plan.baseline, tables, first, False, plan))
    return tuple(s for part in found for s in part)


def _file(
    tables: dict[Line, dict[float, dict[int, float]]],
    first: dict[Line, Setting],
    method: str,
    setting: Setting,
    values: dict[int, float],
) -> None:
    """Enter one cell's values under both axes it is a level of."""
    place = (method, setting.place)
    lines: list[tuple[Line, float]] = []
    if setting.batch_size is not None:
        over_batches: Line = (Axis.BATCH_SIZE, method, (place, setting.timesteps))
        lines.append((over_batches, setting.batch_size))
    if setting.timesteps is not None:
        over_t: Line = (Axis.TIMESTEPS, method, (place, setting.batch_size))
        lines.append((over_t, setting.timesteps))
    for key, level in lines:
        tables[key][level] = values
        if key not in first or setting.order < first[key].order:
            first[key] = setting


def _slopes(
    metric: Metric,
    baseline: str,
    tables: Mapping[Line, Table],
    first: Mapping[Line, Setting],
    log_values: bool,
    plan: Plan,
) -> Iterable[Scaling]:
    result = []
    for key, table in tables.items():
        line = slope_over(table, log_values, plan.confidence)
        if line is not None:
            seeds = {seed for values in table.values() for seed in values}
            result.append(Scaling(key[0], metric, key[1], baseline, first[key], line, len(seeds)))
    result.sort(key=lambda s: (s.axis, s.setting.order, s.method))
    q_values = benjamini_hochberg([scaling.slope.p for scaling in result])
    return [replace(scaling, q=q) for scaling, q in zip(result, q_values, strict=True)]


def slope_over(table: Table, log_values: bool, confidence: float) -> Slope | None:
    """Fit the seeds that have every level; `None` below two levels or without such a seed."""
    levels = sorted(level for level, values in table.items() if values)
    if len(levels) < 2:
        return None
    seeds = sorted(set.intersection(*(set(table[level]) for level in levels)))
    if not seeds:
        return None
    values = np.array([[table[level][seed] for level in levels] for seed in seeds])
    return slope(
        np.array(levels, dtype=np.float64),
        values,
        log_values=log_values,
        confidence=confidence,
    )
