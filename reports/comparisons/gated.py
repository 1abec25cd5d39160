"""Verdicts of a whole study: each candidate's pooled comparison first, its settings behind it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reports.comparisons.estimates import Comparison, family_of
from reports.comparisons.pooled import PooledComparison
from reports.input.metrics import Metric
from reports.input.plan import Plan
from reports.input.runs import Condition
from reports.statistics.candidates import Candidate, JudgedCandidate, judge_candidates
from reports.statistics.equivalence import Verdict
from reports.statistics.gate import pooled_share, setting_share
from reports.statistics.multiplicity import seeds_for

Key = tuple[str, tuple[str, Condition]]
"""A candidate on a data set under a condition."""


@dataclass(frozen=True, slots=True)
class Family:
    """Comparisons of one metric that share alpha: the tested candidates, and their settings.

    `members` names what they have in common, if the study splits its families; `settings` is the
    most that a candidate was tested in, `fewest_pairs` and `most_pairs` are over the pooled
    comparisons. `seeds_needed` and `seeds_in_settings` are how many an exact test needs to reach
    alpha, pooled and in a setting.
    """

    metric: Metric
    members: tuple[str, ...]
    candidates: int
    settings: int
    fewest_pairs: int
    most_pairs: int
    seeds_needed: int
    seeds_in_settings: int


def judge_study(
    comparisons: Sequence[Comparison], pooled: Sequence[PooledComparison], plan: Plan
) -> tuple[tuple[Comparison, ...], tuple[PooledComparison, ...]]:
    """Judge everything, metric by metric; results in the order given.

    All candidates of a metric share alpha, over data sets and conditions too, or within each family
    that `plan.families` splits off. A family that holds a part of a candidate's settings is gated
    by the same pooled comparison; that one then counts as the least favourable family has it.
    """
    settings, overall = list(comparisons), list(pooled)
    for metric in plan.metrics:
        own = {_key(p.comparison): i for i, p in enumerate(pooled) if p.comparison.metric is metric}
        verdicts: dict[Key, list[PooledComparison]] = defaultdict(list)
        for family, places in _split(comparisons, metric, plan).items():
            keys = [key for key in own if key in places]
            judged = judge_candidates(
                [_candidate(pooled[own[k]], [comparisons[i] for i in places[k]]) for k in keys],
                higher_is_better=metric.higher_is_better,
                alpha=plan.alpha,
                power=plan.power,
            )
            for key, found in zip(keys, judged, strict=True):
                verdicts[key].append(_with(pooled[own[key]], found, family))
                for i, verdict in zip(places[key], found.settings, strict=True):
                    settings[i] = replace(comparisons[i], family=family, judged=verdict)
        for key, several in verdicts.items():
            overall[own[key]] = max(several, key=_caution)
    return tuple(settings), tuple(overall)


def families(
    comparisons: Iterable[Comparison], pooled: Iterable[PooledComparison], plan: Plan
) -> tuple[Family, ...]:
    """Describe every family that has at least one test."""
    tested: dict[tuple[Metric, tuple[str, ...]], dict[Key, int]] = defaultdict(
        lambda: defaultdict(int)
    )
    for c in comparisons:
        if c.paired.tests is not None:
            tested[c.metric, c.family][_key(c)] += 1
    of = {(p.comparison.metric, _key(p.comparison)): p for p in pooled}
    return tuple(
        _family(metric, members, counts, [of[metric, key] for key in counts], plan)
        for (metric, members), counts in tested.items()
    )


def _family(
    metric: Metric,
    members: tuple[str, ...],
    counts: Mapping[Key, int],
    pooled: Sequence[PooledComparison],
    plan: Plan,
) -> Family:
    asked = any(p.interactions for p in pooled)
    many, most = len(counts), max(counts.values())
    overall = plan.alpha * pooled_share(many, asked=asked)
    within = plan.alpha * setting_share(many, most, asked=asked) if most > 1 else overall
    pairs = [p.comparison.n for p in pooled]
    return Family(
        metric, members, many, most, min(pairs), max(pairs), seeds_for(overall), seeds_for(within)
    )


def _split(
    comparisons: Sequence[Comparison], metric: Metric, plan: Plan
) -> dict[tuple[str, ...], dict[Key, list[int]]]:
    """Places of one metric's comparisons, by family and candidate."""
    split: dict[tuple[str, ...], dict[Key, list[int]]] = defaultdict(lambda: defaultdict(list))
    for i, comparison in enumerate(comparisons):
        if comparison.metric is metric:
            split[family_of(comparison, plan)][_key(comparison)].append(i)
    return split


def _candidate(pooled: PooledComparison, settings: Sequence[Comparison]) -> Candidate:
    return Candidate(
        pooled.comparison.paired,
        tuple(c.paired for c in settings),
        len(pooled.settings),
        tuple(pooled.interactions.values()),
    )


def _with(
    pooled: PooledComparison, found: JudgedCandidate, family: tuple[str, ...]
) -> PooledComparison:
    return replace(
        pooled,
        comparison=replace(pooled.comparison, family=family, judged=found.pooled),
        interactions=dict(zip(pooled.interactions, found.interactions, strict=True)),
    )


def _caution(pooled: PooledComparison) -> tuple[bool, float]:
    c = pooled.comparison
    return c.verdict is Verdict.INCONCLUSIVE, c.adjusted.p or 0.0


def _key(c: Comparison) -> Key:
    return c.candidate, c.setting.place
