"""Time to a target accuracy: which target, and when each run first reached it."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reports.input.metrics import TIME_TO_TARGET
from reports.input.plan import Plan
from reports.input.runs import Condition, Curve, Run

TARGET = TIME_TO_TARGET.column

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
    finished runs there. The latter depends on the results, so it is marked as not declared.
    """
    places: dict[tuple[str, Condition], list[float]] = defaultdict(list)
    for run in runs:
        ends = places[run.dataset, run.condition]
        if run.ok and run.method == plan.baseline and run.cell in curves:
            ends.append(curves[run.cell].accuracy[-1])
    targets = []
    for (dataset, condition), ends in sorted(places.items()):
        declared = plan.target_for(dataset)
        if declared is not None:
            targets.append(Target(dataset, condition, declared, declared=True))
        elif ends:
            percent = SHARE_OF_BASELINE * statistics.median(ends)
            targets.append(Target(dataset, condition, percent, declared=False))
    return tuple(targets)


def with_time_to_target(
    runs: Iterable[Run], curves: Mapping[str, Curve], targets: Iterable[Target]
) -> tuple[Run, ...]:
    """Give every run its time to the target, infinite if it failed or never got there.

    `None` where there is no target, and for a finished run without a learning curve.
    """
    levels = {(t.dataset, t.condition): t.percent for t in targets}
    return tuple(
        replace(
            run,
            values={
                **run.values,
                TARGET: _seconds(
                    run, curves.get(run.cell), levels.get((run.dataset, run.condition))
                ),
            },
        )
        for run in runs
    )


def _seconds(run: Run, curve: Curve | None, percent: float | None) -> float | None:
    if percent is None:
        return None
    if not run.ok:
        return math.inf
    if curve is None:
        return None
    reached = (
        seconds
        for seconds, accuracy in zip(curve.seconds, curve.accuracy, strict=True)
        if accuracy >= percent and seconds > 0
    )
    return next(reached, math.inf)
