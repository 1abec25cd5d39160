"""What each method does on its own: means per setting, learning curves, change over T."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from reports.comparisons.estimates import Comparison
from reports.input.metrics import MEASURED, Metric, Scale
from reports.input.pairing import Groups, Setting
from reports.input.plan import Plan
from reports.input.runs import Curve, Run
from reports.input.targets import TARGET
from reports.statistics.equivalence import Verdict
from reports.statistics.estimate import Estimate, mean_interval
from reports.trends.estimates import Axis


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
    """Learning curves of one method in one setting: the mean over seeds by epoch.

    The mean covers the epochs that every finished run has, so that no epoch averages over fewer
    seeds than the one before.  `low` and `high` (percent) are the interval of that mean at each
    epoch, pointwise; `None` where there is none.
    """

    method: str
    setting: Setting
    mean: Curve
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """A metric's mean at one method's smallest and largest T or batch size, the other held fixed.

    `setting` is that of the smallest.
    """

    axis: Axis
    method: str
    setting: Setting
    metric: Metric
    first_level: int
    last_level: int
    first: float
    last: float

    @property
    def change(self) -> float:
        """Difference in percentage points for accuracy, ratio for time and memory."""
        if self.metric.scale is Scale.DIFFERENCE:
            return self.last - self.first
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


def curve_groups(
    groups: Groups, curves: Mapping[str, Curve], confidence: float
) -> tuple[CurveGroup, ...]:
    """Learning curves of the finished runs, where there are any."""
    result = []
    for (method, setting), runs in groups.items():
        seeds = tuple(curves[run.cell] for run in runs if run.ok and run.cell in curves)
        shared = set.intersection(*(set(curve.epochs) for curve in seeds)) if seeds else set()
        if shared:
            result.append(_curve_group(method, setting, seeds, sorted(shared), confidence))
    return tuple(sorted(result, key=lambda g: (g.setting.order, g.method)))


def trends(summaries: Iterable[GroupSummary]) -> tuple[Trend, ...]:
    """First and last mean of every method and metric over T and over batch size, where they vary.

    Methods without T have a change over batch size only.
    """
    lines: dict[tuple[object, ...], list[tuple[int, GroupSummary]]] = defaultdict(list)
    for summary in summaries:
        s = summary.setting
        fixed = (summary.method, *s.place)
        lines[Axis.BATCH_SIZE, *fixed, s.timesteps].append((s.batch_size, summary))
        if s.timesteps is not None:
            lines[Axis.TIMESTEPS, *fixed, s.batch_size].append((s.timesteps, summary))
    result = []
    for (axis, *_), line in lines.items():
        for metric in MEASURED:
            points = [
                (level, point, summary)
                for level, summary in line
                if (point := summary.estimates[metric.column].point) is not None
            ]
            if len(points) < 2:
                continue
            first, last = min(points, key=_level), max(points, key=_level)
            if first[1] > 0:
                result.append(
                    Trend(
                        Axis(str(axis)), first[2].method, first[2].setting, metric,
                        first[0], last[0], first[1], last[1],
                    )
                )  # fmt: skip
    return tuple(result)


def _level(point: tuple[int, float, GroupSummary]) -> int:
    return point[0]


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


def _curve_group(
    method: str, setting: Setting, seeds: tuple[Curve, ...], epochs: list[int], confidence: float
) -> CurveGroup:
    rows = [
        dict(zip(c.epochs, zip(c.seconds, c.accuracy, strict=True), strict=True)) for c in seeds
    ]
    values = np.array([[row[epoch] for epoch in epochs] for row in rows])  # seeds x epochs x 2
    seconds = tuple(map(float, values[:, :, 0].mean(axis=0)))
    accuracy = [mean_interval(values[:, i, 1], confidence) for i in range(len(epochs))]
    return CurveGroup(
        method=method,
        setting=setting,
        mean=Curve(tuple(epochs), seconds, tuple(e.point or 0.0 for e in accuracy)),
        low=tuple(e.low for e in accuracy),
        high=tuple(e.high for e in accuracy),
    )
