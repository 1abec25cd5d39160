"""Pairs by seed, their effects, Holm within each metric, and a verdict for each comparison."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reports.metrics import METRICS, Metric, Quantity, Scale
from reports.plan import Plan
from reports.records import Condition, Run
from reports.statistics.equivalence import Judgement, Reason, Verdict, judge
from reports.statistics.multiplicity import can_reach_alpha, holm, seeds_needed
from reports.statistics.paired import (
    PairedEffect,
    paired_difference,
    paired_memory_ratio,
    paired_ratio,
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What two compared runs have in common, the seed apart.  `timesteps` None: no T at all."""

    dataset: str
    batch_size: int
    timesteps: int | None
    condition: Condition

    @property
    def order(self) -> tuple[str, int, int, Condition]:
        """Sorting key: data set, batch size, T, condition."""
        return (self.dataset, self.batch_size, self.timesteps or 0, self.condition)


Groups = Mapping[tuple[str, Setting], tuple[Run, ...]]


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Holm-adjusted p-values of one comparison; `None` where no test was made."""

    p: float | None = None
    sign_flip_p: float | None = None
    equivalence_p: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate against the baseline in one setting and one metric.

    `left_out` are the seeds that only one side has, or where either run failed or has no usable
    number.  `reachable` says whether the exact test could pass alpha in this family at this n;
    `disagrees` that it could, and that it and the primary test fall on different sides of alpha.
    """

    metric: Metric
    setting: Setting
    candidate: str
    baseline: str
    paired: PairedEffect
    left_out: tuple[int, ...]
    candidate_runs: int
    candidate_failures: int
    baseline_runs: int
    baseline_failures: int
    adjusted: Adjusted
    reachable: bool
    disagrees: bool
    judgement: Judgement

    @property
    def n(self) -> int:
        """Complete pairs."""
        return self.paired.effect.n

    @property
    def verdict(self) -> Verdict:
        """What may be said about the candidate."""
        return self.judgement.verdict


@dataclass(frozen=True, slots=True)
class Family:
    """One metric's comparisons: how many tests share alpha, and what that asks of n.

    `fewest_pairs` and `most_pairs` are over the comparisons that were tested.
    """

    metric: Metric
    tests: int
    fewest_pairs: int
    most_pairs: int
    seeds_needed: int


def group_runs(runs: Iterable[Run]) -> Groups:
    """Sort runs by method and setting."""
    groups: dict[tuple[str, Setting], list[Run]] = defaultdict(list)
    for run in runs:
        setting = Setting(run.dataset, run.batch_size, run.timesteps, run.condition)
        groups[run.method, setting].append(run)
    return {key: tuple(group) for key, group in groups.items()}


def compare_all(groups: Groups, plan: Plan) -> tuple[Comparison, ...]:
    """Every candidate against the baseline in every setting and metric, adjusted and judged.

    A method without T meets the baseline at every T the other side has, with the same runs; two
    methods without T meet once.  A family for Holm is one metric: every candidate, data set,
    batch size and T in it.  Comparisons without a test are not members.
    """
    pairs = _meetings(groups, plan.baseline)
    comparisons: list[Comparison] = []
    for metric in METRICS:
        raw = [_compare(metric, *pair, groups, plan) for pair in pairs]
        comparisons.extend(_judged(raw, plan))
    return tuple(comparisons)


def families(comparisons: Iterable[Comparison], plan: Plan) -> tuple[Family, ...]:
    """Describe the Holm family of every metric that has at least one test."""
    tested: dict[Metric, list[Comparison]] = defaultdict(list)
    for comparison in comparisons:
        if comparison.paired.tests is not None:
            tested[comparison.metric].append(comparison)
    return tuple(
        Family(
            metric=metric,
            tests=len(members),
            fewest_pairs=min(c.n for c in members),
            most_pairs=max(c.n for c in members),
            seeds_needed=seeds_needed(len(members), plan.alpha),
        )
        for metric, members in tested.items()
    )


def advantage(metric: Metric, effect: float | None, null: float) -> float | None:
    """`effect` turned so that a positive number favours the candidate."""
    if effect is None:
        return None
    return (effect - null) * (1 if metric.higher_is_better else -1)


def _meetings(groups: Groups, baseline: str) -> list[tuple[str, Setting]]:
    """List the (candidate, setting) pairs where a candidate and the baseline should meet."""
    cells = defaultdict(set)
    methods = defaultdict(set)
    for method, setting in groups:
        place = (setting.dataset, setting.batch_size, setting.condition)
        cells[place].add((method, setting.timesteps))
        methods[setting.dataset, setting.condition].add(method)
    meetings = []
    for (dataset, batch_size, condition), present in cells.items():
        steps = {timesteps for _, timesteps in present if timesteps is not None}
        names = methods[dataset, condition]
        if baseline not in names:
            continue
        for candidate in names - {baseline}:
            either = {t for method, t in present if method in (candidate, baseline)}
            if not either:
                continue
            with_t = steps if either - {None} else {None}
            meetings += [
                (candidate, Setting(dataset, batch_size, timesteps, condition))
                for timesteps in with_t
            ]
    return sorted(meetings, key=lambda meeting: (meeting[1].order, meeting[0]))


def _runs_of(groups: Groups, method: str, setting: Setting) -> dict[int, Run]:
    """Find runs of `method` by seed; a method without T serves every T."""
    runs = groups.get((method, setting)) or groups.get((method, replace(setting, timesteps=None)))
    return {run.seed: run for run in runs or ()}


def _compare(
    metric: Metric, candidate: str, setting: Setting, groups: Groups, plan: Plan
) -> Comparison:
    ours = _runs_of(groups, candidate, setting)
    theirs = _runs_of(groups, plan.baseline, setting)
    pairs = {
        seed: (ours[seed].values[metric.column], theirs[seed].values[metric.column])
        for seed in sorted(ours.keys() & theirs.keys())
    }
    complete = {seed: (x, y) for seed, (x, y) in pairs.items() if x is not None and y is not None}
    return Comparison(
        metric=metric,
        setting=setting,
        candidate=candidate,
        baseline=plan.baseline,
        paired=_effect(
            metric, [x for x, _ in complete.values()], [y for _, y in complete.values()], plan
        ),
        left_out=tuple(sorted((ours.keys() | theirs.keys()) - complete.keys())),
        candidate_runs=len(ours),
        candidate_failures=sum(not run.ok for run in ours.values()),
        baseline_runs=len(theirs),
        baseline_failures=sum(not run.ok for run in theirs.values()),
        adjusted=Adjusted(),
        reachable=False,
        disagrees=False,
        judgement=Judgement(Verdict.INCONCLUSIVE, Reason.NO_PAIRS),
    )


def _effect(
    metric: Metric, candidate: list[float], baseline: list[float], plan: Plan
) -> PairedEffect:
    margins, confidence = plan.margins, plan.confidence
    if metric.scale is Scale.DIFFERENCE:
        return paired_difference(
            candidate, baseline, margin=margins.accuracy_pp, confidence=confidence
        )
    paired = paired_memory_ratio if metric.scale is Scale.MEMORY_RATIO else paired_ratio
    percent = margins.memory_percent if metric.quantity is Quantity.MEMORY else margins.time_percent
    return paired(candidate, baseline, margin_percent=percent, confidence=confidence)


def _judged(comparisons: list[Comparison], plan: Plan) -> list[Comparison]:
    """Adjust the p-values of one metric's comparisons together, and judge each."""
    tests = [comparison.paired.tests for comparison in comparisons]
    primary = holm([None if t is None else t.p for t in tests])
    sign_flip = holm([None if t is None else t.sign_flip_p for t in tests])
    equivalence = holm([None if t is None else t.equivalence_p for t in tests])
    members = sum(t is not None for t in tests)
    judged = []
    for i, comparison in enumerate(comparisons):
        adjusted = Adjusted(primary[i], sign_flip[i], equivalence[i])
        reachable = tests[i] is not None and can_reach_alpha(comparison.n, members, plan.alpha)
        p, exact = adjusted.p, adjusted.sign_flip_p
        judged.append(
            replace(
                comparison,
                adjusted=adjusted,
                reachable=reachable,
                disagrees=reachable
                and p is not None
                and exact is not None
                and (p < plan.alpha) != (exact < plan.alpha),
                judgement=judge(
                    n=comparison.n,
                    advantage=advantage(
                        comparison.metric, comparison.paired.effect.point, comparison.paired.null
                    ),
                    adjusted_p=p,
                    adjusted_equivalence_p=adjusted.equivalence_p,
                    within_margin=_within_margin(comparison.paired),
                    deterministic=comparison.paired.deterministic,
                    alpha=plan.alpha,
                ),
            )
        )
    return judged


def _within_margin(paired: PairedEffect) -> bool:
    """Whether the point lies within the margin; ratios are judged on the log scale."""
    point = paired.effect.point
    if point is None:
        return False
    if paired.kind == "difference":
        return abs(point) <= paired.margin
    return abs(math.log(point)) <= math.log(paired.margin)
