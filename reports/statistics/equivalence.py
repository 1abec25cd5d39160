"""Is a difference small enough not to matter? Two one-sided tests, and the verdicts."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from reports.statistics.estimate import Array, has_spread, mean, student_p
from reports.statistics.signs import sign_flip_p


class Verdict(StrEnum):
    """What a comparison allows to say about the candidate."""

    BETTER = "better"
    BETTER_FINISHED = "better among finished runs"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"


DIFFERENT = (Verdict.BETTER, Verdict.BETTER_FINISHED, Verdict.WORSE)
"""Verdicts that say a difference was shown."""


class Reason(StrEnum):
    """Why a verdict is what it is."""

    NO_PAIRS = "no complete pairs"
    TOO_FEW_PAIRS = "fewer than 3 complete pairs"
    EXACT_VALUE = "deterministic"
    WITHIN_MARGIN = "within the margin"
    DIFFERENT = "a difference was shown"
    DIRECTION = "the test and the median disagree"
    NEVER_FINISHES = "one side never finishes"
    FAILURES = "not with failures counted"
    NOT_SHOWN = "no difference or equivalence shown"
    NOT_TESTED = "not tested: the pooled comparison decided nothing"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and the reason for it."""

    verdict: Verdict
    reason: Reason


def tost(
    differences: Array,
    margin: float,
    *,
    spread: bool | None = None,
    seed: int = 0,
    floor: float = 0.0,
) -> float:
    """Compute p of two one-sided tests that `differences` (n,) have a mean within +-`margin`.

    Small p: the mean is shown to lie inside; n >= 2. Without `spread` (found out if not given)
    the t statistic is infinite and p would be 0; sign-flip tests take its place, whose p cannot
    be below 2^-n. `floor`: see `estimate.deviation`.
    Source: Schuirmann (1987); the same as statsmodels' `DescrStatsW.ttost_mean`, by `student_p`.
    """
    if floor or _spread(differences, spread):
        # Of the two tests the one about the nearer bound has the larger p.
        if mean(differences) < 0:
            return student_p(differences, -margin, "greater", floor=floor)
        return student_p(differences, margin, "less", floor=floor)
    below = sign_flip_p(differences + margin, "greater", seed=seed)
    return max(below, sign_flip_p(differences - margin, "less", seed=seed))


def beyond_margin_p(
    differences: Array,
    margin: float,
    *,
    spread: bool | None = None,
    seed: int = 0,
    floor: float = 0.0,
) -> float:
    """Compute the one-sided p that the mean of `differences` (n,), n >= 2, exceeds `margin`.

    Small p: the mean is shown to lie beyond the margin, not merely to differ from zero. Turn the
    sign of the differences to ask about the other side.
    Source: Murphy & Myors (1999), minimum-effect test; Wellek (2010).
    """
    if floor or _spread(differences, spread):
        return student_p(differences, margin, "greater", floor=floor)
    return sign_flip_p(differences - margin, "greater", seed=seed)


def _spread(differences: Array, given: bool | None) -> bool:
    magnitude = float(np.max(np.abs(differences)))
    return has_spread(differences, magnitude) if given is None else given


def judge(
    *,
    n: int,
    advantage: float | None,
    adjusted_p: float | None,
    adjusted_equivalence_p: float | None,
    within_margin: bool,
    deterministic: bool,
    alpha: float,
    one_direction: bool = True,
) -> Judgement:
    """Judge by the verdict rule: the first line that applies decides.

    1. Fewer than 3 complete pairs: *inconclusive*.
    2. Deterministic (both sides repeat exactly): no test; *equivalent* if the exact effect lies
       within the margin, else *better* or *worse* by its sign.
    3. TOST's p, adjusted within the metric's family, is below alpha: *equivalent*.  This
       comes before the test of difference, since a difference that is real but smaller than the
       declared margin is one the study said does not matter.
    4. The primary p, adjusted within the metric's family, is below alpha: *better* or
       *worse* by the sign of the effect, if the test speaks for the same side as the effect
       (`one_direction`) and the effect is not exactly none; else *inconclusive*.  (At n >= 3 the
       unadjusted interval then excludes the null value; it need not lie wholly beyond the margin,
       and the interval shows by how much.)
    5. Otherwise *inconclusive*: neither a difference nor equivalence was shown.

    `advantage` is the effect turned so that positive favours the candidate; its size is unused.
    """
    if n < 3 or advantage is None:
        return Judgement(Verdict.INCONCLUSIVE, Reason.NO_PAIRS if n == 0 else Reason.TOO_FEW_PAIRS)
    direction = Verdict.BETTER if advantage > 0 else Verdict.WORSE
    if deterministic:
        return Judgement(Verdict.EQUIVALENT if within_margin else direction, Reason.EXACT_VALUE)
    if adjusted_equivalence_p is not None and adjusted_equivalence_p < alpha:
        return Judgement(Verdict.EQUIVALENT, Reason.WITHIN_MARGIN)
    if adjusted_p is not None and adjusted_p < alpha:
        if not one_direction or advantage == 0:
            return Judgement(Verdict.INCONCLUSIVE, Reason.DIRECTION)
        return Judgement(direction, Reason.DIFFERENT)
    return Judgement(Verdict.INCONCLUSIVE, Reason.NOT_SHOWN)
