"""Every pair of methods in the primary metric: exploratory, and labelled as such."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from reports.comparisons.estimates import Comparison, compare, is_measured
from reports.input.metrics import Metric
from reports.input.pairing import (
    Groups,
    Setting,
    paired_values,
    runs_at,
)
from reports.input.plan import Plan
from reports.input.runs import Run
from reports.statistics.multiplicity import benjamini_hochberg


@dataclass(frozen=True, slots=True)
class ExploratoryPair:
    """Two methods in one setting, the better one as the candidate, and the q-value of the pair."""

    comparison: Comparison
    q: float | None


def explore_pairs(groups: Groups, plan: Plan) -> tuple[ExploratoryPair, ...]:
    """Compare all pairs of methods in the primary metric, adjusted by Benjamini-Hochberg.

    By the primary test alone: what is found here is to be tested in a study that declares it.
    Empty for two methods, whose only pair the declared comparisons hold. Which side is the
    candidate follows from the effect, not from the names.
    """
    metric = plan.primary
    pairs = []
    for setting, present in _present(groups).items():
        if len(present) < 3:
            continue
        for one, other in combinations(sorted(present), 2):
            if is_measured(metric, present[one], present[other]):
                ours, theirs = (one, present[one]), (other, present[other])
                if _lead(metric, ours[1], theirs[1]) < 0:
                    ours, theirs = theirs, ours
                found = compare(metric, setting, ours, theirs, plan, thorough=False)
                pairs.append(found)
    q_values = benjamini_hochberg([c.paired.tests.p if c.paired.tests else None for c in pairs])
    explored = (ExploratoryPair(c, q) for c, q in zip(pairs, q_values, strict=True))
    return tuple(
        sorted(
            explored,
            key=lambda e: (
                e.comparison.setting.order, e.comparison.candidate, e.comparison.baseline
            ),
        )
    )  # fmt: skip


def _lead(metric: Metric, ours: Mapping[int, Run], theirs: Mapping[int, Run]) -> float:
    """Return a number above 0 where our side is the better one on average, below 0 if theirs."""
    pairs = paired_values(ours, theirs, metric.column).values()
    if metric.is_difference:
        total = sum(x - y for x, y in pairs)
    elif metric.is_censored:
        total = float(sum((x > y) - (x < y) for x, y in pairs))
    else:
        total = sum(math.log(x) - math.log(y) for x, y in pairs)
    return total if metric.higher_is_better else -total


def _present(groups: Groups) -> Mapping[Setting, Mapping[str, Mapping[int, Run]]]:
    """Methods and their runs in every setting; a method without T stands at every T."""
    with_t = {setting for _, setting in groups if setting.timesteps is not None}
    covered = {replace(setting, timesteps=None) for setting in with_t}
    settings = with_t | {s for _, s in groups if s.timesteps is None and s not in covered}
    present: dict[Setting, dict[str, Mapping[int, Run]]] = defaultdict(dict)
    names = {method for method, _ in groups}
    for setting in sorted(settings, key=lambda s: s.order):
        for name in names:
            runs = runs_at(groups, name, setting)
            if runs:
                present[setting][name] = runs
    return present
