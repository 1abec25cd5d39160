"""One number over several settings: interquartile mean, performance profile, improvement.

Scores come as strata: one array per setting, one entry per seed. Higher is better; turn the sign
of a cost first. Source: Agarwal et al. (2021), "Deep reinforcement learning at the edge of the
statistical precipice".

`draws` come from `bootstrap.draw` for the seeds of the scores, stratum by stratum; strata are not
empty. `ValueError` is raised where they do not fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from reports.statistics.bootstrap import Draws, bootstrap_interval, tail_share
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

    `strata` holds an array (n_s,) per setting. The lowest and highest quarter of runs are left
    out, so a few failed or lucky runs move it less than a mean.
    The point is `scipy.stats.trim_mean(scores, 0.25)`.
    """
    _check(strata, draws)
    method = f"interquartile mean, {100 * confidence:g} % bootstrap interval over seeds"
    if not strata:
        return Estimate(None, None, None, 0, method, Gap.NO_VALUES)
    scores = np.concatenate(strata)
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]

    def middle_mean(counts: Draws) -> Array:
        # Ranks of drawn copies: of `count` copies, those between the cuts are kept.
        counted = np.concatenate(counts, axis=1)[:, order]
        ends = np.cumsum(counted, axis=1)
        copies = ends[:, -1:]
        cut = copies // 4  # as trim_mean: int(0.25 n)
        kept = np.minimum(ends, copies - cut) - np.maximum(ends - counted, cut)
        return _ratio(np.maximum(kept, 0) @ ordered, (copies - 2 * cut)[:, 0])

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
    infinity for a run that failed. Every run meets every run of its setting; ties count half.
    Seeds are resampled for both sides and all settings together; a resample leaves out settings of
    which it has no seed. In one setting it is the Mann-Whitney U over n².
    """
    _check([x for x, _ in pairs], draws)
    method = f"probability of improvement, {100 * confidence:g} % bootstrap interval over seeds"
    if not pairs:
        return Estimate(None, None, None, 0, method, Gap.NO_VALUES)
    wins = [
        (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :]) for x, y in pairs
    ]  # (n_s, n_s) each

    def mean_share(counts: Draws) -> Array:
        won = [((c @ w) * c).sum(axis=1) for c, w in zip(counts, wins, strict=True)]
        met = [c.sum(axis=1) ** 2 for c in counts]
        shares = np.stack([_ratio(w, m) for w, m in zip(won, met, strict=True)])
        seen = np.stack(met) > 0
        return _ratio(np.where(seen, shares, 0.0).sum(axis=0), seen.sum(axis=0))

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

    `strata` holds an array (n_s,) per setting, minus infinity for a run that failed. A curve
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
    tail = 100 * tail_share(min(s.size for s in strata), confidence)
    shares = _ratio(counts @ reached, counts.sum(axis=1, keepdims=True))
    low, high = np.nanpercentile(shares, [tail, 100 - tail], axis=0)
    return Profile(levels, share, tuple(map(float, low)), tuple(map(float, high)), scores.size)


def _ratio(above: Array, below: Array) -> Array:
    """Quotients, NaN where nothing was drawn."""
    return np.asarray(above / np.where(below > 0, below, np.nan))


def _check(strata: Sequence[Array], draws: Draws) -> None:
    sizes, drawn = [s.size for s in strata], [d.shape[1] for d in draws]
    if sizes != drawn or 0 in sizes:
        raise ValueError(f"strata have {sizes} scores, and draws are for {drawn}")
