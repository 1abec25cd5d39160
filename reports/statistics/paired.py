"""Two methods on the same seeds: the effect first, then its tests.

Arrays are `candidate` and `baseline`, shape (n,), aligned by seed, finite.  A positive difference
or a ratio above 1 means that the candidate has more of the measured quantity.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import stats

from reports.statistics.equivalence import tost
from reports.statistics.estimate import (
    FEWEST_FOR_AN_INTERVAL,
    Array,
    Estimate,
    Gap,
    finite_vector,
    has_spread,
    mean_interval,
)

EXACT_UP_TO = 14
"""Most pairs whose 2^n sign patterns are all visited (16 384); beyond it they are sampled."""

SMALLEST_P = float(np.finfo(np.float64).tiny)
"""What a p-value that underflows is reported as: no finite sample makes p = 0."""


@dataclass(frozen=True, slots=True)
class Tests:
    """The two-sided p-values of one comparison, before any adjustment.

    `p` is the primary one, from the test named in `primary`.  `wilcoxon_p` is `None` where all
    differences are zero.  `equivalence_p` is TOST's against the margin that was given.
    """

    p: float
    primary: str
    sign_flip_p: float
    sign_flip_is_exact: bool
    wilcoxon_p: float | None
    equivalence_p: float


@dataclass(frozen=True, slots=True)
class PairedEffect:
    """What pairing by seed shows: an effect in raw units, its interval, and its tests.

    `effect` is a difference (null value 0) or a ratio of geometric means (null value 1).
    `tests` is `None` for fewer than 3 pairs and for a deterministic ratio.
    """

    kind: Literal["difference", "ratio"]
    effect: Estimate
    margin: float
    tests: Tests | None
    deterministic: bool = False

    @property
    def null(self) -> float:
        """The value of the effect when the two methods do not differ."""
        return 0.0 if self.kind == "difference" else 1.0


def paired_difference(
    candidate: Sequence[float] | Array,
    baseline: Sequence[float] | Array,
    *,
    margin: float,
    confidence: float = 0.95,
) -> PairedEffect:
    """Mean of candidate - baseline with its t interval, in the unit of the inputs.

    `margin` is the largest difference that does not matter, same unit.  Primary test: paired t.
    Where every difference is the same the t statistic is 0/0 or infinite, so the exact sign-flip
    test takes its place and no interval is given.  Raises `ValueError` for unequal lengths.
    """
    x, y = _aligned(candidate, baseline)
    magnitude = max((float(np.max(np.abs(v))) for v in (x, y) if v.size), default=0.0)
    effect, tests = _mean_and_tests(x - y, magnitude, margin, confidence)
    return PairedEffect("difference", effect, margin, tests)


def paired_ratio(
    candidate: Sequence[float] | Array,
    baseline: Sequence[float] | Array,
    *,
    margin_percent: float,
    confidence: float = 0.95,
) -> PairedEffect:
    """Geometric mean of candidate / baseline with its interval; tests are on the log-ratio.

    Times and sizes multiply rather than add, so differences of logarithms are the ones that are
    comparable between settings.  Raises `ValueError` for a value that is not above 0.
    Source: Georges et al. (2007); Kalibera & Jones (2013).
    """
    x, y = _aligned(candidate, baseline)
    if (x <= 0).any() or (y <= 0).any():
        raise ValueError("a ratio needs values above 0")
    margin = math.log1p(margin_percent / 100)
    # Rounding in a log-ratio has the absolute size of rounding in 1, whatever the ratio is.
    logs, tests = _mean_and_tests(np.log(x) - np.log(y), 1.0, margin, confidence)
    effect = replace(
        logs,
        point=None if logs.point is None else math.exp(logs.point),
        low=None if logs.low is None else math.exp(logs.low),
        high=None if logs.high is None else math.exp(logs.high),
        method=f"ratio of geometric means, {confidence:.0%} t interval of the log-ratio",
    )
    return PairedEffect("ratio", effect, 1 + margin_percent / 100, tests)


def paired_memory_ratio(
    candidate: Sequence[float] | Array,
    baseline: Sequence[float] | Array,
    *,
    margin_percent: float,
    confidence: float = 0.95,
) -> PairedEffect:
    """Like `paired_ratio`, but exact where both sides repeat to the byte.

    Peak memory is often the same number in every run.  There is then nothing to test: the ratio
    is exact, `deterministic` is true, and no p-value is given, since p measures chance.
    """
    x, y = _aligned(candidate, baseline)
    if x.size < 2 or np.ptp(x) > 0 or np.ptp(y) > 0:
        return paired_ratio(x, y, margin_percent=margin_percent, confidence=confidence)
    if x[0] <= 0 or y[0] <= 0:
        raise ValueError("a ratio needs values above 0")
    method = "exact ratio, the same in every run"
    exact = Estimate(float(x[0] / y[0]), None, None, x.size, method, Gap.NO_SPREAD)
    return PairedEffect("ratio", exact, 1 + margin_percent / 100, None, deterministic=True)


def sign_flip_p(
    differences: Array, alternative: Literal["two-sided", "less", "greater"] = "two-sided"
) -> float:
    """Compute p of the sign-flip permutation test on the mean of `differences` (n,).

    All 2^n sign patterns are visited up to n = 14; beyond, 2^14 of them are drawn from a fixed
    generator, so that the same data give the same p.  Source: `scipy.stats.permutation_test`.
    """
    result = stats.permutation_test(
        (differences,),
        lambda x, axis: np.mean(x, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=2**EXACT_UP_TO,
        alternative=alternative,
        rng=np.random.default_rng(0),
    )
    return float(result.pvalue)


def wilcoxon_p(differences: Array) -> float | None:
    """Two-sided p of the Wilcoxon signed-rank test, zeros dropped; `None` if all are zero.

    Differences are rounded to 10 decimals before they are ranked: equal accuracies give
    differences that are unequal in the last bit, and ranks would see an order that is not there.
    """
    rounded = np.round(differences, 10)
    if not rounded.any():
        return None
    return float(stats.wilcoxon(rounded).pvalue)


def _aligned(
    candidate: Sequence[float] | Array, baseline: Sequence[float] | Array
) -> tuple[Array, Array]:
    x, y = finite_vector(candidate), finite_vector(baseline)
    if x.shape != y.shape:
        raise ValueError(f"{x.size} candidate values against {y.size} of the baseline: not pairs")
    return x, y


def _mean_and_tests(
    differences: Array, magnitude: float, margin: float, confidence: float
) -> tuple[Estimate, Tests | None]:
    """Estimate and tests of `differences` (n,) against zero, on the scale they are given in."""
    n = differences.size
    estimate = mean_interval(differences, confidence)
    spread = n > 0 and has_spread(differences, magnitude)
    if n >= 2 and not spread:
        estimate = replace(estimate, low=None, high=None, gap=Gap.NO_SPREAD)
    if n < FEWEST_FOR_AN_INTERVAL:
        return estimate, None
    if not spread:
        # What is left of the differences is rounding; tests must see one and the same number.
        same = 0.0 if abs(differences[0]) <= 1e-10 * magnitude else float(differences[0])
        differences = np.full(n, same)
        estimate = replace(estimate, point=same)
    exact_p = sign_flip_p(differences)
    return estimate, Tests(
        p=max(SMALLEST_P, float(stats.ttest_1samp(differences, 0.0).pvalue)) if spread else exact_p,
        primary="paired t" if spread else "exact sign-flip",
        sign_flip_p=exact_p,
        sign_flip_is_exact=n <= EXACT_UP_TO,
        wilcoxon_p=wilcoxon_p(differences),
        equivalence_p=max(SMALLEST_P, tost(differences, margin))
        if spread
        else max(
            sign_flip_p(differences + margin, "greater"), sign_flip_p(differences - margin, "less")
        ),
    )
