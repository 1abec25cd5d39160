"""One answer per candidate and metric: its effect averaged over settings, compared over seeds.

The candidates are the family that shares alpha. What is asked setting by setting comes after.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from reports.comparisons.estimates import Comparison, is_measured, resolution_of
from reports.comparisons.failures import Sides, failures_as_worst, finished_in
from reports.input.metrics import Metric
from reports.input.pairing import Groups, Setting, meetings, paired_values, runs_at
from reports.input.plan import Plan
from reports.input.runs import Condition
from reports.statistics.estimate import Array
from reports.statistics.pooled import Pooled, interaction_p, pool_effects, pool_times
from reports.statistics.posterior import Beliefs, Chance, beliefs, chance_above


@dataclass(frozen=True, slots=True)
class PooledComparison:
    """A candidate against the baseline over all settings of a data set and condition.

    `comparison` is in the terms of a comparison in one setting: its runs and failures are sums over
    settings, its `left_out` the seeds that lack a pooled setting. `settings` were pooled, and
    `one_sided` were not: fewer than 3 seeds of theirs have both sides. `interactions` are p-values
    that the effect depends on T, or on batch size, by what it is; adjusted once the comparison is
    judged. `beliefs` and `chance` are secondary, `None` for times to a target.
    """

    comparison: Comparison
    settings: tuple[Setting, ...]
    one_sided: tuple[Setting, ...]
    beliefs: Beliefs | None
    chance: Chance | None
    interactions: Mapping[str, float] = field(default_factory=dict)


def pool_all(groups: Groups, plan: Plan) -> tuple[PooledComparison, ...]:
    """Pool every candidate in every metric; `gated.judge_study` judges them with the settings.

    Metrics of which a candidate or the baseline has nothing are left out, as in `compare_all`.
    """
    met: dict[tuple[str, tuple[str, Condition]], list[Setting]] = defaultdict(list)
    for candidate, setting in meetings(groups, plan.baseline):
        met[candidate, setting.place].append(setting)
    result: list[PooledComparison] = []
    for metric in plan.metrics:
        result += [
            pooled
            for (candidate, _), settings in met.items()
            if (pooled := pool(metric, candidate, settings, groups, plan))
        ]
    return tuple(result)


def pool(
    metric: Metric, candidate: str, settings: Sequence[Setting], groups: Groups, plan: Plan
) -> PooledComparison | None:
    """Pool one candidate in one metric over `settings`, which share a place; not yet judged."""
    every = [
        (runs_at(groups, candidate, setting), runs_at(groups, plan.baseline, setting))
        for setting in settings
    ]
    measured = [is_measured(metric, ours, theirs) for ours, theirs in every]
    if not any(measured):
        return None
    places = [s for s, has in zip(settings, measured, strict=True) if has]
    sides = [side for side, has in zip(every, measured, strict=True) if has]
    seeds = sorted({s for ours, theirs in sides for s in (*ours, *theirs)})
    pairs = [paired_values(ours, theirs, metric.column) for ours, theirs in sides]
    found = _pooled(metric, pairs, seeds, resolution_of(metric, sides[0][0]), plan)
    effect = found.effect
    if not metric.is_censored:
        effect = replace(
            effect,
            finished=finished_in(sides, seed=plan.random_seed),
            worst=failures_as_worst(metric, sides, seed=plan.random_seed),
        )
    values = _seed_values(metric, pairs, seeds, found)
    comparison = Comparison(
        metric=metric,
        setting=places[0],
        candidate=candidate,
        baseline=plan.baseline,
        paired=effect,
        left_out=tuple(seeds[i] for i in found.incomplete),
        candidate_runs=sum(len(ours) for ours, _ in sides),
        candidate_failures=_failures(sides, 0),
        baseline_runs=sum(len(theirs) for _, theirs in sides),
        baseline_failures=_failures(sides, 1),
    )
    return PooledComparison(
        comparison,
        tuple(places[j] for j in found.settings),
        tuple(s for j, s in enumerate(places) if j not in found.settings),
        *_secondary(metric, values, effect.floor, plan),
        _interactions(metric, pairs, seeds, places),
    )


def _interactions(
    metric: Metric,
    pairs: Sequence[Mapping[int, tuple[float, float]]],
    seeds: Sequence[int],
    places: Sequence[Setting],
) -> dict[str, float]:
    """P-values that effects depend on what varies between settings, where there is a test."""
    if metric.is_censored:
        return {}
    table = _effects(metric, pairs, seeds)
    levels = {
        "T": [s.timesteps for s in places],
        "batch size": [s.batch_size for s in places],
    }
    found = {
        axis: interaction_p(table, [float(v) for v in values if v is not None])
        for axis, values in levels.items()
        if None not in values
    }
    return {axis: p for axis, p in found.items() if p is not None}


def _pooled(
    metric: Metric,
    pairs: Sequence[Mapping[int, tuple[float, float]]],
    seeds: Sequence[int],
    resolution: float | None,
    plan: Plan,
) -> Pooled:
    margin, rest = plan.margin_of(metric), (plan.confidence, plan.random_seed)
    if metric.is_censored:
        ours, theirs = (
            np.array([[p[s][i] if s in p else math.nan for p in pairs] for s in seeds])
            for i in (0, 1)
        )
        return pool_times(ours, theirs, margin_percent=margin, confidence=rest[0], seed=rest[1])
    return pool_effects(
        _effects(metric, pairs, seeds),
        kind="difference" if metric.is_difference else "ratio",
        margin=margin,
        confidence=rest[0],
        resolution=resolution,
        seed=rest[1],
        deterministic=all(
            len({p[i] for p in pair.values()}) <= 1 for pair in pairs for i in (0, 1)
        ),
    )


def _effects(
    metric: Metric, pairs: Sequence[Mapping[int, tuple[float, float]]], seeds: Sequence[int]
) -> Array:
    """Paired effects (seeds, settings), NaN where a pair is missing."""

    def effect(pair: tuple[float, float] | None) -> float:
        if pair is None:
            return math.nan
        x, y = pair
        return x - y if metric.is_difference else math.log(x) - math.log(y)

    table = [[effect(p.get(s)) for p in pairs] for s in seeds]
    return np.array(table, dtype=np.float64).reshape(len(seeds), len(pairs))


def _seed_values(
    metric: Metric,
    pairs: Sequence[Mapping[int, tuple[float, float]]],
    seeds: Sequence[int],
    found: Pooled,
) -> Array:
    """Mean advantage of the candidate by seed, over pooled settings, seeds that have them all."""
    if metric.is_censored or not found.settings:
        return np.empty(0)
    table = _effects(metric, pairs, seeds)[:, list(found.settings)]
    values = table[np.isfinite(table).all(axis=1)].mean(axis=1)
    return np.asarray(values if metric.higher_is_better else -values, dtype=np.float64)


def _secondary(
    metric: Metric, values: Array, floor: float, plan: Plan
) -> tuple[Beliefs | None, Chance | None]:
    if not values.size:
        return None, None
    margin = plan.margin_of(metric)
    margin = margin if metric.is_difference else math.log1p(margin / 100)
    return beliefs(values, margin, floor=floor), chance_above(values, plan.confidence)


def _failures(sides: Sides, which: int) -> int:
    return sum(not run.ok for side in sides for run in side[which].values())
