"""Two methods on the same seeds: the effect first, then its tests.

Arrays are `candidate` and `baseline`, shape (n,), aligned by seed, finite. A positive difference
or a ratio above 1 means that the candidate has more of the measured quantity.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from reports.statistics.effect import PairedEffect, Tests
from reports.statistics.effect_size import effect_sizes
from reports.statistics.equivalence import tost
from reports.statistics.estimate import (
    FEWEST_FOR_AN_INTERVAL,
    Array,
    Estimate,
    Gap,
    deviation,
    finite_vector,
    has_spread,
    mean_interval,
    student_p,
)
from reports.statistics.outliers import outliers
from reports.statistics.robust import skew_robust_p
from reports.statistics.signs import EXACT_UP_TO, sign_flip_p, wilcoxon_p


def paired_difference(
    candidate: Sequence[float] | Array,
    baseline: Sequence[float] | Array,
    *,
    margin: float,
    confidence: float = 0.95,
    whole: float | None = None,
    resolution: float | None = None,
    seed: int = 0,
    thorough: bool = True,
) -> PairedEffect:
    """Mean of candidate - baseline with its t interval, in the unit of the inputs.

    `margin` is the largest difference that does not matter, same unit. `whole` is the value that
    stands for everything (100 for percent): given, a t test of log-odds is added, since near
    100 % a point is worth more than at 50 %. `resolution` is the step between two values that can
    be told apart (100 / N for the percentage of N test images): the standard deviation of the
    differences is then taken to be at least what rounding both sides to that step does to it.
    `seed` draws sign patterns beyond 14 pairs.
    Primary test: paired t. Where every difference is the same and no resolution is known, the t
    statistic is 0/0 or infinite, so the exact sign-flip test takes its place and no interval is
    given. Without `thorough` there are no sensitivity tests, no equivalence and no effect sizes.
    Raises `ValueError` for unequal lengths, another shape, NaN or infinity.
    """
    x, y = aligned(candidate, baseline)
    magnitude = max((float(np.abs(v).max()) for v in (x, y) if v.size), default=0.0)
    floor = rounding_deviation(resolution)
    found = _mean_and_tests(x - y, magnitude, margin, confidence, seed, thorough, floor)
    if found.tests is not None and whole is not None and thorough:
        found = replace(found, tests=replace(found.tests, logit_p=logit_p(x / whole, y / whole)))
    return found


def rounding_deviation(resolution: float | None) -> float:
    """Return the standard deviation of the difference of two values rounded to `resolution`.

    A rounding error is uniform over one step, with variance step² / 12, and there are two of them.
    0 where the step is not known. Source: Sheppard (1898).
    """
    return 0.0 if resolution is None else resolution / math.sqrt(6)


def paired_ratio(
    candidate: Sequence[float] | Array,
    baseline: Sequence[float] | Array,
    *,
    margin_percent: float,
    confidence: float = 0.95,
    seed: int = 0,
    thorough: bool = True,
) -> PairedEffect:
    """Geometric mean of candidate / baseline with its interval; tests are on the log-ratio.

    Times and sizes multiply rather than add, so differences of logarithms are the ones that are
    comparable between settings. Raises `ValueError` as above, and for a value not above 0.
    Source: Georges et al. (2007); Kalibera & Jones (2013).
    """
    x, y = aligned(candidate, baseline)
    if (x <= 0).any() or (y <= 0).any():
        raise ValueError("a ratio needs values above 0")
    margin = math.log1p(margin_percent / 100)
    # Rounding in a log-ratio has the absolute size of rounding in 1, whatever the ratio is.
    logs = _mean_and_tests(np.log(x) - np.log(y), 1.0, margin, confidence, seed, thorough)
    e = logs.effect
    effect = replace(
        e,
        point=None if e.point is None else _exp(e.point),
        low=None if e.low is None else _exp(e.low),
        high=None if e.high is None else _exp(e.high),
        method=f"ratio of geometric means, {100 * confidence:g} % t interval of the log-ratio",
    )
    return replace(logs, kind="ratio", effect=effect, margin=1 + margin_percent / 100)


def paired_memory_ratio(
    candidate: Sequence[float] | Array,
    baseline: Sequence[float] | Array,
    *,
    margin_percent: float,
    confidence: float = 0.95,
    seed: int = 0,
    thorough: bool = True,
) -> PairedEffect:
    """Like `paired_ratio`, but exact where both sides repeat to the byte.

    Peak memory is often the same number in every run. There is then nothing to test: the ratio
    is exact, `deterministic` is true, and no p-value is given, since p measures chance.
    """
    x, y = aligned(candidate, baseline)
    if x.size < 2 or np.ptp(x) > 0 or np.ptp(y) > 0:
        return paired_ratio(
            x, y, margin_percent=margin_percent, confidence=confidence, seed=seed,
            thorough=thorough,
        )  # fmt: skip
    if x[0] <= 0 or y[0] <= 0:
        raise ValueError("a ratio needs values above 0")
    return exact_ratio(float(x[0] / y[0]), x.size, margin_percent=margin_percent)


def exact_ratio(ratio: float, n: int, *, margin_percent: float) -> PairedEffect:
    """Return the effect of `n` pairs that all repeat one `ratio` exactly: no test, no p-value."""
    method = "exact ratio, the same in every run"
    exact = Estimate(ratio, None, None, n, method, Gap.NO_SPREAD)
    return PairedEffect("ratio", exact, 1 + margin_percent / 100, None, deterministic=True)


def logit_p(candidate: Array, baseline: Array) -> float | None:
    """Compute the two-sided p of the paired t test on log-odds of shares (n,), n >= 3.

    `None` where a share is 0 or 1, whose log-odds are infinite, or all differences are the same.
    Source: Warton & Hui (2011).
    """
    shares = np.concatenate([candidate, baseline])
    if (shares <= 0).any() or (shares >= 1).any():
        return None
    differences = np.log(candidate / (1 - candidate)) - np.log(baseline / (1 - baseline))
    with np.errstate(over="ignore"):  # a share next to 0: rounding hides everything
        magnitude = float(np.max(1 / (shares * (1 - shares))))  # what rounding becomes
    return student_p(differences) if has_spread(differences, magnitude) else None


def aligned(
    candidate: Sequence[float] | Array, baseline: Sequence[float] | Array
) -> tuple[Array, Array]:
    """Both sides as vectors (n,) of finite numbers; raises `ValueError` if they are not pairs."""
    x, y = finite_vector(candidate), finite_vector(baseline)
    if x.shape != y.shape:
        raise ValueError(f"{x.size} candidate values against {y.size} of the baseline: not pairs")
    return x, y


def _exp(value: float) -> float:
    """Exponential that is infinite where a float ends: three pairs can give such an interval."""
    return math.exp(value) if value < 700 else math.inf


def _mean_and_tests(
    differences: Array,
    magnitude: float,
    margin: float,
    confidence: float,
    seed: int,
    thorough: bool,
    floor: float = 0.0,
) -> PairedEffect:
    """Effect and tests of `differences` (n,) against zero, on the scale they are given in."""
    n = differences.size
    estimate = mean_interval(differences, confidence, floor=floor)
    spread = n > 0 and (floor > 0 or has_spread(differences, magnitude))
    if n >= 2 and not spread:
        estimate = replace(estimate, low=None, high=None, gap=Gap.NO_SPREAD)
    if n < FEWEST_FOR_AN_INTERVAL:
        return PairedEffect("difference", estimate, margin, None)
    if not spread:
        # What is left of the differences is rounding; tests must see one and the same number.
        same = 0.0 if abs(differences[0]) <= 1e-10 * magnitude else float(differences[0])
        differences = np.full(n, same)
        estimate = replace(estimate, point=same)
    exact_p = sign_flip_p(differences, seed=seed) if thorough or not spread else None
    tests = Tests(
        p=student_p(differences, floor=floor) if exact_p is None or spread else exact_p,
        primary="paired t" if spread else "exact sign-flip",
        sign_flip_p=exact_p,
        sign_flip_is_exact=n <= EXACT_UP_TO,
        wilcoxon_p=wilcoxon_p(differences) if thorough else None,
        robust_p=skew_robust_p(differences, floor=floor) if thorough and spread else None,
        equivalence_p=(
            tost(differences, margin, spread=spread, seed=seed, floor=floor) if thorough else None
        ),
    )
    return PairedEffect(
        "difference",
        estimate,
        margin,
        tests,
        spread=deviation(differences, floor) if spread else None,
        floor=floor,
        sizes=effect_sizes(differences, spread=spread, floor=floor) if thorough else None,
        outliers=outliers(differences) if thorough else None,
    )
