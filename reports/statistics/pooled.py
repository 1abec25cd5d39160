"""One answer over several settings: effects averaged within a seed, then compared over seeds.

The seed stays the unit: settings share its luck (data order, initial weights), so a seed's mean
effect over settings is one observation. The pooled effect speaks of these settings in equal parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reports.statistics.censored import (
    logrank_difference,
    median_interval,
    time_effect,
    time_ratios,
)
from reports.statistics.effect import Censoring, PairedEffect
from reports.statistics.estimate import FEWEST_FOR_AN_INTERVAL, Array, has_spread, student_p
from reports.statistics.paired import exact_ratio, paired_difference, paired_ratio

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pooled:
    """A pooled effect, and what is in it.

    `settings` are the columns that were pooled; the others have fewer than 3 pairs. `incomplete`
    are the rows (seeds) that lack some or all of them, see `fill`.
    """

    effect: PairedEffect
    settings: tuple[int, ...]
    incomplete: tuple[int, ...] = ()


def pool_effects(
    effects: Array,
    *,
    kind: Literal["difference", "ratio"],
    margin: float,
    confidence: float = 0.95,
    resolution: float | None = None,
    seed: int = 0,
    deterministic: bool = False,
    thorough: bool = True,
) -> Pooled:
    """Pool paired `effects` (n, settings), NaN where a pair is missing.

    Differences, with `margin` in their unit, or logarithms of ratios, with `margin` in percent;
    `resolution` is that of one setting, see `paired_difference`. `deterministic`: both sides repeat
    exactly in every setting, so the pooled ratio is exact and not tested.
    Without `thorough`: see `paired_difference`.
    A setting with fewer than 3 pairs is left out. Where a seed lacks a setting, what seed and
    setting add up to stands in, so that lacking an easy setting makes no seed worse.
    """
    used = tuple(int(j) for j in np.flatnonzero(_counts(effects) >= FEWEST_FOR_AN_INTERVAL))
    table = effects[:, used]
    rows = np.isfinite(table).sum(axis=1) > 0
    values = fill(table[rows]).mean(axis=1) if used else np.empty(0)
    zero = np.zeros(values.size)
    if kind == "ratio":
        one = np.exp(np.clip(values, -700.0, 700.0))  # neither infinite nor rounded to 0
        if deterministic and values.size and not has_spread(values, 1.0):
            found = exact_ratio(float(one[0]), values.size, margin_percent=margin)
        else:
            found = paired_ratio(
                one,
                zero + 1,
                margin_percent=margin,
                confidence=confidence,
                seed=seed,
                thorough=thorough,
            )
    else:
        # One rounding to the test set's grid in each setting: together they are finer.
        step = None if resolution is None or not used else resolution / np.sqrt(len(used))
        found = paired_difference(
            np.round(values, 10), zero, margin=margin, confidence=confidence,
            resolution=step, seed=seed, thorough=thorough,
        )  # fmt: skip
    method = f"mean over {len(used)} settings within seeds: {found.effect.method}"
    found = replace(found, effect=replace(found.effect, method=method))
    return Pooled(found, used, _incomplete(np.isfinite(table)))


def pool_times(
    candidate: Array,
    baseline: Array,
    *,
    margin_percent: float,
    confidence: float = 0.95,
    seed: int = 0,
) -> Pooled:
    """Pool times to a target (n, settings), infinite where a run never arrives, NaN where missing.

    Primary test: log-rank scores of each setting by itself, summed within a seed, with p from
    exchanging the two sides of a seed in all settings at once. The effect is the median over seeds
    of a seed's median ratio over settings. Settings and pairs where neither side arrives say
    nothing. Source: the stratified log-rank test, Peto & Peto (1972), by exchange within pairs.
    """
    known = ~np.isnan(candidate) & ~np.isnan(baseline)
    used = tuple(int(j) for j in np.flatnonzero(known.sum(axis=0) >= FEWEST_FOR_AN_INTERVAL))
    scores = np.zeros(len(candidate))
    ratios: list[list[float]] = [[] for _ in candidate]
    for j in used:
        x, y, here = candidate[:, j], baseline[:, j], np.flatnonzero(known[:, j])
        said = here[np.isfinite(x[here]) | np.isfinite(y[here])]
        scores[said] += logrank_difference(x[said], y[said])
        for row, ratio in zip(said, time_ratios(x[said], y[said]), strict=True):
            ratios[row].append(float(ratio))
    rows = [i for i, found in enumerate(ratios) if found]
    typical = [median_interval(np.array(ratios[i])).point for i in rows]
    effect = time_effect(
        np.array([t for t in typical if t is not None], dtype=np.float64),
        scores[rows],
        _arrivals(candidate[:, used], baseline[:, used], known[:, used]),
        margin_percent=margin_percent,
        confidence=confidence,
        seed=seed,
    )
    return Pooled(effect, used, _incomplete(known[:, used]))


def interaction_p(effects: Array, levels: Sequence[float]) -> float | None:
    """Two-sided p that paired `effects` (n, settings) change along `levels` (settings,), above 0.

    A t test, over seeds, of the slope over log levels within a seed; `None` for a single level,
    fewer than 3 seeds or slopes without spread. NaN where a pair is missing. Where other things
    vary between settings too, it asks whether effects are the same in all of them.
    """
    used = _counts(effects) >= FEWEST_FOR_AN_INTERVAL
    table, x = effects[:, used], np.log2(np.asarray(levels, dtype=np.float64)[used])
    if np.unique(x).size < 2:
        return None
    table = fill(table[np.isfinite(table).any(axis=1)])
    weights = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    slopes = table @ weights
    magnitude = max(1.0, float(np.abs(table).max(initial=0.0)))
    if slopes.size < FEWEST_FOR_AN_INTERVAL or not has_spread(slopes, magnitude):
        return None
    return student_p(slopes)


def fill(effects: Array) -> Array:
    """Fill NaN in `effects` (n, settings) by what seed and setting add up to, by least squares.

    Every row and column needs a number. Without NaN nothing changes.
    """
    known = np.isfinite(effects)
    if known.all():
        return effects
    n, k = effects.shape
    row, column = (place.ravel() for place in np.indices((n, k)))
    design = np.zeros((n * k, n + k))
    design[np.arange(n * k), row] = design[np.arange(n * k), n + column] = 1
    parts = np.linalg.lstsq(design[known.ravel()], effects[known], rcond=None)[0]
    return np.where(known, effects, (design @ parts).reshape(n, k))


def _counts(effects: Array) -> Array:
    return np.asarray(np.isfinite(effects).sum(axis=0), dtype=np.float64)


def _incomplete(known: Flags) -> tuple[int, ...]:
    return tuple(int(i) for i in np.flatnonzero((~known).sum(axis=1)))


def _arrivals(candidate: Array, baseline: Array, known: Flags) -> Censoring:
    """Count arrivals over all settings; medians are over all runs."""
    x, y = candidate[known], baseline[known]
    return Censoring(
        candidate_reached=int(np.isfinite(x).sum()),
        baseline_reached=int(np.isfinite(y).sum()),
        runs=x.size,
        neither=int((np.isinf(x) & np.isinf(y)).sum()),
        candidate_median=float(np.median(x)) if x.size else np.inf,
        baseline_median=float(np.median(y)) if y.size else np.inf,
    )
