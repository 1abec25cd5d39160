"""The same runs under several releases of torch: what each measures, and what changed.

The oldest release is compared with every newer one, paired by seed; p-values are adjusted by Holm
over the whole section. A quantity that repeats to the last bit needs no test to have changed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reports.input.metrics import (
    METRICS,
    Metric,
    Scale,
    Shown,
    shown_in,
)
from reports.input.pairing import Setting
from reports.input.plan import Plan
from reports.input.runs import Run
from reports.statistics.effect import PairedEffect
from reports.statistics.estimate import Estimate, mean_interval
from reports.statistics.multiplicity import holm
from reports.statistics.paired import (
    paired_difference,
    paired_memory_ratio,
    paired_ratio,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of one method in one setting: oldest release against a newer one."""

    method: str
    setting: Setting
    metric: Metric
    old: str
    new: str
    before: Estimate
    after: Estimate
    paired: PairedEffect
    p: float | None
    """Adjusted; None where no test was made."""

    def is_significant(self, alpha: float) -> bool:
        """Whether the change is more than chance, or exact and not none."""
        if self.paired.deterministic:
            return self.paired.effect.point != self.paired.null
        return self.p is not None and self.p <= alpha


def version_order(version: str) -> tuple[int, ...]:
    """Return a release's numbers: 2.9 comes before 2.10."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0]))


def changes_across_versions(runs: Sequence[Run], plan: Plan) -> tuple[Change, ...]:
    """Compare releases of torch wherever the same runs were made under several."""
    groups: dict[tuple[str, Setting], dict[str, dict[int, Run]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for run in runs:
        version = run.condition.torch_version
        condition = replace(run.condition, torch_version="")
        setting = Setting(run.dataset, run.batch_size, run.timesteps, condition)
        if run.ok:
            groups[run.method, setting][version][run.seed] = run
    changes = []
    for (method, setting), versions in groups.items():
        old, *newer = sorted(versions, key=lambda version: (version_order(version), version))
        for new in newer:
            for metric in shown_in(Shown.RELEASES):
                before, after = _aligned(versions[old], versions[new], metric)
                if before:
                    changes.append(
                        Change(
                            method, setting, metric, old, new,
                            mean_interval(before, plan.confidence),
                            mean_interval(after, plan.confidence),
                            _paired(metric, after, before, plan), None,
                        )
                    )  # fmt: skip
    adjusted = holm([c.paired.tests.p if c.paired.tests else None for c in changes])
    changes = [replace(c, p=p) for c, p in zip(changes, adjusted, strict=True)]
    return tuple(sorted(changes, key=_order))


def _aligned(
    old: Mapping[int, Run], new: Mapping[int, Run], metric: Metric
) -> tuple[list[float], list[float]]:
    pairs = [
        (before, after)
        for seed in sorted(old.keys() & new.keys())
        if (before := old[seed].values[metric.column]) is not None
        and (after := new[seed].values[metric.column]) is not None
    ]
    return [before for before, _ in pairs], [after for _, after in pairs]


def _paired(
    metric: Metric, after: Sequence[float], before: Sequence[float], plan: Plan
) -> PairedEffect:
    margin = plan.margins[metric.margin.entry]
    if metric.is_difference:
        return paired_difference(after, before, margin=margin, confidence=plan.confidence)
    if metric.scale is Scale.MEMORY_RATIO:
        return paired_memory_ratio(after, before, margin_percent=margin, confidence=plan.confidence)
    return paired_ratio(after, before, margin_percent=margin, confidence=plan.confidence)


def _order(change: Change) -> tuple[object, ...]:
    return (
        change.setting.order,
        change.method,
        METRICS.index(change.metric),
        version_order(change.new),
    )
