"""Is a t test's verdict safe from skew?  Hall's test beside t, as a sensitivity check.

Where differences are strongly skewed a t test alarms too often. Hall's test corrects t by the
skewness seen, which few values tell badly; the larger p of the two errs far less. Johnson's test
errs a little less still, but is not monotone: an effect of five standard deviations with some skew
against it can get p = 1, and so would call what is clear unsettled.
No test of a mean is safe from everything: of rare collapse (most seeds a little better, one in ten
far worse) a few seeds show nothing, see Bahadur & Savage (1956).
"""

import math

import numpy as np
from scipy import special

from reports.statistics.estimate import Array, above_zero, deviation, mean, student_p

FEWEST_FOR_SKEW = 4
"""Below this many values the skewness says only which of two gaps is the larger."""


def skew_robust_p(differences: Array, *, floor: float = 0.0) -> float | None:
    """Larger two-sided p of the t test and Hall's that `differences` (n,) have mean 0.

    `None` for fewer than 4 values or where they do not vary; `floor`: see `estimate.deviation`.
    Source: Hall (1992), "On the removal of skewness by transformation".
    """
    n, spread = differences.size, deviation(differences, floor) if differences.size > 1 else 0.0
    if n < FEWEST_FOR_SKEW or not spread > 0:
        return None
    scaled = (differences - mean(differences)) / spread
    # The unbiased estimate: the plain one is smaller, and alarms more often.
    skewness = float(np.sum(scaled**3)) * n / ((n - 1) * (n - 2))
    t = hall_t(mean(differences) / spread, skewness, n)
    return above_zero(max(student_p(differences, floor=floor), 2 * special.stdtr(n - 1, -abs(t))))


def hall_t(size: float, skewness: float, n: int) -> float:
    """Transform t of `n` values whose mean is `size` standard deviations from the null.

    Monotone in `size`, and free of skewness to the first order; compared with t on n - 1 degrees of
    freedom. Source: Hall (1992), the cubic transformation.
    """
    cubic = size + skewness * size**2 / 3 + skewness**2 * size**3 / 27
    return math.sqrt(n) * (cubic + skewness / (6 * n))
