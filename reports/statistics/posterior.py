"""What the differences make likely, beside what they show: secondary, and labelled so.

Probabilities of the true mean under a flat prior, and how often a run of the candidate beats the
baseline's of the same seed.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import special, stats

from reports.statistics.estimate import (
    FEWEST_FOR_AN_INTERVAL,
    Array,
    has_spread,
    mean,
    standard_error,
)

MEANINGFUL = 0.75
"""P(A > B) above which a difference is worth having, as recommended by Bouthillier et al."""


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Probabilities that the true mean lies below, within or above the margin; they sum to 1."""

    worse: float
    equal: float
    better: float


def beliefs(advantages: Array, margin: float, *, floor: float = 0.0) -> Beliefs | None:
    """Posterior of the mean of `advantages` (n,), higher better, cut at minus and plus `margin`.

    A t distribution with n - 1 degrees of freedom around the mean, scaled by its standard error:
    what the paired t test's likelihood makes of a flat prior on the mean and on the logarithm of
    the standard deviation. `None` for fewer than 3 values or without spread; `floor`: see
    `estimate.deviation`. Source: Benavoli et al. (2017); the same as baycomp's correlated t test
    without correlation.
    """
    n = advantages.size
    if n < FEWEST_FOR_AN_INTERVAL:
        return None
    if not floor and not has_spread(advantages, float(np.abs(advantages).max())):
        return None
    middle, error = mean(advantages), standard_error(advantages, floor)
    worse = float(special.stdtr(n - 1, (-margin - middle) / error))
    better = float(special.stdtr(n - 1, (middle - margin) / error))
    return Beliefs(worse, max(0.0, 1 - worse - better), better)


class Superiority(StrEnum):
    """What P(A > B) and its interval say."""

    NOT_SHOWN = "not shown"
    TOO_SMALL = "shown, too small to be worth having"
    OPEN = "shown, worth having or not is open"
    MEANINGFUL = "shown and worth having"


@dataclass(frozen=True, slots=True)
class Chance:
    """P(A > B): the chance that a run of A beats the run of B with the same seed."""

    point: float
    low: float
    high: float
    n: int
    says: Superiority


def chance_above(advantages: Array, confidence: float = 0.95) -> Chance | None:
    """P(A > B) from `advantages` (n,) of A, ties counted half, with its exact interval.

    Shown where the interval lies above one half; then meaningful where its upper end reaches 0.75
    and the point does too. Infinite values are a side that failed. The interval is Clopper and
    Pearson's, widened where there are ties; `None` for fewer than 3 values.
    Source: Bouthillier et al. (2021), who resample; with few seeds their interval is too narrow.
    """
    n = advantages.size
    if n < FEWEST_FOR_AN_INTERVAL:
        return None
    rounded = np.round(advantages, 10)
    above, ties = int((rounded > 0).sum()), int((rounded == 0).sum())
    point = (above + ties / 2) / n
    low = stats.binomtest(above + ties // 2, n).proportion_ci(confidence).low
    high = stats.binomtest(above + (ties + 1) // 2, n).proportion_ci(confidence).high
    return Chance(point, float(low), float(high), n, _says(point, float(low), float(high)))


def _says(point: float, low: float, high: float) -> Superiority:
    if low <= 0.5:
        return Superiority.NOT_SHOWN
    if high <= MEANINGFUL:
        return Superiority.TOO_SMALL
    return Superiority.MEANINGFUL if point > MEANINGFUL else Superiority.OPEN
