"""Slopes that are claimed to be none: within a margin, beyond it, or neither shown."""

from scipy import special

from reports.statistics.effect import PairedEffect, Tests
from reports.statistics.estimate import Estimate, Gap, above_zero

STEADY_DECADES = 0.1
"""Powers of ten per doubling of T by which the first block's gradient may change, against the
last's, before it counts as vanishing or exploding: a factor of 1.26, which six doublings make 4."""

FLAT_EXPONENT = 0.05
"""Exponent over T below which activations count as flat: 16 times the blocks hold 15 % more."""


def steadiness(estimate: Estimate, margin: float, confidence: float) -> PairedEffect:
    """Test a mean slope against its `margin`, from its t interval of `confidence`.

    The tests of the result are that it lies beyond the margin on either side (`p`, two-sided), and
    inside it (`equivalence_p`, two one-sided tests). A slope that is the same for all seeds is
    exact and not tested. Source: Schuirmann (1987); Murphy & Myors (1999).
    """
    point, high, n = estimate.point, estimate.high, estimate.n
    if point is None or high is None:
        exact = estimate.gap is Gap.NO_SPREAD
        return PairedEffect("difference", estimate, margin, None, deterministic=exact)
    error = (high - point) / float(special.stdtrit(n - 1, 0.5 + confidence / 2))
    from_low, from_high = (point + margin) / error, (point - margin) / error

    def above(t: float) -> float:
        return float(special.stdtr(n - 1, -t))

    beyond = min(1.0, 2 * min(above(from_high), above(-from_low)))
    inside = max(above(from_low), above(-from_high))
    tests = Tests(
        p=above_zero(beyond),
        primary="t, beyond the margin",
        sign_flip_p=None,
        sign_flip_is_exact=False,
        wilcoxon_p=None,
        equivalence_p=above_zero(inside),
    )
    return PairedEffect("difference", estimate, margin, tests)
