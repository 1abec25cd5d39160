"""The steps between values that can be told apart, such as one test image of N.

No column says how many test images there were, and none needs to: accuracies are counts divided by
that number (times that of inference repeats), so all accuracies of a data set lie on one grid. So
do numbers that somebody rounded to a few decimals.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import lcm

FINEST = 100_000
"""Grids finer than one in so many are no grid that matters."""

FEWEST_VALUES = 4
"""Fewer different values lie on coarse grids by chance."""

CLOSE = 1e-12
"""How near a grid a value has to lie: rounding of floats, and no more."""


def grid_step(shares: Iterable[float]) -> float | None:
    """Return the step of which all `shares` (from 0 to 1) are multiples, or `None` without one.

    `None` too for fewer than 4 different values, whose common step may be far too large.
    """
    values = set(shares)
    if len(values) < FEWEST_VALUES:
        return None
    steps = 1
    for value in values:
        nearest = Fraction(value).limit_denominator(FINEST)
        steps = lcm(steps, nearest.denominator)
        if steps > FINEST or abs(float(nearest) - value) > CLOSE:
            return None
    return 1 / steps
