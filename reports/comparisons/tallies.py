"""How a candidate's comparisons came out over all settings: verdict counts, the largest effect."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.comparisons.estimates import Comparison
from reports.input.metrics import Metric
from reports.statistics.equivalence import Judgement, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Tally:
    """One candidate in one metric over all settings: verdict counts and its largest effect."""

    metric: Metric
    candidate: str
    verdicts: Mapping[Verdict, int]
    largest: Comparison | None
    never_finishes: int = 0
    """Comparisons that were decided because the candidate never finishes and the baseline does."""
    not_tested: int = 0
    """Settings that were not looked at, because the pooled comparison decided nothing."""

    @property
    def comparisons(self) -> int:
        """Settings in which the candidate met the baseline."""
        return sum(self.verdicts.values())


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
            never_finishes=sum(
                c.judgement == Judgement(Verdict.WORSE, Reason.NEVER_FINISHES) for c in members
            ),
            not_tested=sum(c.judgement.reason is Reason.NOT_TESTED for c in members),
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
