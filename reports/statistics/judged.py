"""One comparison, judged at its part of alpha: verdict, sensitivity, what could have been seen."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from scipy import special

from reports.statistics.effect import PairedEffect, Tests
from reports.statistics.equivalence import Judgement, Reason, Verdict, judge
from reports.statistics.finished import vetoes, with_failures
from reports.statistics.multiplicity import smallest_exact_p
from reports.statistics.power import detectable_effect, pairs_needed, spread_interval
from reports.statistics.sequential import level_at
from reports.statistics.signs import SAMPLED


class Sharing(StrEnum):
    """What a comparison shares alpha with, and so what its `tests` count."""

    COMPARISONS = "comparisons"  # side by side, by Holm's method
    CANDIDATES = "candidates"  # pooled comparisons, one per candidate
    SETTINGS = "settings"  # of one candidate, behind its pooled comparison


@dataclass(frozen=True, slots=True)
class Adjusted:
    """P-values of one comparison, adjusted for those it shares alpha with; `None`: not tested.

    Behind a gate the sensitivity tests are read at the level at which the primary one was tested:
    theirs are divided by its share of alpha.
    """

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

    `tests` counts what shares alpha, `sharing` says of which kind, and `candidates` those that a
    setting stands behind. `level` is the part of alpha planned for this comparison,
    of which a planned look spends a part again.
    `reachable`: the exact tests could pass what there was at this n. `disagreeing`: names of the
    sensitivity tests that could, and fall on the other side of alpha than the primary one.
    `detectable`: the effect, as a difference or a ratio above 1, that would have been shown with
    the planned power. `pairs_needed`: pairs to show an effect as large as the margin,
    and `pairs_range` the fewest and most by the interval of the spread (`None`: beyond counting).
    `interval`: that of the effect at the level at which it was tested, so that it excludes no
    effect just where a difference was shown; `None` where no mean was tested.
    """

    judgement: Judgement
    adjusted: Adjusted = Adjusted()
    tests: int = 0
    reachable: bool = False
    disagreeing: tuple[str, ...] = ()
    detectable: float | None = None
    pairs_needed: int | None = None
    pairs_range: tuple[int | None, int | None] = (None, None)
    sharing: Sharing = Sharing.COMPARISONS
    candidates: int = 0
    level: float = 0.0
    interval: tuple[float, float] | None = None

    @property
    def open(self) -> bool:
        """Whether something was decided, so that a candidate's settings may be looked at."""
        return self.judgement.verdict is not Verdict.INCONCLUSIVE or self.judgement.reason in (
            Reason.DIRECTION, Reason.FAILURES,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """What the comparisons of a family have in common."""

    higher_is_better: bool
    alpha: float
    power: float
    sharing: Sharing
    tests: int
    candidates: int = 0


def judge_at(
    paired: PairedEffect, adjusted: Adjusted, planned: float, tested: float | None, frame: Frame
) -> Judged:
    """Judge one comparison, for which the share `planned` of alpha was laid aside.

    `tested` is the share at which it was tested in the end.
    """
    n, effect, alpha, power = paired.effect.n, paired.effect, frame.alpha, frame.power
    planned_level, last_look = alpha * planned, (paired.looks, paired.looks_made)
    level = level_at(planned_level, *last_look)
    reachable = paired.tests is not None and smallest_exact_p(n) <= level * (1 + 1e-12)
    judgement = judge(
        n=n,
        advantage=advantage(effect.point, paired.null, frame.higher_is_better),
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
    base = Judged(
        judgement,
        adjusted,
        frame.tests,
        sharing=frame.sharing,
        candidates=frame.candidates,
        level=planned_level,
    )
    if paired.tests is None:
        return base
    is_ratio = paired.kind == "ratio"
    smallest = detectable_effect(paired.spread, n, level, power)
    margin = math.log(paired.margin) if is_ratio else paired.margin
    low, high = spread_interval(paired.spread, n)
    return replace(
        base,
        reachable=reachable,
        disagreeing=_disagreeing(paired, paired.tests, adjusted, alpha, reachable=reachable),
        detectable=_ratio(smallest) if is_ratio else smallest,
        pairs_needed=pairs_needed(margin, paired.spread, planned_level, power),
        pairs_range=(
            pairs_needed(margin, low, planned_level, power),
            pairs_needed(margin, high, planned_level, power),
        ),
        interval=_interval_at(paired, level_at(alpha * (tested or planned), *last_look)),
    )


def _interval_at(paired: PairedEffect, level: float) -> tuple[float, float] | None:
    """Interval of a tested mean at a level of its own, on the scale of the effect."""
    point, n = paired.effect.point, paired.effect.n
    if not level or paired.spread is None or point is None or paired.censoring is not None:
        return None
    half = -float(special.stdtrit(n - 1, level / 2)) * paired.spread / math.sqrt(n)
    if paired.kind == "difference":
        return point - half, point + half
    middle = math.log(point)
    return _exp(middle - half), _exp(middle + half)


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
    paired: PairedEffect, tests: Tests, adjusted: Adjusted, alpha: float, *, reachable: bool
) -> tuple[str, ...]:
    """Name the tests on the other side of alpha; exact ones only where they could reach it."""
    if adjusted.p is None:
        return ()
    # A sampled p at its floor says no more than that it is small; adjusted, it may not look so.
    flip = tests.sign_flip_p
    at_floor = not tests.sign_flip_is_exact and flip is not None and flip <= 1 / SAMPLED
    exact = {
        "sign-flip": None if at_floor else adjusted.sign_flip_p,
        "Wilcoxon": adjusted.wilcoxon_p,
        "failures as the worst": adjusted.failure_p if paired.worst is not None else None,
    }
    checks = {
        **(exact if reachable else {}),
        "log-odds t": adjusted.logit_p,
        "skew-robust t": adjusted.robust_p,
    }
    shown = adjusted.p < alpha
    return tuple(name for name, p in checks.items() if p is not None and (p < alpha) != shown)


def _exp(value: float) -> float:
    return math.exp(min(value, 700.0))


def _ratio(logarithm: float | None) -> float | None:
    """Return the ratio of a difference of logarithms; none where it is too large to mean much."""
    return None if logarithm is None or logarithm > 50 else math.exp(logarithm)
