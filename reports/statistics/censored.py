"""Time to a target, where a run that never gets there is censored: its time is infinite.

Arrays are `candidate` and `baseline`, shape (n,), aligned by seed; times in seconds above 0, or
infinity. Means of such times do not exist, so medians, ratios within pairs and ranks stand in.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from reports.statistics.effect import Censoring, PairedEffect, Tests
from reports.statistics.effect_size import EffectSizes, rank_biserial, share_above
from reports.statistics.estimate import FEWEST_FOR_AN_INTERVAL, Array, Estimate, Gap, above_zero
from reports.statistics.signs import EXACT_UP_TO, ROUNDING, sign_flip_p, wilcoxon_p


def paired_time_to_target(
    candidate: Sequence[float] | Array,
    baseline: Sequence[float] | Array,
    *,
    margin_percent: float,
    confidence: float = 0.95,
    seed: int = 0,
) -> PairedEffect:
    """Median over seeds of the ratio candidate / baseline, with log-rank and sign tests.

    A ratio is infinite where only the candidate never arrived and 0 where only the baseline did
    not; pairs where neither arrived are counted, and left out of n. The interval is the sign
    test's, from order statistics, so it needs no times of those that never arrive; 95 % takes at
    least 6 pairs. Primary test: the log-rank statistic, with p from exchanging the two runs of
    each seed in every way, since its usual large-sample p is far too small for few seeds.
    The direction is that of the log-rank scores (`lean`), from which p comes; the median ratio
    may lean the other way, or to no side.
    Equivalence: two one-sided sign tests of the median ratio against the margin, and p = 1 where
    the two sides arrived unequally often or the interval leaves the margin, since a median says
    nothing of the runs that never arrive.
    Raises `ValueError` for NaN, a time not above 0, or unequal lengths.
    Source: Mantel (1966); O'Brien & Fleming (1987) for pairs; Conover (1999, section 3.1) for the
    interval and sign tests.
    """
    x, y = _times(candidate), _times(baseline)
    if x.shape != y.shape:
        raise ValueError(f"{x.size} candidate values against {y.size} of the baseline: not pairs")
    informative = np.isfinite(x) | np.isfinite(y)
    censoring = Censoring(
        candidate_reached=int(np.isfinite(x).sum()),
        baseline_reached=int(np.isfinite(y).sum()),
        runs=x.size,
        neither=int((~informative).sum()),
        candidate_median=float(np.median(x)) if x.size else math.inf,
        baseline_median=float(np.median(y)) if y.size else math.inf,
    )
    x, y = x[informative], y[informative]
    found = time_effect(
        time_ratios(x, y), logrank_difference(x, y), censoring,
        margin_percent=margin_percent, confidence=confidence, seed=seed,
    )  # fmt: skip
    if found.tests is None:
        return found
    return replace(found, tests=replace(found.tests, logrank_p=logrank_p(x, y)))


def time_effect(
    ratios: Array,
    scores: Array,
    censoring: Censoring,
    *,
    margin_percent: float,
    confidence: float = 0.95,
    seed: int = 0,
) -> PairedEffect:
    """Effect and tests from a ratio and a log-rank score per seed, both (n,).

    `ratios` may be 0 or infinite; `scores` are above 0 where the candidate is sooner.
    """
    margin = 1 + margin_percent / 100
    effect = median_interval(ratios, confidence)
    if ratios.size < FEWEST_FOR_AN_INTERVAL:
        return PairedEffect("ratio", effect, margin, None, censoring=censoring)
    logs = _ranked_logs(ratios)
    inside = (
        effect.low is not None
        and effect.high is not None
        and 1 / margin < effect.low <= effect.high < margin
    )
    alike = inside and censoring.candidate_reached == censoring.baseline_reached
    inside_p = max(sign_test_p(ratios > 1 / margin), sign_test_p(ratios < margin))
    return PairedEffect(
        "ratio",
        effect,
        margin,
        Tests(
            p=sign_flip_p(scores, seed=seed),
            primary="log-rank within seeds",
            sign_flip_p=sign_flip_p(np.sign(logs), seed=seed),
            sign_flip_is_exact=ratios.size <= EXACT_UP_TO,
            wilcoxon_p=wilcoxon_p(logs),
            equivalence_p=inside_p if alike else 1.0,
        ),
        sizes=EffectSizes(None, rank_biserial(logs), share_above(logs)),
        censoring=censoring,
        lean=_sign(scores),
    )


def median_interval(values: Array, confidence: float = 0.95) -> Estimate:
    """Median of positive `values` (n,), 0 and infinity allowed, with its order-statistic interval.

    The middle of two values is their geometric mean, so that inverting ratios inverts the median.
    Source: Conover (1999); the interval is that of `scipy.stats.quantile_test`.
    """
    method = f"median ratio within pairs, {100 * confidence:g} % sign-test interval"
    n = values.size
    if n == 0:
        return Estimate(None, None, None, 0, method, Gap.NO_VALUES)
    ordered = np.sort(values)
    low, high = float(ordered[(n - 1) // 2]), float(ordered[n // 2])
    # Between "never" on one side and on the other there is no middle but equality.
    point = 1.0 if (low, high) == (0.0, math.inf) else low if low == high else math.sqrt(low * high)
    if n < FEWEST_FOR_AN_INTERVAL:
        return Estimate(point, None, None, n, method, Gap.TOO_FEW)
    below = int(stats.binom.ppf((1 - confidence) / 2, n, 0.5))
    if special.bdtr(below, n, 0.5) > (1 - confidence) / 2:
        below -= 1
    if below < 0:
        return Estimate(point, None, None, n, method, Gap.UNREACHABLE)
    return Estimate(point, float(ordered[below]), float(ordered[n - 1 - below]), n, method)


def sign_test_p(held: NDArray[np.bool_]) -> float:
    """Compute the sign test's one-sided p that `held` (n,), n >= 1, holds mostly.

    Source: Arbuthnot (1710), Conover (1999); the same as `scipy.stats.binomtest(..., 'greater')`.
    """
    return float(special.bdtrc(int(held.sum()) - 1, held.size, 0.5)) if held.any() else 1.0


def logrank_p(candidate: Array, baseline: Array) -> float | None:
    """Compute the large-sample log-rank p of two samples (n,); `None` if nobody arrived.

    Shown for comparison with other work; with few seeds it is far too small. Source: Mantel
    (1966), as `scipy.stats.logrank`, infinite times being censored after the last arrival.
    """
    times = np.concatenate([candidate, baseline])
    if not np.isfinite(times).any():
        return None
    _, at_risk, arrives = _table(times)
    r, d = at_risk.sum(axis=1), arrives.sum(axis=1)
    share = at_risk[:, : candidate.size].sum(axis=1) / r
    excess = float((arrives[:, : candidate.size].sum(axis=1) - share * d).sum())
    variance = float((share * (1 - share) * d * (r - d) / np.maximum(r - 1, 1)).sum())
    # Everybody arriving at the same moment has no variance, and no difference either.
    z = excess / math.sqrt(variance) if variance > 1e-12 else 0.0
    return above_zero(2 * float(special.ndtr(-abs(z))))


def logrank_scores(times: Array) -> Array:
    """Arrivals (1 or 0) minus those expected until then, per run of `times` (n,).

    Summed over a group it is the log-rank statistic's numerator. Source: Peto & Peto (1972).
    """
    _, at_risk, arrives = _table(times)
    hazards = arrives.sum(axis=1) / at_risk.sum(axis=1)
    return np.asarray(np.isfinite(times) - hazards @ at_risk, dtype=np.float64)


def logrank_difference(candidate: Array, baseline: Array) -> Array:
    """Log-rank scores of `candidate` minus those of `baseline` by seed (n,); above 0 is sooner."""
    scores = logrank_scores(np.concatenate([candidate, baseline]))
    return np.asarray(scores[: candidate.size] - scores[candidate.size :], dtype=np.float64)


def _sign(scores: Array) -> int:
    """Which way times lean by their `scores`: 1 later, -1 sooner, 0 but for rounding neither."""
    total, size = float(scores.sum()), float(np.abs(scores).sum())
    return 0 if abs(total) <= ROUNDING * size else -1 if total > 0 else 1


def _table(times: Array) -> tuple[Array, Array, Array]:
    """Moments of arrival (m,), and by moment and run (m, n) who is at risk and who arrives."""
    moments = np.unique(times[np.isfinite(times)])
    at_risk = (times[None, :] >= moments[:, None]).astype(np.float64)
    arrives = (times[None, :] == moments[:, None]).astype(np.float64)
    return moments, at_risk, arrives


def _times(values: Sequence[float] | Array) -> Array:
    times = np.asarray(values, dtype=np.float64)
    if times.ndim != 1:
        raise ValueError(f"times have shape {times.shape}: one dimension is needed")
    if np.isnan(times).any() or (times <= 0).any():
        raise ValueError("a time must be above 0, or infinite for a run that never arrived")
    return times


def time_ratios(x: Array, y: Array) -> Array:
    """Ratios within pairs of which at least one is finite: 0 and infinity where one is not."""
    finite_y = np.where(np.isfinite(y), y, 1.0)
    return np.where(np.isfinite(y), x / finite_y, 0.0)


def _ranked_logs(ratios: Array) -> Array:
    """Logarithms for ranking only: never arriving counts as larger than any finite ratio."""
    usual = np.isfinite(ratios) & (ratios > 0)
    logs = np.log(np.where(usual, ratios, 1.0))
    beyond = float(np.max(np.abs(logs), initial=0.0)) + 1.0
    return np.where(usual, logs, np.where(ratios > 0, beyond, -beyond))
