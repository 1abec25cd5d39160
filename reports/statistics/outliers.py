"""Seeds whose paired difference lies far from the others': reported, never dropped."""

from dataclasses import dataclass

import numpy as np

from reports.statistics.estimate import Array

MILD, SEVERE = 1.5, 3.0
"""Fences, in interquartile ranges beyond the quartiles."""

FEWEST_FOR_FENCES = 5
"""Below this many values no value can lie beyond a fence, or every quartile is a value itself."""


@dataclass(frozen=True, slots=True)
class Outliers:
    """How many values lie beyond the mild fences and within the severe ones, and how many beyond.

    In a normal sample 0.7 % lie beyond the mild fences, more in small ones.
    """

    mild: int
    severe: int


def outliers(values: Array) -> Outliers | None:
    """Class `values` (n,) by Tukey's fences; `None` for fewer than 5.

    Source: Tukey (1977); the classes are those of Criterion's benchmarks.
    """
    if values.size < FEWEST_FOR_FENCES:
        return None
    low, high = np.quantile(values, (0.25, 0.75))
    beyond = np.maximum(low - values, values - high)
    width = float(high - low)
    # Rounding: equal differences, as numbers, lie a last bit apart.
    slack = 1e-9 * max(1.0, float(np.abs(values).max()))
    severe = int((beyond > SEVERE * width + slack).sum())
    return Outliers(int((beyond > MILD * width + slack).sum()) - severe, severe)
