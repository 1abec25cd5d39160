"""Costs of a target accuracy: which target, and after what each run first reached it."""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reports.input.metrics import FLOPS_TO_TARGET, TIME_TO_TARGET
from reports.input.plan import Plan
from reports.input.runs import Condition, Curve, Run

TARGET = TIME_TO_TARGET.column
FLOPS = FLOPS_TO_TARGET.column

Point = tuple[float, float]
"""What training had cost after an epoch, and validation accuracy (percent) then."""

SHARE_OF_BASELINE = 0.95
"""Without a declared target: this share of the baseline's median final validation accuracy."""


@dataclass(frozen=True, slots=True)
class Target:
    """The accuracy (percent) to be reached on one data set; `declared` by the study or not."""

    dataset: str
    condition: Condition
    percent: float
    declared: bool


def find_targets(
    runs: Iterable[Run], curves: Mapping[str, Curve], plan: Plan
) -> tuple[Target, ...]:
    """One target per data set and condition, where there is one.

    The study's own, or 95 % of the baseline's median final validation accuracy over all its
    finished runs there. The latter depends on the results, so it is marked as not declared; it is
    that of the plan's first budget under the others too, so that all are asked the same.
    """
    places: dict[tuple[str, Condition], list[float]] = defaultdict(list)
    for run in runs:
        ends = places[run.dataset, run.condition]
        if run.ok and run.method == plan.baseline and run.cell in curves:
            ends.append(curves[run.cell].accuracy[-1])
    targets = []
    for (dataset, condition), own in sorted(places.items()):
        beside = plan.is_beside(condition.budget)
        first = replace(condition, budget=plan.budgets[0]) if beside else condition
        ends = places.get((dataset, first), []) if beside else own
        declared = plan.target_for(dataset)
        if declared is not None:
            targets.append(Target(dataset, condition, declared, declared=True))
        elif ends:
            percent = SHARE_OF_BASELINE * statistics.median(ends)
            targets.append(Target(dataset, condition, percent, declared=False))
    return tuple(targets)


def with_target_costs(
    runs: Iterable[Run], curves: Mapping[str, Curve], targets: Iterable[Target]
) -> tuple[Run, ...]:
    """Give every run its time and its operations up to the target, infinite if it never got there.

    A run that failed never got there, unless that cost is not known of its method, or of nobody.
    `None` where there is no target, and for a finished run without a learning curve or without
    counted operations.
    """
    runs, levels = tuple(runs), {(t.dataset, t.condition): t.percent for t in targets}
    costs: dict[str, list[float | None]] = {}
    for column, points_of in COSTS.items():
        known = [_points(run, curves, points_of) for run in runs]
        costs[column] = _costs(runs, known, levels)
    return tuple(
        replace(run, values={**run.values, **{column: costs[column][i] for column in COSTS}})
        for i, run in enumerate(runs)
    )


def _costs(
    runs: Sequence[Run],
    known: Sequence[Sequence[Point]],
    levels: Mapping[tuple[str, Condition], float],
) -> list[float | None]:
    finished = {(run.dataset, run.condition, run.method) for run in runs if run.ok}
    measured = {
        (run.dataset, run.condition, run.method)
        for run, points in zip(runs, known, strict=True)
        if run.ok and points
    }
    somewhere = {(dataset, condition) for dataset, condition, _ in measured}

    def cost(run: Run, points: Sequence[Point]) -> float | None:
        place = (run.dataset, run.condition)
        if place not in levels:
            return None
        if run.ok:
            return _first(points, levels[place]) if points else None
        arm = (*place, run.method)
        missing = arm in finished - measured or place not in somewhere
        return None if missing else math.inf

    return [cost(run, points) for run, points in zip(runs, known, strict=True)]


def _points(
    run: Run, curves: Mapping[str, Curve], points_of: Callable[[Run, Curve], Sequence[Point]]
) -> Sequence[Point]:
    return points_of(run, curves[run.cell]) if run.cell in curves else ()


def _first(points: Iterable[Point], percent: float) -> float:
    """Return the first cost at which the accuracy is there; a cost of 0 was not measured."""
    return next((cost for cost, accuracy in points if accuracy >= percent and cost > 0), math.inf)


def _seconds(_: Run, curve: Curve) -> list[Point]:
    return list(zip(curve.timed.seconds, curve.timed.accuracy, strict=True))


def _operations(run: Run, curve: Curve) -> list[Point]:
    if run.flops_per_epoch is None:
        return []
    spent = (epoch * run.flops_per_epoch for epoch in curve.epochs)
    return list(zip(spent, curve.accuracy, strict=True))


COSTS: dict[str, Callable[[Run, Curve], Sequence[Point]]] = {TARGET: _seconds, FLOPS: _operations}
"""What a run's points are of, by the column of what it costs to get to the target."""
