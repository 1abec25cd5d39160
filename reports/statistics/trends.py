"""How a metric changes over T or batch size, one slope per seed.

The seed stays the unit of analysis: a slope is fitted to each seed's values, and the interval is
that of the mean slope. With paired effects for values it is the interaction of method and T.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from reports.statistics.estimate import (
    FEWEST_FOR_AN_INTERVAL,
    Array,
    Estimate,
    Gap,
    above_zero,
    has_spread,
    mean_interval,
    student_p,
)


@dataclass(frozen=True, slots=True)
class Slope:
    """Mean slope over seeds with its interval, a t test that it is 0, and Page's trend test.

    `p` is `None` below 3 seeds and without spread; `page_p` needs 3 levels besides. `levels` are
    those the slope was fitted to.
    """

    estimate: Estimate
    p: float | None
    page_p: float | None
    levels: tuple[float, ...]


def slope(
    levels: Array,
    values: Array,
    *,
    log_levels: bool = True,
    log_values: bool = False,
    confidence: float = 0.95,
) -> Slope:
    """Least-squares slope of each seed's `values` (n, k) over `levels` (k,), k >= 2, averaged.

    With both logarithms it is the exponent of a power law: 1 means doubling T doubles the value,
    0 that T does not matter. With `log_levels` alone it is the change per doubling, in the unit
    of `values`. Raises `ValueError` for shapes that do not fit, fewer than 2 distinct levels, and
    values that are not finite, or not above 0 where their logarithm is taken.
    Source: `numpy.polyfit` per seed; a summary measure per subject, Matthews et al. (1990).
    """
    x, y = np.asarray(levels, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if y.ndim != 2 or x.shape != y.shape[1:]:
        raise ValueError(f"values have shape {y.shape} for {x.size} levels: seeds x levels needed")
    if np.unique(x).size < 2:
        raise ValueError("a slope needs at least 2 different levels")
    logged = [v for v, log in ((x, log_levels), (y, log_values)) if log]
    if not np.isfinite(y).all() or any((v <= 0).any() for v in logged):
        raise ValueError("values must be finite, and above 0 where their logarithm is taken")
    names = tuple(map(float, x))
    if log_levels:
        x = np.log2(x)
    if log_values:
        y = np.log2(y)
    slopes = np.polyfit(x, y.T, 1)[0] if y.shape[0] else np.empty(0)
    estimate = mean_interval(slopes, confidence)
    # Rounding in a value becomes this much rounding in a slope.
    magnitude = float(np.max(np.abs(y), initial=0.0) / np.ptp(x))
    spread = slopes.size > 1 and has_spread(slopes, max(magnitude, 1.0))
    if slopes.size > 1 and not spread:
        exact = None if estimate.point is None else round(estimate.point, 10) + 0.0
        estimate = replace(estimate, point=exact, low=None, high=None, gap=Gap.NO_SPREAD)
    tested = spread and slopes.size >= FEWEST_FOR_AN_INTERVAL
    return Slope(
        estimate=replace(
            estimate, method=f"mean slope over seeds, {100 * confidence:g} % t interval"
        ),
        p=student_p(slopes) if tested else None,
        page_p=page_p(x, y) if tested else None,
        levels=names,
    )


def page_p(levels: Array, values: Array) -> float | None:
    """Compute the two-sided p of Page's trend test on `values` (n, k) over `levels` (k,).

    The null is that the levels do not matter, seed by seed; a trend either way counts, at the
    price of doubling the smaller one-sided p. `None` for fewer than 3 levels or 2 seeds.
    Source: Page (1963), by `scipy.stats.page_trend_test`.
    """
    n, k = values.shape
    if k < 3 or n < 2:
        return None
    # Rounded, since equal values that differ in the last bit must tie.
    ordered = np.round(values[:, np.argsort(levels)], 10)
    both = (stats.page_trend_test(v).pvalue for v in (ordered, -ordered))
    return above_zero(min(1.0, 2 * float(min(both))))
