"""What a paired t test could have seen: the minimum detectable effect, and the seeds it takes.

Effects are in standard deviations of the paired differences (d_z) unless a unit is named. A test
is two-sided at level alpha; inside a Holm family of m comparisons the level to plan with is
alpha / m, which the smallest p of the family has to pass.
"""

import math
from functools import lru_cache

import numpy as np
from scipy import integrate, optimize, special, stats

from reports.statistics.estimate import FEWEST_FOR_AN_INTERVAL

POWER = 0.8
MOST_PAIRS = 100_000
"""Beyond this many pairs `pairs_needed` gives up: no study of trained networks has them."""


SMALLEST_LEVEL = 1e-100
"""Below this the quantiles of the t distribution are not to be had."""

LARGEST_DZ = 2.0**30
"""Effects beyond this many standard deviations are as good as infinite."""


def power_of_t(effect: float, n: int, alpha: float) -> float:
    """Power of the two-sided paired t test at level `alpha` for a true d_z of `effect`, n >= 2.

    Source: Cohen (1988). The noncentral t distribution is integrated here over the chi
    distribution of the standard deviation, because `scipy.stats.nct`, and with it statsmodels'
    `TTestPower`, returns NaN for small levels; where they return a number it is the same.
    """
    df = n - 1
    critical, shift = -float(special.stdtrit(df, alpha / 2)), abs(effect) * math.sqrt(n)
    spread = stats.chi(df, scale=1 / math.sqrt(df))
    ends = (float(spread.ppf(1e-16)), float(spread.isf(1e-16)))
    log_norm = math.log(2) + df / 2 * math.log(df / 2) - float(special.gammaln(df / 2))

    def integrand(s: float) -> float:
        tails = special.ndtr(shift - critical * s) + special.ndtr(-shift - critical * s)
        density = math.exp(log_norm + (df - 1) * math.log(s) - df * s * s / 2) if s > 0 else 0.0
        return float(tails * density)

    # The kink: where the normal tail falls from 1 to 0.
    kink = min(max(shift / critical, ends[0]), ends[1])
    # Full output keeps quad from warning of rounding where the power itself is next to nothing.
    value = integrate.quad(
        integrand, *ends, points=[kink], epsabs=1e-12, epsrel=1e-12, limit=200, full_output=1
    )[0]
    return min(1.0, float(value))


@lru_cache(maxsize=4096)
def detectable_dz(n: int, alpha: float, power: float = POWER) -> float:
    """Smallest true d_z that `n` >= 2 pairs show with probability `power` at level `alpha`.

    Infinite where no effect below 2^30 standard deviations would do, at absurd levels.
    Source: Cohen (1988); Bouthillier et al. (2021) for stating it beside every null.
    """
    if alpha < SMALLEST_LEVEL:
        return math.inf
    if power_of_t(0.0, n, alpha) >= power:  # so little power is asked for
        return 0.0
    high = 1.0
    while power_of_t(high, n, alpha) < power:
        high *= 2
        if high > LARGEST_DZ:
            return math.inf
    return float(optimize.brentq(lambda d: power_of_t(d, n, alpha) - power, 0.0, high, xtol=1e-12))


def detectable_effect(
    spread: float | None, n: int, alpha: float, power: float = POWER
) -> float | None:
    """Smallest mean difference that would probably have been shown, in the unit of `spread`.

    `spread` is the standard deviation of the paired differences (n,). `None` for fewer than 3
    pairs or without spread. The spread is itself an estimate, and a rough one for few pairs.
    """
    if spread is None or not spread > 0 or n < FEWEST_FOR_AN_INTERVAL:
        return None
    smallest = detectable_dz(n, alpha, power)
    return spread * smallest if math.isfinite(smallest) else None


def spread_interval(
    spread: float | None, n: int, confidence: float = 0.95
) -> tuple[float | None, float | None]:
    """Interval of the standard deviation that `n` normal values with deviation `spread` speak of.

    For 3 values it reaches from half to six times what was seen. `None` without spread.
    Source: the chi-square interval of a variance, Fisher (1925).
    """
    if spread is None or not spread > 0 or n < FEWEST_FOR_AN_INTERVAL:
        return None, None
    tail = (1 - confidence) / 2
    return (
        spread * math.sqrt((n - 1) / float(special.chdtri(n - 1, tail))),
        spread * math.sqrt((n - 1) / float(special.chdtri(n - 1, 1 - tail))),
    )


SMALLEST_DZ, LARGEST_DZ = 1e-6, 1e6
"""Effects, in standard deviations, below which no number of pairs suffices and above which any."""


def pairs_needed(
    effect: float, spread: float | None, alpha: float, power: float = POWER
) -> int | None:
    """Fewest pairs that show a mean difference of `effect` with probability `power`.

    `effect` and `spread` (standard deviation of the differences) share a unit. At least 3;
    `None` without spread, for an effect of 0, and beyond 100 000.
    """
    if spread is None or not spread > 0 or not np.isfinite(effect) or effect == 0:
        return None
    if alpha < SMALLEST_LEVEL:
        return None
    # Rounded down to two digits, so that a report of thousands of comparisons computes few of them.
    dz = min(abs(effect) / spread, LARGEST_DZ)
    if dz < SMALLEST_DZ:  # or too small for a float
        return None
    step = 10.0 ** (math.floor(math.log10(dz)) - 1)
    return _pairs_for(round(math.floor(dz / step + 1e-9) * step, 12), alpha, power)


@lru_cache(maxsize=4096)
def _pairs_for(dz: float, alpha: float, power: float) -> int | None:
    # With a known standard deviation fewer pairs suffice: a bound to search upwards from.
    quantiles = float(special.ndtri(power) - special.ndtri(alpha / 2))
    n = (
        max(FEWEST_FOR_AN_INTERVAL, math.ceil((quantiles / dz) ** 2))
        if dz > SMALLEST_DZ
        else MOST_PAIRS
    )
    while n < MOST_PAIRS:
        if power_of_t(dz, n, alpha) >= power:
            return n
        n += 1
    return None
