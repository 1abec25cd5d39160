"""Per method, what it measures over all settings, and its pooled comparison in every metric."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from reports.comparisons.pooled import PooledComparison
from reports.input.metrics import Metric
from reports.input.plan import Plan
from reports.input.runs import Condition
from reports.input.twins import Twins
from reports.settings.estimates import GroupSummary

Place = tuple[str, Condition]
"""A data set, and what must be equal for runs to be compared."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One method at one place. `values` are means over its settings, of means over seeds.

    Of a censored metric they are means of medians, and infinite where a median is.

    `pooled` are its comparisons with the baseline by the metric's column; none of the baseline's
    own. `twins` are other methods that did the same computation, `same_results` those that came to
    the same results at another cost.
    """

    method: str
    place: Place
    values: Mapping[str, float]
    pooled: Mapping[str, PooledComparison]
    twins: tuple[str, ...] = ()
    same_results: tuple[str, ...] = ()
    timesteps: frozenset[int] = frozenset()
    """At which T it ran; none for a method without T."""


def arms(
    pooled: Sequence[PooledComparison],
    summaries: Sequence[GroupSummary],
    same: Sequence[Twins],
    plan: Plan,
) -> tuple[Arm, ...]:
    """Return every method at every place, the baseline first; of the same computation the first.

    The baseline's values are over all of its settings, a candidate's over those that were pooled.
    """
    by_arm: dict[tuple[Place, str], dict[str, PooledComparison]] = defaultdict(dict)
    for one in pooled:
        c = one.comparison
        by_arm[c.setting.place, c.candidate][c.metric.column] = one
    own_summaries: dict[tuple[Place, str], list[GroupSummary]] = defaultdict(list)
    for summary in summaries:
        own_summaries[summary.setting.place, summary.method].append(summary)
    alike = {m: t.methods for t in same if t.same_cost for m in t.methods}
    equal = {m: t.methods for t in same if not t.same_cost for m in t.methods}
    found = [
        Arm(
            method,
            place,
            _values(own, plan.metrics),
            by_arm.get((place, method), {}),
            tuple(name for name in alike.get(method, ()) if name != method),
            tuple(name for name in equal.get(method, ()) if name != method),
            frozenset(t for s in own if (t := s.setting.timesteps) is not None),
        )
        for (place, method), own in own_summaries.items()
    ]
    # What nothing is compared with comes after all that is.
    compared = {arm.place for arm in found if arm.method == plan.baseline}
    found.sort(
        key=lambda arm: (
            arm.place not in compared, arm.place, arm.method != plan.baseline, arm.method,
        )
    )  # fmt: skip
    shown: list[Arm] = []
    for arm in found:
        if not any(arm.method in s.twins and s.place == arm.place for s in shown):
            shown.append(arm)
    return tuple(shown)


def _values(summaries: Iterable[GroupSummary], metrics: Sequence[Metric]) -> dict[str, float]:
    points: dict[str, list[float]] = defaultdict(list)
    for summary in summaries:
        for metric in metrics:
            point = _value(summary, metric)
            if point is not None:
                points[metric.column].append(point)
    return {column: fmean(values) for column, values in points.items()}


def _value(summary: GroupSummary, metric: Metric) -> float | None:
    if metric.is_censored:
        arrival = summary.arrivals.get(metric.column)
        return arrival.median if arrival else None
    estimate = summary.estimates.get(metric.column)
    return estimate.point if estimate else None
