"""What each method does on its own in every setting: means over finished runs, and failures."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from reports.input.pairing import Groups, Means, Setting
from reports.input.plan import Plan
from reports.input.runs import Run, metrics_in
from reports.input.targets import TARGET
from reports.statistics.estimate import Estimate, mean_interval


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
            arrival=_arrival(runs),
        )
        for (method, setting), runs in groups.items()
    ]
    return tuple(sorted(summaries, key=lambda s: (s.setting.order, s.method)))


def means_of(summaries: Iterable[GroupSummary]) -> Means:
    """Return the means alone, by method and setting."""
    return {(s.method, s.setting): s.estimates for s in summaries}


def _arrival(runs: Iterable[Run]) -> Arrival | None:
    """Summarise times to the target over all runs, those that failed included."""
    seconds = [s for run in runs if (s := run.values.get(TARGET)) is not None]
    if not seconds:
        return None
    return Arrival(int(np.isfinite(seconds).sum()), len(seconds), float(np.median(seconds)))
