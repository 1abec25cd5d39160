"""Many comparisons at once: Holm's adjustment, and what an exact test can reach at all."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Holm-adjusted p-values of one family, in the order given.

    A `None` (no test was made) stays `None` and does not count as a member. Adjusted values
    compare with alpha directly, and the chance of even one false alarm in the family stays below
    it. Source: Holm (1979). Ours, because statsmodels' `multipletests` forces a garbage
    collection (60 ms) at every call and scipy has none; the tests compare it with statsmodels.
    """
    places = [i for i, p in enumerate(p_values) if p is not None]
    p = np.array([p_values[i] for i in places], dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)))
    adjusted: list[float | None] = [None] * len(p_values)
    for place, value in zip(order, stepped, strict=True):
        adjusted[places[place]] = float(value)
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Benjamini-Hochberg q-values of an exploratory table, in the order given; `None` stays.

    Calling everything below q = 0.05 different lets about 5 % of those calls be wrong: a weaker
    promise than Holm's, for tables that look for what to study next.
    Source: Benjamini & Hochberg (1995), by `scipy.stats.false_discovery_control`.
    """
    tested = [p for p in p_values if p is not None]
    if not tested:
        return tuple(None for _ in p_values)
    adjusted = iter(stats.false_discovery_control(tested, method="bh"))
    return tuple(None if p is None else float(next(adjusted)) for p in p_values)


def smallest_exact_p(n: int) -> float:
    """Smallest two-sided p an exact sign-flip test of `n` pairs can give: 2^(1-n), at most 1."""
    return min(1.0, 2.0 ** (1 - n))


def seeds_for(level: float) -> int:
    """Fewest seeds with which an exact two-sided test can reach `level`: ceil(log2(2 / level))."""
    # Not log2(2 / level), which overflows for the smallest; a level shared out may even come to 0.
    return math.ceil(1 - math.log2(max(level, 5e-324)) - 1e-12)
