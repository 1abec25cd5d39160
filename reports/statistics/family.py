"""A family of comparisons that share alpha: adjusted together, then judged one by one."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reports.statistics.effect import PairedEffect, Tests
from reports.statistics.equivalence import Judgement, judge
from reports.statistics.finished import vetoes, with_failures
from reports.statistics.multiplicity import can_reach_alpha, holm
from reports.statistics.power import POWER, detectable_effect, pairs_needed
from reports.statistics.signs import SAMPLED


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Holm-adjusted p-values of one comparison; `None` where no test was made."""

    p: float | None = None
    sign_flip_p: float | None = None
    wilcoxon_p: float | None = None
    logit_p: float | None = None
    equivalence_p: float | None = None
    failure_p: float | None = None
    robust_p: float | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What a family makes of one of its comparisons.

    `reachable`: the exact tests could pass alpha in this family at this n. `disagreeing`: names
    of the sensitivity tests that could, and fall on the other side of alpha than the primary one.
    `detectable`: the effect, as a difference or a ratio above 1, that would have been shown with
    the planned power at alpha / m. `pairs_needed`: pairs to show an effect as large as the margin.
    """

    judgement: Judgement
    adjusted: Adjusted = Adjusted()
    tests: int = 0
    reachable: bool = False
    disagreeing: tuple[str, ...] = ()
    detectable: float | None = None
    pairs_needed: int | None = None


def judge_family(
    effects: Sequence[PairedEffect],
    *,
    higher_is_better: bool,
    alpha: float = 0.05,
    power: float = POWER,
) -> tuple[Judged, ...]:
    """Judge the comparisons of one family, in the order given.

    Holm's method adjusts each kind of test over the members that were tested; members without a
    test (fewer than 3 pairs, deterministic) take no share of alpha. Source: Holm (1979).
    """
    tests = [effect.tests for effect in effects]

    def adjusted(which: Callable[[Tests], float | None]) -> tuple[float | None, ...]:
        return holm([None if t is None else which(t) for t in tests])

    def failure_p(effect: PairedEffect) -> float | None:
        if effect.tests is None:
            return None
        return effect.worst.p if effect.worst is not None else effect.tests.wilcoxon_p

    columns = (
        adjusted(lambda t: t.p),
        adjusted(lambda t: t.sign_flip_p),
        adjusted(lambda t: t.wilcoxon_p),
        adjusted(lambda t: t.logit_p),
        adjusted(lambda t: t.equivalence_p),
        holm([failure_p(effect) for effect in effects]),
        adjusted(lambda t: t.robust_p),
    )
    members = sum(t is not None for t in tests)
    rows = [Adjusted(*row) for row in zip(*columns, strict=True)]
    return tuple(
        _judged(effect, row, members, higher_is_better, alpha, power)
        for effect, row in zip(effects, rows, strict=True)
    )


def _judged(
    paired: PairedEffect,
    adjusted: Adjusted,
    members: int,
    higher_is_better: bool,
    alpha: float,
    power: float,
) -> Judged:
    n, effect = paired.effect.n, paired.effect
    reachable = paired.tests is not None and can_reach_alpha(n, members, alpha)
    judgement = judge(
        n=n,
        advantage=advantage(effect.point, paired.null, higher_is_better),
        adjusted_p=adjusted.p,
        adjusted_equivalence_p=adjusted.equivalence_p,
        within_margin=within_margin(paired),
        deterministic=paired.deterministic,
        alpha=alpha,
        one_direction=paired.one_direction,
    )
    if paired.finished is not None:
        vetoed = paired.worst is not None and vetoes(paired.worst, judgement.verdict)
        judgement = with_failures(judgement, paired.finished, vetoed=vetoed)
    if paired.tests is None:
        return Judged(judgement, adjusted, members)
    level = alpha / members
    is_ratio = paired.kind == "ratio"
    smallest = detectable_effect(paired.spread, n, level, power)
    margin = math.log(paired.margin) if is_ratio else paired.margin
    return Judged(
        judgement,
        adjusted,
        members,
        reachable,
        _disagreeing(paired, paired.tests, adjusted, alpha) if reachable else (),
        _ratio(smallest) if is_ratio else smallest,
        pairs_needed(margin, paired.spread, level, power),
    )


def advantage(effect: float | None, null: float, higher_is_better: bool) -> float | None:
    """`effect` turned so that a positive number favours the candidate."""
    if effect is None:
        return None
    return (effect - null) * (1 if higher_is_better else -1)


def within_margin(paired: PairedEffect) -> bool:
    """Whether the point lies within the margin; ratios are judged on the log scale."""
    point = paired.effect.point
    if point is None:
        return False
    if paired.kind == "difference":
        return abs(point) <= paired.margin
    return 1 / paired.margin <= point <= paired.margin


def _disagreeing(
    paired: PairedEffect, tests: Tests, adjusted: Adjusted, alpha: float
) -> tuple[str, ...]:
    if adjusted.p is None:
        return ()
    # A sampled p at its floor says no more than that it is small; adjusted, it may not look so.
    flip = tests.sign_flip_p
    at_floor = not tests.sign_flip_is_exact and flip is not None and flip <= 1 / SAMPLED
    checks = {
        "sign-flip": None if at_floor else adjusted.sign_flip_p,
        "Wilcoxon": adjusted.wilcoxon_p,
        "log-odds t": adjusted.logit_p,
        "skew-robust t": adjusted.robust_p,
        "failures as the worst": adjusted.failure_p if paired.worst is not None else None,
    }
    shown = adjusted.p < alpha
    return tuple(name for name, p in checks.items() if p is not None and (p < alpha) != shown)


def _ratio(logarithm: float | None) -> float | None:
    """Return the ratio of a difference of logarithms; none where it is too large to mean much."""
    return None if logarithm is None or logarithm > 50 else math.exp(logarithm)
