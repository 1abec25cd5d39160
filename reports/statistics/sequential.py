"""Adding seeds after looking, without paying in false claims: alpha is spent over planned looks.

Looks are declared before the first run, as numbers of seeds (5, 10, 20, say). Each look may claim
a difference at a level of its own; the levels are such that the chance of a false claim at any of
them is alpha. O'Brien and Fleming's spending keeps nearly all of alpha for the last look, so a
study that goes to the end loses next to nothing, and what is stopped early is beyond doubt.
Source: Lan & DeMets (1983) for spending; O'Brien & Fleming (1979); Armitage, McPherson & Rowe
(1969) for the recursion; Jennison & Turnbull (2000, section 4.4) for t tests at these levels.

Chosen by simulation (docs/statistics.md has the figures). An e-process on paired differences, which
allows looks that nobody planned, falls 15 to 40 points of power behind at 20 seeds. Spending more
of alpha early stops clear cases sooner, but claims by five seeds suppose normal differences: with
skewed ones they are wrong far more often than those of the fixed design.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy import interpolate, optimize, special

from reports.statistics.estimate import Array
from reports.statistics.multiplicity import holm

LOOKS = (5, 10, 20)
"""Numbers of seeds at which a study that declares no looks of its own would look."""

NODES = 160
"""Points of the Gauss-Legendre rule: levels are then exact to about ten digits."""


@dataclass(frozen=True, slots=True)
class Look:
    """A planned look: at so many seeds, with alpha spent so far, and the level of its tests."""

    seeds: int
    spent: float
    level: float


def plan_looks(seeds: Sequence[int], alpha: float = 0.05) -> tuple[Look, ...]:
    """Plan the looks at increasing numbers of `seeds`, the last of which is the most there will be.

    Raises `ValueError` unless the numbers increase from at least 3, to at most 20 times the first.
    """
    if not seeds or seeds[0] < 3 or any(b <= a for a, b in pairwise(seeds)):
        raise ValueError(f"looks at {list(seeds)} seeds: numbers have to increase, from 3 on")
    if seeds[-1] > LAST_PER_FIRST * seeds[0]:
        raise ValueError(f"looks at {list(seeds)} seeds: the first is too early for so many")
    fractions = tuple(n / seeds[-1] for n in seeds)
    levels = nominal_levels(fractions, alpha)
    return tuple(
        Look(n, obrien_fleming(t, alpha), level)
        for n, t, level in zip(seeds, fractions, levels, strict=True)
    )


def obrien_fleming(fraction: float, alpha: float) -> float:
    """Return how much of two-sided `alpha` is spent when `fraction` of the seeds are there.

    Source: Lan & DeMets (1983), the function like O'Brien and Fleming's bounds, for either side.
    """
    return float(4 * special.ndtr(special.ndtri(alpha / 4) / math.sqrt(fraction)))


@lru_cache(maxsize=4096)
def nominal_levels(fractions: tuple[float, ...], alpha: float) -> tuple[float, ...]:
    """Two-sided levels of the tests at each look, for `fractions` of the seeds, up to 1.

    Sums of differences at the looks are a random walk; its density, as long as no look has claimed
    anything, is carried from look to look by numerical integration.
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    levels: list[float] = []
    points = density = np.empty(0)
    before, spent = 0.0, 0.0
    for fraction in fractions:
        to_spend = obrien_fleming(fraction, alpha) - spent
        step = math.sqrt(fraction - before)
        if levels:
            bound = _bound(points, density, step, to_spend)
        else:
            bound = -step * float(special.ndtri(to_spend / 2))
        ends = bound * nodes
        if levels:
            jumps = np.exp(-0.5 * ((ends[:, None] - points) / step) ** 2)
            density_there = jumps @ density / (step * math.sqrt(2 * math.pi))
        else:
            density_there = np.exp(-0.5 * (ends / step) ** 2) / (step * math.sqrt(2 * math.pi))
        points, density = ends, density_there * weights * bound
        levels.append(float(2 * special.ndtr(-bound / math.sqrt(fraction))))
        before, spent = fraction, spent + to_spend
    return tuple(levels)


def sequential_p(p_by_look: Sequence[float], seeds: Sequence[int]) -> float:
    """Adjust p-values of the looks made so far for looking: compare the result with alpha.

    `p_by_look` are two-sided, one per look made; `seeds` all planned looks. It is the smallest
    alpha at which one of the looks would have made the claim, 1 where no look was made.
    Source: Liu & Anderson (2008).
    """
    inverses = _inverses(tuple(n / seeds[-1] for n in seeds))
    found = [inverse.alpha_for(p) for inverse, p in zip(inverses, p_by_look, strict=False)]
    return min(found, default=1.0)


def sequential_equivalence_p(p_by_look: Sequence[float], seeds: Sequence[int]) -> float:
    """Adjust p-values of two one-sided tests for looking, as `sequential_p` does two-sided ones.

    Each of the two claims one side only, so it spends alpha as a two-sided test spends twice that.
    """
    return sequential_p([min(1.0, 2 * p) for p in p_by_look], seeds) / 2


def level_at(share: float, looks: Sequence[int], made: int) -> float:
    """Level of a two-sided test at the last look `made` of those planned, for a `share` of alpha.

    The share itself where no looks are planned, 0 before the first one.
    """
    if not looks:
        return share
    return nominal_levels(tuple(n / looks[-1] for n in looks), share)[made - 1] if made else 0.0


LOWEST, HIGHEST = 1e-12, 0.999
"""Ends of the search for an adjusted p; below, it is reported as the lower end."""

KNOTS = 49
"""Points of a spline through bounds of the tests against bounds of alpha: off by a millionth of an
adjusted p below .5, by a thousandth near 1, where nothing is decided."""

LAST_PER_FIRST = 20
"""A first look at a smaller part of the seeds than this spends what is no number any more."""


@dataclass(frozen=True, slots=True)
class _Inverse:
    """At which alpha a look's test has a certain level: `bounds` of both, in normal deviates."""

    spline: interpolate.CubicSpline
    closest: float
    farthest: float

    def alpha_for(self, p: float) -> float:
        bound = -float(special.ndtri(max(p, 1e-300) / 2))
        if bound <= self.closest:
            return 1.0
        return float(2 * special.ndtr(-self.spline(min(bound, self.farthest))))


@lru_cache(maxsize=64)
def _inverses(fractions: tuple[float, ...]) -> tuple[_Inverse, ...]:
    """Invert `nominal_levels` for every look; nearly straight lines, so few points will do."""
    ends = [-float(special.ndtri(alpha / 2)) for alpha in (HIGHEST, LOWEST)]
    bounds = np.linspace(ends[0], ends[1], KNOTS)
    alphas = 2 * special.ndtr(-bounds)
    levels = np.array([nominal_levels(fractions, float(alpha)) for alpha in alphas])
    own = -special.ndtri(levels / 2)
    return tuple(
        _Inverse(interpolate.CubicSpline(x, bounds), float(x[0]), float(x[-1])) for x in own.T
    )


def sequential_holm(
    p_by_look: Sequence[Sequence[float]], seeds: Sequence[int]
) -> tuple[float, ...]:
    """Adjust p-values (comparisons, looks made) for looking and, by Holm's method, for each other.

    Valid because a comparison that shares alpha spends its own share over the looks.
    Source: Maurer & Bretz (2013).
    """
    adjusted = holm([sequential_p(values, seeds) for values in p_by_look])
    return tuple(1.0 if p is None else p for p in adjusted)


def decided(p_by_look: Array, seeds: Sequence[int], alpha: float = 0.05) -> tuple[bool, ...]:
    """Say which of the comparisons (comparisons, looks made) are shown, Holm-adjusted.

    The same as comparing `sequential_holm` with alpha, without searching for adjusted p-values.
    """
    fractions = tuple(n / seeds[-1] for n in seeds)
    looks = p_by_look.shape[1]
    shown = np.zeros(len(p_by_look), dtype=np.bool_)
    while not shown.all():
        levels = np.array(nominal_levels(fractions, alpha / int((~shown).sum()))[:looks])
        found = ~shown & (p_by_look <= levels).any(axis=1)
        if not found.any():
            break
        shown |= found
    return tuple(bool(s) for s in shown)


def _bound(points: Array, density: Array, step: float, to_spend: float) -> float:
    """Bound that the walk first leaves at this look with probability `to_spend`."""

    def excess(bound: float) -> float:
        out = special.ndtr((points - bound) / step) + special.ndtr((-bound - points) / step)
        return float(density @ out) - to_spend

    return float(optimize.brentq(excess, 0.0, 60.0, xtol=1e-13))
