"""Interquartile mean, improvement and profiles, and their stratified bootstrap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.aggregate import (
    interquartile_mean,
    performance_profile,
    probability_of_improvement,
)
from reports.statistics.bootstrap import bootstrap_interval, draw, tail_share
from reports.statistics.estimate import Gap

scores = st.lists(st.floats(0, 100), min_size=3, max_size=8).map(np.array)


def rng(seed=0):
    return np.random.default_rng(seed)


def draws(strata, seed=0, resamples=200):
    """Draws of strata that share their seeds, as far as they have them."""
    seeds = [range(s.size) for s in strata]
    return draw(seeds, generator=rng(seed), resamples=resamples)


def ends(values, n):
    """Interval of resampled `values` for `n` seeds."""
    tail = 100 * tail_share(n, 0.95)
    return tuple(np.nanpercentile(values, [tail, 100 - tail]))


@settings(deadline=None, max_examples=30)
@given(st.lists(scores, min_size=1, max_size=4))
def test_the_interquartile_mean_is_scipys_and_so_is_every_resample(strata):
    ours = interquartile_mean(strata, draws(strata, resamples=50))
    whole = np.concatenate(strata)
    assert ours.point == pytest.approx(stats.trim_mean(whole, 0.25), abs=1e-9)
    # The same resamples, written out and trimmed by scipy.
    drawn = draws(strata, resamples=50)
    values = [
        stats.trim_mean(
            np.concatenate(
                [np.repeat(s, c[i].astype(int)) for s, c in zip(strata, drawn, strict=True)]
            ),
            0.25,
        )
        for i in range(50)
    ]
    low, high = ends(values, min(s.size for s in strata))
    if ours.low is not None:
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-9)
    else:
        assert high - low < 1e-9


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=9))
def test_improvement_in_one_setting_is_mann_whitneys_u(rows):
    x, y = (np.array(side, dtype=float) for side in zip(*rows, strict=True))
    ours = probability_of_improvement([(x, y)], draws([x]))
    u = stats.mannwhitneyu(x, y).statistic / x.size**2
    assert ours.point == pytest.approx(float(u), abs=1e-9)


def test_improvement_is_resampled_by_pairs_within_settings():
    x = [np.array([1.0, 2.0, 3.0]), np.array([5.0, 6.0, 9.0])]
    y = [np.array([0.0, 2.0, 4.0]), np.array([7.0, 5.0, 5.0])]
    pairs = list(zip(x, y, strict=True))
    ours = probability_of_improvement(pairs, draws(x, 7, 40))
    counts = draws(x, 7, 40)
    values = []
    for i in range(40):
        shares = []
        for (a, b), c in zip(pairs, counts, strict=True):
            a, b = np.repeat(a, c[i].astype(int)), np.repeat(b, c[i].astype(int))
            shares.append(stats.mannwhitneyu(a, b).statistic / 9 if np.ptp([*a, *b]) else 0.5)
        values.append(np.mean(shares))
    assert (ours.low, ours.high) == pytest.approx(ends(values, 3))


def test_a_failed_run_scores_below_all_others():
    x, y = np.array([-np.inf, 9.0, 9.0]), np.array([1.0, 1.0, 1.0])
    ours = probability_of_improvement([(x, y)], draws([x]))
    assert ours.point == pytest.approx(2 / 3)
    profile = performance_profile([x], [0.0, 5.0, 10.0], draws([x]))
    assert profile.share == pytest.approx((2 / 3, 2 / 3, 0.0))


def test_a_profile_never_rises_and_its_band_holds_it():
    strata = [rng(i).normal(90, 3, 6) for i in range(4)]
    profile = performance_profile(strata, np.linspace(80, 100, 21), draws(strata))
    assert all(np.diff(profile.share) <= 0)
    assert all(
        low <= s <= high
        for low, s, high in zip(profile.low, profile.share, profile.high, strict=True)
    )
    whole = np.concatenate(strata)
    assert profile.share[10] == np.mean(whole >= 90)


def test_the_same_generator_state_gives_the_same_interval_and_another_does_not():
    strata = [rng(i).normal(90, 3, 6) for i in range(4)]
    first, again, other = (interquartile_mean(strata, draws(strata, s)) for s in (1, 1, 2))
    assert first == again
    assert first.low != other.low


def test_a_seed_is_drawn_once_for_all_strata_that_have_it():
    whole, part, other = draw(
        [[4, 5, 6, 7], [7, 4, 5], [4, 5, 6, 7]], generator=rng(), resamples=30
    )
    assert whole.shape == (30, 4)
    assert (whole.sum(axis=1) == 4).all()
    assert np.array_equal(part, whole[:, [3, 0, 1]])
    assert np.array_equal(other, whole)


def test_shared_luck_widens_the_interval():
    """Eight settings that repeat one set of scores say no more than one of them."""
    x = rng(3).normal(90, 1, 6)
    one, eight = (interquartile_mean([x] * k, draws([x] * k, resamples=2000)) for k in (1, 8))
    assert eight.high - eight.low == pytest.approx(one.high - one.low, rel=0.35)
    apart = [range(6 * i, 6 * i + 6) for i in range(8)]
    independent = interquartile_mean([x] * 8, draw(apart, generator=rng(), resamples=2000))
    assert independent.high - independent.low < 0.7 * (eight.high - eight.low)


def test_a_resample_without_a_seed_of_a_setting_leaves_that_setting_out():
    x = [np.arange(3.0), np.array([5.0, 6.0, 8.0])]
    drawn = draw([[0, 1, 2], [3, 4, 5]], generator=rng(), resamples=500)
    assert any((c.sum(axis=1) == 0).any() for c in drawn), "some resamples miss a setting"
    found = probability_of_improvement([(v, v[::-1]) for v in x], drawn)
    assert 0 <= found.low <= found.point <= found.high <= 1
    assert np.isfinite(interquartile_mean(x, drawn).low)


@pytest.mark.parametrize("n", [5, 10])
def test_expanded_percentiles_are_hesterbergs(n):
    t = stats.t.ppf(0.975, n - 1)
    assert tail_share(n, 0.95) == pytest.approx(stats.norm.cdf(-np.sqrt(n / (n - 1)) * t))
    assert tail_share(10**6, 0.95) == pytest.approx(0.025, rel=1e-4)


@pytest.mark.parametrize(
    ("strata", "gap"),
    [
        ([], Gap.NO_VALUES),
        ([np.array([1.0, 2.0])], Gap.TOO_FEW),
        ([np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0])], Gap.TOO_FEW),
        ([np.full(4, 2.0), np.full(4, 2.0)], Gap.NO_SPREAD),
    ],
)
def test_where_there_is_no_interval_it_says_why(strata, gap):
    ours = interquartile_mean(strata, draws(strata))
    assert ours.gap is gap
    assert ours.low is None
    pairs = [(s, s) for s in strata]
    improvement = probability_of_improvement(pairs, draws(strata))
    assert improvement.gap is gap
    assert improvement.point == (0.5 if strata else None)


def test_the_bootstrap_agrees_with_scipys_in_one_stratum():
    """The resamples differ, so the ends agree as far as 20 000 of them can."""
    x = rng(5).normal(0, 1, 20)
    ours = bootstrap_interval(
        float(x.mean()),
        lambda counts: counts[0] @ x / x.size,
        draws([x], resamples=20_000),
        method="mean",
    )
    theirs = stats.bootstrap(
        (x,),
        np.mean,
        n_resamples=20_000,
        method="percentile",
        rng=rng(1),
        confidence_level=1 - 2 * tail_share(20, 0.95),
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_draws_for_other_strata_are_refused():
    strata = [np.arange(4.0), np.arange(5.0)]
    with pytest.raises(
        ValueError, match=r"strata have \[4, 5\] scores, and draws are for \[4, 4\]"
    ):
        interquartile_mean(strata, draw([range(4)] * 2, generator=rng()))
