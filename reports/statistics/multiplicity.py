"""Many comparisons at once: Holm's adjustment, and what an exact test can reach at all."""

from __future__ import annotations

import math
from collections.abc import Sequence

from statsmodels.stats.multitest import multipletests


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Holm-adjusted p-values of one family, in the order given.

    A `None` (no test was made) stays `None` and does not count as a member.  Adjusted values
    compare with alpha directly.  Source: Holm (1979), by `statsmodels` `multipletests`.
    """
    tested = [p for p in p_values if p is not None]
    if not tested:
        return tuple(None for _ in p_values)
    adjusted = iter(multipletests(tested, method="holm")[1])
    return tuple(None if p is None else float(next(adjusted)) for p in p_values)


def smallest_exact_p(n: int) -> float:
    """Smallest two-sided p an exact sign-flip test of `n` pairs can give: 2^(1-n), at most 1."""
    return min(1.0, 2.0 ** (1 - n))


def can_reach_alpha(n: int, comparisons: int, alpha: float) -> bool:
    """Whether `n` pairs suffice for an exact test inside a Holm family of `comparisons`.

    The bar is alpha / m, which the smallest p of a family has to pass.
    """
    return smallest_exact_p(n) * max(1, comparisons) <= alpha


def seeds_needed(comparisons: int, alpha: float) -> int:
    """Fewest seeds with which an exact test can reach `alpha` under Holm: ceil(log2(2m/alpha))."""
    return math.ceil(math.log2(2 * max(1, comparisons) / alpha))
