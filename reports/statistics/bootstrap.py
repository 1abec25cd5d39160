"""Intervals by resampling seeds within each setting, as if other seeds had been used.

A setting (data set, batch size, T) is a stratum.  Its seeds are drawn with replacement, the
settings themselves are kept: the interval speaks of more seeds in these settings, not of other
settings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from reports.statistics.estimate import FEWEST_FOR_AN_INTERVAL, Array, Estimate, Gap

RESAMPLES = 2000

Counts = tuple[NDArray[np.int64], ...]
"""How often each seed was drawn: one array (resamples, seeds) per stratum."""


def draw_counts(
    sizes: Sequence[int], *, generator: np.random.Generator, resamples: int = RESAMPLES
) -> Counts:
    """Draw how often each seed appears in each resample; every stratum is resampled by itself.

    `sizes` are the numbers of seeds per stratum.  The same generator state gives the same draws
    whatever is computed from them, so methods that share seeds can share draws.
    """
    return tuple(
        generator.multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.int64) for n in sizes
    )


def bootstrap_interval(
    point: float,
    statistic: Callable[[Counts], Array],
    sizes: Sequence[int],
    *,
    method: str,
    generator: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Estimate:
    """`point` with the percentile interval of `statistic` over stratified resamples.

    `statistic` maps counts, one array (resamples, n_s) per stratum, to values (resamples,).
    No interval if any stratum has fewer than 3 seeds, or if all resamples agree.  Percentiles
    rather than BCa, which is NaN for constant data and confident at n = 2.  With few seeds such
    intervals are too narrow: `python -m reports.calibrate` shows by how much.
    Source: Davison & Hinkley (1997); Agarwal et al. (2021).  rliable, which offers it, does not
    import with pandas 3 and ignores the generator it is given.
    """
    n = int(sum(sizes))
    if min(sizes, default=0) < FEWEST_FOR_AN_INTERVAL:
        return Estimate(point, None, None, n, method, Gap.TOO_FEW)
    values = statistic(draw_counts(sizes, generator=generator, resamples=resamples))
    tail = 50 * (1 - confidence)
    low, high = (float(v) for v in np.percentile(values, [tail, 100 - tail]))
    if not high > low:
        return Estimate(point, None, None, n, method, Gap.NO_SPREAD)
    return Estimate(point, low, high, n, method)
