"""Intervals by resampling seeds within each setting, as if other seeds had been used.

A setting (data set, batch size, T) is a stratum.  Its seeds are drawn with replacement, the
settings themselves are kept: the interval speaks of more seeds in these settings, not of other
settings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from reports.statistics.estimate import FEWEST_FOR_AN_INTERVAL, Array, Estimate, Gap

RESAMPLES = 1000

Draws = tuple[Array, ...]
"""How often each seed was drawn: one array (resamples, seeds) per stratum."""


def draw(
    sizes: Sequence[int], *, generator: np.random.Generator, resamples: int = RESAMPLES
) -> Draws:
    """Draw how often each seed appears in each resample; every stratum is resampled by itself.

    `sizes` are the numbers of seeds per stratum.  Draws do not depend on what is computed from
    them: methods that share seeds should share draws, as they shared luck.
    """
    return tuple(
        generator.multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.float64)
        for n in sizes
    )


def bootstrap_interval(
    point: float,
    statistic: Callable[[Draws], Array],
    draws: Draws,
    *,
    method: str,
    confidence: float = 0.95,
) -> Estimate:
    """`point` with the percentile interval of `statistic` over stratified resamples.

    `draws` come from `draw`; `statistic` maps them to values (resamples,).
    No interval if any stratum has fewer than 3 seeds, or if all resamples agree.  Percentiles
    rather than BCa, which is NaN for constant data and confident at n = 2.  With few seeds such
    intervals are too narrow: `python -m reports.calibrate` shows by how much.
    Source: Davison & Hinkley (1997); Agarwal et al. (2021).  rliable, which offers it, does not
    import with pandas 3 and ignores the generator it is given.
    """
    n = sum(drawn.shape[1] for drawn in draws)
    if min(drawn.shape[1] for drawn in draws) < FEWEST_FOR_AN_INTERVAL:
        return Estimate(point, None, None, n, method, Gap.TOO_FEW)
    values = statistic(draws)
    tail = 50 * (1 - confidence)
    low, high = (float(v) for v in np.percentile(values, [tail, 100 - tail]))
    if not high > low:
        return Estimate(point, None, None, n, method, Gap.NO_SPREAD)
    return Estimate(point, low, high, n, method)
