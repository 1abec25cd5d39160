"""Several methods at once: ranks within blocks, and when a test of them is legitimate.

A block is what all methods were tried on. Ranks over data sets allow Friedman's test; seeds or
settings of one data set are not a sample of problems, and ranks over them only describe.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from reports.statistics.estimate import Array, above_zero

FEWEST_BLOCKS = 5
"""Below this many data sets Friedman's test sees next to nothing, and is not made."""

FEWEST_METHODS = 3


@dataclass(frozen=True, slots=True)
class Friedman:
    """Friedman's test of k methods on b blocks, and Nemenyi's critical difference of mean ranks.

    `p` is that of the F form (Iman & Davenport), `chi2_p` that of the chi-square form; methods
    whose mean ranks differ by `critical_difference` or more differ at level alpha.
    """

    p: float
    chi2_p: float
    critical_difference: float
    blocks: int
    methods: int


def ranks(scores: Array) -> Array:
    """Rank methods within each block of `scores` (blocks, methods), higher better: 1 is best.

    Ties share their mean rank; minus infinity, a method that failed, ranks last.
    """
    return np.asarray(stats.rankdata(-scores, axis=1), dtype=np.float64)


def friedman(scores: Array, alpha: float = 0.05) -> Friedman | None:
    """Friedman's test on `scores` (blocks, methods); `None` where it is not legitimate.

    Needs at least 5 blocks, 3 methods and a block without all tied. Blocks must be data sets:
    only the caller knows. Source: Demšar (2006); Iman & Davenport (1980) for F.  Chi-square by
    `scipy.stats.friedmanchisquare`; F agrees with `pingouin.friedman(method="f")`.
    """
    blocks, methods = scores.shape
    if blocks < FEWEST_BLOCKS or methods < FEWEST_METHODS:
        return None
    ranked = ranks(scores)
    if not np.ptp(ranked, axis=1).any():
        return None
    chi2 = float(stats.friedmanchisquare(*ranked.T).statistic)
    most = blocks * (methods - 1)
    # All blocks agreeing makes F infinite; there are only (k!)^(b-1) ways the others could fall.
    smallest = math.exp(-(blocks - 1) * float(special.gammaln(methods + 1)))
    f = (blocks - 1) * chi2 / (most - chi2) if chi2 < most * (1 - 1e-12) else math.inf
    df = methods - 1
    return Friedman(
        p=above_zero(max(smallest, float(special.fdtrc(df, df * (blocks - 1), f)))),
        chi2_p=above_zero(float(special.chdtrc(df, chi2))),
        critical_difference=critical_difference(methods, blocks, alpha),
        blocks=blocks,
        methods=methods,
    )


def critical_difference(methods: int, blocks: int, alpha: float = 0.05) -> float:
    """Nemenyi's critical difference between mean ranks, in ranks.

    Source: Demšar (2006), by `scipy.stats.studentized_range`; agrees with scikit-posthocs'
    `posthoc_nemenyi_friedman`.
    """
    q = float(stats.studentized_range.ppf(1 - alpha, methods, np.inf)) / math.sqrt(2)
    return q * math.sqrt(methods * (methods + 1) / (6 * blocks))


def cliques(mean_ranks: Array, difference: float) -> tuple[tuple[int, ...], ...]:
    """Largest groups of methods whose `mean_ranks` (k,) lie closer than `difference`.

    Members are places in `mean_ranks`, by rank. Within a group nothing was shown to differ,
    which is not the same as being equal. Source: Demšar (2006).
    """
    order = [int(i) for i in np.argsort(mean_ranks, kind="stable")]
    groups: list[tuple[int, ...]] = []
    end = 0
    for start in range(len(order)):
        stop = start
        while (
            stop + 1 < len(order)
            and mean_ranks[order[stop + 1]] - mean_ranks[order[start]] < difference
        ):
            stop += 1
        if stop > start and stop + 1 > end:
            groups.append(tuple(order[start : stop + 1]))
            end = stop + 1
    return tuple(groups)
