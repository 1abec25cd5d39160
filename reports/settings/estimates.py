"""What each method does on its own in every setting: means over finished runs, and failures."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from reports.input.pairing import Groups, Means, Setting
from reports.input.plan import Plan
from reports.input.runs import Run, metrics_in
from reports.input.targets import COSTS
from reports.statistics.estimate import Estimate, mean_interval


@dataclass(frozen=True, slots=True)
class Arrival:
    """How many of all runs reached the target accuracy, and their median cost, or infinite.

    The cost is time (s) or operations (FLOP), as the metric says.
    """

    reached: int
    runs: int
    median: float


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """One method in one setting: a mean per metric over its finished runs, and its failures.

    `arrivals`, by the column of what arriving cost, lack what is not known: there is no target
    accuracy, no learning curve, or operations were not counted.
    """

    method: str
    setting: Setting
    runs: int
    failures: Mapping[str, int]
    estimates: Mapping[str, Estimate]
    arrivals: Mapping[str, Arrival] = field(default_factory=dict)

    @property
    def finished(self) -> int:
        """Runs that ended well."""
        return self.runs - sum(self.failures.values())


def summarise(groups: Groups, plan: Plan) -> tuple[GroupSummary, ...]:
    """Means and failures of every method in every setting."""
    metrics = [m for m in metrics_in(groups.values(), plan.metrics) if not m.is_censored]
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
                for metric in metrics
            },
            arrivals={column: arrival for column in COSTS if (arrival := _arrival(runs, column))},
        )
        for (method, setting), runs in groups.items()
    ]
    return tuple(sorted(summaries, key=lambda s: (s.setting.order, s.method)))


def means_of(summaries: Iterable[GroupSummary]) -> Means:
    """Return the means alone, by method and setting."""
    return {(s.method, s.setting): s.estimates for s in summaries}


def _arrival(runs: Iterable[Run], column: str) -> Arrival | None:
    """Summarise a cost of the target over all runs, those that failed included."""
    costs = [cost for run in runs if (cost := run.values.get(column)) is not None]
    if not costs:
        return None
    return Arrival(int(np.isfinite(costs).sum()), len(costs), float(np.median(costs)))
