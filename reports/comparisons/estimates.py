"""Every candidate against the baseline: paired effects, what is known of them once judged."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reports.comparisons.failures import failures_as_worst, finished_in
from reports.input.metrics import Metric, Scale
from reports.input.pairing import (
    Groups,
    Setting,
    meetings,
    paired_values,
    runs_at,
)
from reports.input.plan import Plan
from reports.input.runs import Run
from reports.statistics.censored import paired_time_to_target
from reports.statistics.effect import PairedEffect
from reports.statistics.equivalence import Judgement, Reason, Verdict
from reports.statistics.family import judge_family
from reports.statistics.judged import Adjusted, Judged, advantage
from reports.statistics.paired import paired_difference, paired_memory_ratio, paired_ratio

NOT_JUDGED = Judged(Judgement(Verdict.INCONCLUSIVE, Reason.NO_PAIRS))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate against the baseline in one setting and one metric.

    Without a verdict until it is judged with those that it shares alpha with.

    `pairs` are the values of candidate and baseline by seed. `left_out` are the seeds that only
    one side has, or where a side has no usable number; for times to a target also those where
    neither side arrived. `family` holds what the comparisons
    that share alpha with this one have in common.
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
    family: tuple[str, ...] = ()
    judged: Judged = NOT_JUDGED
    pairs: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Complete pairs."""
        return self.paired.effect.n

    @property
    def judgement(self) -> Judgement:
        """The verdict and the reason for it."""
        return self.judged.judgement

    @property
    def verdict(self) -> Verdict:
        """What may be said about the candidate."""
        return self.judged.judgement.verdict

    @property
    def adjusted(self) -> Adjusted:
        """P-values, adjusted for what shares alpha."""
        return self.judged.adjusted

    @property
    def reachable(self) -> bool:
        """Whether the exact tests could pass alpha in this family at this n."""
        return self.judged.reachable

    @property
    def disagrees(self) -> bool:
        """Whether a sensitivity test that could pass alpha falls on its other side."""
        return bool(self.judged.disagreeing)

    @property
    def advantage(self) -> float | None:
        """The effect turned so that a positive number favours the candidate."""
        effect = self.paired
        return advantage(effect.effect.point, effect.null, self.metric.higher_is_better)


def compare_all(groups: Groups, plan: Plan) -> tuple[Comparison, ...]:
    """Every candidate against the baseline in every setting and metric; not yet judged.

    Times to a target are compared where both sides have learning curves; `gated.judge_study` gives
    the verdicts.
    """
    sides = [
        (
            candidate,
            setting,
            runs_at(groups, candidate, setting),
            runs_at(groups, plan.baseline, setting),
        )
        for candidate, setting in meetings(groups, plan.baseline)
    ]
    comparisons: list[Comparison] = []
    for metric in plan.metrics:
        comparisons += [
            compare(metric, setting, (candidate, ours), (plan.baseline, theirs), plan)
            for candidate, setting, ours, theirs in sides
            if is_measured(metric, ours, theirs)
        ]
    return tuple(comparisons)


def is_measured(metric: Metric, *sides: Mapping[int, Run]) -> bool:
    """Whether all sides have `metric`.

    A side of which no run finished has whatever is measured in every run: that it has no number is
    a result.
    """
    return all(
        any(run.values.get(metric.column) is not None for run in side.values())
        or not (metric.is_censored or metric.optional or any(run.ok for run in side.values()))
        for side in sides
    )


def compare(
    metric: Metric,
    setting: Setting,
    candidate: tuple[str, Mapping[int, Run]],
    baseline: tuple[str, Mapping[int, Run]],
    plan: Plan,
    *,
    thorough: bool = True,
) -> Comparison:
    """Compare two named sides, runs by seed, in one metric; not yet judged.

    Without `thorough` by the primary test alone.
    """
    (name, ours), (other, theirs) = candidate, baseline
    pairs = paired_values(ours, theirs, metric.column)
    if metric.is_censored:
        complete = {s for s, pair in pairs.items() if min(pair) < float("inf")}
    else:
        complete = set(pairs)
    effect = paired_effect(
        metric,
        [x for x, _ in pairs.values()],
        [y for _, y in pairs.values()],
        plan,
        resolution=resolution_of(metric, ours),
        thorough=thorough,
    )
    if thorough and not metric.is_censored:
        sides = [(ours, theirs)]
        effect = replace(
            effect,
            finished=finished_in(sides, seed=plan.random_seed),
            worst=failures_as_worst(metric, sides, seed=plan.random_seed),
        )
    return Comparison(
        metric=metric,
        setting=setting,
        candidate=name,
        baseline=other,
        paired=effect,
        pairs=pairs,
        left_out=tuple(sorted((ours.keys() | theirs.keys()) - complete)),
        candidate_runs=len(ours),
        candidate_failures=sum(not run.ok for run in ours.values()),
        baseline_runs=len(theirs),
        baseline_failures=sum(not run.ok for run in theirs.values()),
    )


def resolution_of(metric: Metric, runs: Mapping[int, Run]) -> float | None:
    """Step between two values of `metric` that can be told apart, where it is known."""
    if not metric.is_accuracy:
        return None
    return next((run.resolution for run in runs.values()), None)


def paired_effect(
    metric: Metric,
    candidate: Sequence[float],
    baseline: Sequence[float],
    plan: Plan,
    *,
    resolution: float | None = None,
    thorough: bool = True,
) -> PairedEffect:
    """Route aligned values (n,) to the comparison that suits the metric."""
    margin, confidence, seed = plan.margin_of(metric), plan.confidence, plan.random_seed
    if metric.is_difference:
        return paired_difference(
            candidate, baseline, margin=margin, confidence=confidence,
            whole=100.0 if metric.is_share else None, resolution=resolution,
            seed=seed, thorough=thorough,
        )  # fmt: skip
    if metric.is_censored:
        return paired_time_to_target(
            candidate, baseline, margin_percent=margin, confidence=confidence, seed=seed
        )
    route = {Scale.RATIO: paired_ratio, Scale.MEMORY_RATIO: paired_memory_ratio}[metric.scale]
    return route(
        candidate, baseline, margin_percent=margin, confidence=confidence, seed=seed,
        thorough=thorough,
    )  # fmt: skip


def judge_all(comparisons: Sequence[Comparison], plan: Plan) -> list[Comparison]:
    """Judge comparisons that stand side by side: Holm's method in each family of one metric."""
    split: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, comparison in enumerate(comparisons):
        split[family_of(comparison, plan)].append(i)
    judged = list(comparisons)
    for family, places in split.items():
        verdicts = judge_family(
            [comparisons[i].paired for i in places],
            higher_is_better=comparisons[places[0]].metric.higher_is_better,
            alpha=plan.alpha,
            power=plan.power,
        )
        for i, verdict in zip(places, verdicts, strict=True):
            judged[i] = replace(comparisons[i], family=family, judged=verdict)
    return judged


def family_of(comparison: Comparison, plan: Plan) -> tuple[str, ...]:
    """Return what a comparison has in common with those that share alpha with it."""
    s = comparison.setting
    values = {
        "dataset": s.dataset,
        "candidate": comparison.candidate,
        "batch_size": "no batch size" if s.batch_size is None else f"batch size {s.batch_size}",
        "timesteps": "no T" if s.timesteps is None else f"T = {s.timesteps}",
    }
    return tuple(values[name] for name in plan.families)
