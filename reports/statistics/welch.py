"""The difference between a mean of ours and one of which only mean and spread are published."""

import math
from collections.abc import Sequence

from scipy import special

from reports.statistics.estimate import (
    FEWEST_FOR_AN_INTERVAL,
    Array,
    Estimate,
    Gap,
    deviation,
    finite_vector,
    has_spread,
    mean,
)


def difference_from(
    values: Sequence[float] | Array,
    other: float,
    spread: float,
    n: int,
    confidence: float = 0.95,
) -> Estimate:
    """Mean of `values` less the mean `other` of `n` values whose standard deviation is `spread`.

    With the interval of Welch (1947), which lets both variances differ: the same as
    `scipy.stats.ttest_ind(..., equal_var=False).confidence_interval()`. Raises `ValueError` for
    `n` below 2, a negative spread, and values that are not finite.
    """
    if n < 2 or spread < 0:
        raise ValueError(f"a spread of {spread} over {n} values says nothing")
    x = finite_vector(values)
    method = f"difference of means, {confidence:.0%} Welch interval"
    if x.size == 0:
        return Estimate(None, None, None, 0, method, Gap.NO_VALUES)
    point = mean(x) - other
    if x.size < FEWEST_FOR_AN_INTERVAL:
        return Estimate(point, None, None, x.size, method, Gap.TOO_FEW)
    if not has_spread(x, abs(mean(x))) and spread == 0:
        return Estimate(point, None, None, x.size, method, Gap.NO_SPREAD)
    ours, theirs = deviation(x) ** 2 / x.size, spread**2 / n
    total = ours + theirs
    df = total**2 / (ours**2 / (x.size - 1) + theirs**2 / (n - 1))
    half = float(special.stdtrit(df, 0.5 + confidence / 2)) * math.sqrt(total)
    return Estimate(point, point - half, point + half, x.size, method)
