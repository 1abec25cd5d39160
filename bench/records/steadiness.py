"""Whether a run's epochs took one and the same time once it was warm.

The first epoch warms up and is left out. Of the others: does their time drift (Theil-Sen slope),
does it scatter (distance of the quartiles), do single epochs lie far off (modified z-score,
Iglewicz & Hoaglin 1993)?
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

FEWEST = 4
"""Epochs, the first left out, below which nothing can be said."""
LARGEST_DRIFT = 0.10
"""Part of the median epoch by which time may change from the second epoch to the last."""
LARGEST_SPREAD = 0.10
"""Part of the median epoch that may lie between the quartiles."""
FAR_OFF = 3.5
"""Modified z-score beyond which an epoch is an outlier ..."""
WORTH_NAMING = 0.05
"""... if it also differs from the median by this part of it: clocks are finer than times matter."""


@dataclass(frozen=True)
class Steadiness:
    """Drift per median epoch, whether the run was steady, and how many epochs lie far off.

    All are None for fewer than `FEWEST` epochs after the first.
    """

    drift: float | None
    steady: bool | None
    outliers: int | None


def typical(seconds: Sequence[float]) -> float:
    """Return the median epoch, the first left out where there are more."""
    return statistics.median(seconds[1:] or seconds)


def steadiness(seconds: Sequence[float]) -> Steadiness:
    """Judge a run by the seconds of its epochs, in order, the first one included."""
    warm = seconds[1:]
    if len(warm) < FEWEST or (median := statistics.median(warm)) <= 0:
        return Steadiness(None, None, None)
    slopes = [(warm[j] - warm[i]) / (j - i) for i, j in combinations(range(len(warm)), 2)]
    drift = statistics.median(slopes) * (len(warm) - 1) / median
    low, _, high = statistics.quantiles(warm, n=4, method="inclusive")
    distances = [abs(value - median) for value in warm]
    spread = 1.4826 * statistics.median(distances)  # of a normal law: its standard deviation
    outliers = sum(
        distance > max(FAR_OFF * spread, WORTH_NAMING * median) for distance in distances
    )
    steady = abs(drift) <= LARGEST_DRIFT and (high - low) / median <= LARGEST_SPREAD
    return Steadiness(drift, steady, outliers)
