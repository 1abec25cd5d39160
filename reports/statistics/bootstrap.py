"""Intervals by resampling seeds, as if other seeds had been used.

A setting (data set, batch size, T) is a stratum, and settings are kept: the interval speaks of
more seeds in these settings, not of other settings. A seed is drawn once for all settings that
have it, because it brings its luck (data order, initial weights) to all of them: drawn setting by
setting, that luck would seem to average out, and intervals would be far too narrow.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy import special

from reports.statistics.estimate import FEWEST_FOR_AN_INTERVAL, Array, Estimate, Gap

RESAMPLES = 1000

Draws = tuple[Array, ...]
"""How often each seed was drawn: one array (resamples, seeds) per stratum."""


def draw(
    seeds: Sequence[Sequence[int]],
    *,
    generator: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Draws:
    """Draw how often each seed appears in each resample, jointly for all strata.

    `seeds` names the seeds of every stratum, in the order of its scores. All different seeds are
    drawn together, with replacement; a stratum that lacks some sees fewer or more than it has.
    Draws do not depend on what is computed from them: methods that share seeds should share draws,
    as they shared luck.
    """
    everything = sorted({seed for stratum in seeds for seed in stratum})
    n = len(everything)
    counts = generator.multinomial(n, np.full(n, 1 / n), size=resamples) if n else np.empty((0, 0))
    place = {seed: i for i, seed in enumerate(everything)}
    return tuple(
        np.asarray(counts[:, [place[seed] for seed in stratum]], dtype=np.float64)
        for stratum in seeds
    )


def bootstrap_interval(
    point: float,
    statistic: Callable[[Draws], Array],
    draws: Draws,
    *,
    method: str,
    confidence: float = 0.95,
) -> Estimate:
    """`point` with the expanded percentile interval of `statistic` over resamples of seeds.

    `draws` come from `draw`; `statistic` maps them to values (resamples,), NaN for a resample
    without any score. No interval if any stratum has fewer than 3 seeds, or if all resamples agree.
    Percentiles rather than BCa, which is NaN for constant data and confident at n = 2; how well
    they cover with few seeds is simulated by `python -m reports.calibrate`.
    Source: Davison & Hinkley (1997); Agarwal et al. (2021). rliable, which offers it, draws every
    setting by itself, does not import with pandas 3 and ignores the generator it is given.
    """
    n = sum(drawn.shape[1] for drawn in draws)
    fewest = min(drawn.shape[1] for drawn in draws)
    if fewest < FEWEST_FOR_AN_INTERVAL:
        return Estimate(point, None, None, n, method, Gap.TOO_FEW)
    tail = 100 * tail_share(fewest, confidence)
    low, high = (float(v) for v in np.nanpercentile(statistic(draws), [tail, 100 - tail]))
    if not high > low:
        return Estimate(point, None, None, n, method, Gap.NO_SPREAD)
    return Estimate(point, low, high, n, method)


def tail_share(n: int, confidence: float) -> float:
    """Share of resamples of `n` >= 2 seeds to leave out at either end.

    Smaller than (1 - confidence) / 2: resamples of n seeds scatter by (n - 1) / n of the variance
    they should, and have the tails of a normal distribution where a t distribution is due.
    Source: Hesterberg (2015), expanded percentile interval.
    """
    t = float(special.stdtrit(n - 1, 0.5 + confidence / 2))
    return float(special.ndtr(-t * math.sqrt(n / (n - 1))))
