"""One number over several settings: interquartile mean, performance profile, improvement.

Scores come as strata: one array per setting, one entry per seed.  Higher is better; turn the sign
of a cost first.  Source: Agarwal et al. (2021), "Deep reinforcement learning at the edge of the
statistical precipice".

`draws` come from `bootstrap.draw`, for as many seeds per stratum as the scores have; strata are
not empty.  `ValueError` is raised where they do not fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from reports.statistics.bootstrap import Draws, bootstrap_interval
from reports.statistics.estimate import FEWEST_FOR_AN_INTERVAL, Array, Estimate, Gap


@dataclass(frozen=True, slots=True)
class Profile:
    """Share of runs scoring at least each threshold, with a pointwise interval where there is one.

    All four are tuples of one length; `low` and `high` are empty for fewer than 3 seeds.
    """

    thresholds: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: int


def interquartile_mean(
    strata: Sequence[Array],
    draws: Draws,
    *,
    confidence: float = 0.95,
) -> Estimate:
    """Mean of the middle half of all finite scores, in their unit, with its bootstrap interval.

    `strata` holds an array (n_s,) per setting.  The lowest and highest quarter of runs are left
    out, so a few failed or lucky runs move it less than a mean.
    The point is `scipy.stats.trim_mean(scores, 0.25)`.
    """
    _check(strata, draws)
    method = f"interquartile mean, {confidence:.0%} stratified bootstrap interval"
    if not strata:
        return Estimate(None, None, None, 0, method, Gap.NO_VALUES)
    scores = np.concatenate(strata)
    order = np.argsort(scores, kind="stable")
    ordered, cut = scores[order], scores.size // 4  # as trim_mean: int(0.25 n)

    def middle_mean(counts: Draws) -> Array:
        # Ranks of drawn copies: of `count` copies, those between the cuts are kept.
        counted = np.concatenate(counts, axis=1)[:, order]
        ends = np.cumsum(counted, axis=1)
        kept = np.minimum(ends, scores.size - cut) - np.maximum(ends - counted, cut)
        return np.asarray(np.maximum(kept, 0) @ ordered / (scores.size - 2 * cut))

    return bootstrap_interval(
        float(stats.trim_mean(scores, 0.25)),
        middle_mean,
        draws,
        method=method,
        confidence=confidence,
    )


def probability_of_improvement(
    pairs: Sequence[tuple[Array, Array]],
    draws: Draws,
    *,
    confidence: float = 0.95,
) -> Estimate:
    """Chance that a run of the candidate scores above one of the baseline, mean over settings.

    `pairs` holds (candidate (n_s,), baseline (n_s,)) per setting, aligned by seed, and minus
    infinity for a run that failed.  Every run meets every run of its setting; ties count half.
    Seeds are resampled for both sides together.  In one setting it is the Mann-Whitney U over n².
    """
    _check([x for x, _ in pairs], draws)
    method = f"probability of improvement, {confidence:.0%} stratified bootstrap interval"
    if not pairs:
        return Estimate(None, None, None, 0, method, Gap.NO_VALUES)
    wins = [
        (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :]) for x, y in pairs
    ]  # (n_s, n_s) each

    def mean_share(counts: Draws) -> Array:
        shares = [((c @ w) * c).sum(axis=1) / w.size for c, w in zip(counts, wins, strict=True)]
        return np.asarray(np.mean(shares, axis=0))

    return bootstrap_interval(
        float(np.mean([w.mean() for w in wins])),
        mean_share,
        draws,
        method=method,
        confidence=confidence,
    )


def performance_profile(
    strata: Sequence[Array],
    thresholds: Sequence[float] | Array,
    draws: Draws,
    *,
    confidence: float = 0.95,
) -> Profile:
    """Share of runs that score at least each of `thresholds`, with a pointwise bootstrap band.

    `strata` holds an array (n_s,) per setting, minus infinity for a run that failed.  A curve
    above another everywhere is better at every level; where they cross, it depends on the level.
    """
    _check(strata, draws)
    levels = tuple(float(t) for t in thresholds)
    if not strata:
        return Profile(levels, (), (), (), 0)
    scores = np.concatenate(strata)
    reached = (scores[:, None] >= np.asarray(levels)[None, :]).astype(np.float64)  # (n, levels)
    share = tuple(map(float, reached.mean(axis=0)))
    if min(s.size for s in strata) < FEWEST_FOR_AN_INTERVAL:
        return Profile(levels, share, (), (), scores.size)
    counts = np.concatenate(draws, axis=1)
    tail = 50 * (1 - confidence)
    low, high = np.percentile(counts @ reached / scores.size, [tail, 100 - tail], axis=0)
    return Profile(levels, share, tuple(map(float, low)), tuple(map(float, high)), scores.size)


def _check(strata: Sequence[Array], draws: Draws) -> None:
    sizes, drawn = [s.size for s in strata], [d.shape[1] for d in draws]
    if sizes != drawn or 0 in sizes:
        raise ValueError(f"strata have {sizes} scores, and draws are for {drawn}")
