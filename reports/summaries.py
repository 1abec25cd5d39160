"""What each method does on its own: means per setting, learning curves, change over T."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from reports.comparisons import Comparison
from reports.metrics import MEASURED, Metric
from reports.pairing import Groups, Setting
from reports.plan import Plan
from reports.records import Curve, Run
from reports.statistics.equivalence import Verdict
from reports.statistics.estimate import Estimate, mean_interval
from reports.targets import TARGET


@dataclass(frozen=True, slots=True)
class Arrival:
    """How many of all runs reached the target accuracy, and their median time (s, or infinite)."""

    reached: int
    runs: int
    median_seconds: float


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """One method in one setting: a mean per metric over its finished runs, and its failures.

    `arrival` is `None` where there is no target accuracy or no learning curve.
    """

    method: str
    setting: Setting
    runs: int
    failures: Mapping[str, int]
    estimates: Mapping[str, Estimate]
    arrival: Arrival | None = None

    @property
    def finished(self) -> int:
        """Runs that ended well."""
        return self.runs - sum(self.failures.values())


@dataclass(frozen=True, slots=True)
class CurveGroup:
    """Learning curves of one method in one setting: every seed, and their mean by epoch.

    The mean covers the epochs that every finished run has, so that no epoch averages over fewer
    seeds than the one before.
    """

    method: str
    setting: Setting
    seeds: tuple[Curve, ...]
    mean: Curve


@dataclass(frozen=True, slots=True)
class Trend:
    """A metric's mean at the smallest and the largest T of one method, and their ratio."""

    method: str
    setting: Setting
    metric: Metric
    first_t: int
    last_t: int
    first: float
    last: float

    @property
    def ratio(self) -> float:
        """Mean at the largest T over mean at the smallest."""
        return self.last / self.first


@dataclass(frozen=True, slots=True)
class Tally:
    """One candidate in one metric over all settings: verdict counts and its largest effect."""

    metric: Metric
    candidate: str
    verdicts: Mapping[Verdict, int]
    largest: Comparison | None

    @property
    def comparisons(self) -> int:
        """Settings in which the candidate met the baseline."""
        return sum(self.verdicts.values())


def summarise(groups: Groups, plan: Plan) -> tuple[GroupSummary, ...]:
    """Means and failures of every method in every setting."""
    summaries = [
        GroupSummary(
            method=method,
            setting=setting,
            runs=len(runs),
            failures=dict(sorted(Counter(run.status for run in runs if not run.ok).items())),
            estimates={
                metric.column: mean_interval(
                    [v for run in runs if (v := run.values[metric.column]) is not None],
                    plan.confidence,
                )
                for metric in MEASURED
            },
            arrival=_arrival(runs),
        )
        for (method, setting), runs in groups.items()
    ]
    return tuple(sorted(summaries, key=lambda s: (s.setting.order, s.method)))


def _arrival(runs: Iterable[Run]) -> Arrival | None:
    """Summarise times to the target over all runs, those that failed included."""
    seconds = [s for run in runs if (s := run.values.get(TARGET)) is not None]
    if not seconds:
        return None
    return Arrival(int(np.isfinite(seconds).sum()), len(seconds), float(np.median(seconds)))


def curve_groups(groups: Groups, curves: Mapping[str, Curve]) -> tuple[CurveGroup, ...]:
    """Learning curves of the finished runs, where there are any."""
    result = []
    for (method, setting), runs in groups.items():
        seeds = tuple(curves[run.cell] for run in runs if run.ok and run.cell in curves)
        shared = set.intersection(*(set(curve.epochs) for curve in seeds)) if seeds else set()
        if shared:
            result.append(CurveGroup(method, setting, seeds, _mean_curve(seeds, sorted(shared))))
    return tuple(sorted(result, key=lambda g: (g.setting.order, g.method)))


def trends(summaries: Iterable[GroupSummary]) -> tuple[Trend, ...]:
    """First and last T of every method, batch size and metric with at least two values of T."""
    lines: dict[tuple[object, ...], list[GroupSummary]] = defaultdict(list)
    for summary in summaries:
        s = summary.setting
        if s.timesteps is not None:
            lines[summary.method, s.dataset, s.batch_size, s.condition].append(summary)
    result = []
    for line in lines.values():
        for metric in MEASURED:
            points = [
                (s.setting.timesteps, point)
                for s in line
                if s.setting.timesteps is not None
                and (point := s.estimates[metric.column].point) is not None
            ]
            (first_t, first), (last_t, last) = (
                (min(points), max(points)) if points else ((0, 0.0),) * 2
            )
            if first_t < last_t and first > 0:
                result.append(
                    Trend(line[0].method, line[0].setting, metric, first_t, last_t, first, last)
                )
    return tuple(result)


def tallies(comparisons: Iterable[Comparison]) -> tuple[Tally, ...]:
    """Verdict counts per metric and candidate, in the order of the comparisons."""
    groups: dict[tuple[Metric, str], list[Comparison]] = defaultdict(list)
    for comparison in comparisons:
        groups[comparison.metric, comparison.candidate].append(comparison)
    return tuple(
        Tally(
            metric=metric,
            candidate=candidate,
            verdicts=Counter(c.verdict for c in members),
            largest=max((c for c in members if c.n > 0), key=_distance, default=None),
        )
        for (metric, candidate), members in groups.items()
    )


def _distance(comparison: Comparison) -> float:
    """Size of an effect, on the scale it was tested on, so that x0.5 is as large as x2."""
    point = comparison.paired.effect.point
    if point is None:
        return 0.0
    if comparison.paired.kind == "difference":
        return abs(point)
    return abs(math.log(point)) if 0 < point < math.inf else math.inf


def _mean_curve(seeds: tuple[Curve, ...], epochs: list[int]) -> Curve:
    rows = [
        dict(zip(c.epochs, zip(c.seconds, c.accuracy, strict=True), strict=True)) for c in seeds
    ]
    values = np.array([[row[epoch] for epoch in epochs] for row in rows])  # seeds x epochs x 2
    mean = values.mean(axis=0)
    return Curve(tuple(epochs), tuple(map(float, mean[:, 0])), tuple(map(float, mean[:, 1])))
