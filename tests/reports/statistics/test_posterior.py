"""Beliefs under a flat prior and the chance that one run beats another, against scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.posterior import Superiority, beliefs, chance_above

values = st.lists(st.floats(-5, 5), min_size=3, max_size=12).map(np.array)


@settings(deadline=None, max_examples=60)
@given(values, st.floats(0.01, 3))
def test_beliefs_are_the_t_posterior(d, margin):
    found = beliefs(d, margin)
    if np.ptp(d) < 1e-6:
        return
    posterior = stats.t(d.size - 1, loc=d.mean(), scale=stats.sem(d))
    assert found.worse == pytest.approx(posterior.cdf(-margin), abs=1e-9)
    assert found.better == pytest.approx(posterior.sf(margin), abs=1e-9)
    assert found.worse + found.equal + found.better == pytest.approx(1)
    back = beliefs(-d, margin)
    assert (back.worse, back.better) == pytest.approx((found.better, found.worse))


def test_beliefs_are_what_drawing_from_the_posterior_gives():
    """Variance from its scaled inverse chi-square, then the mean: the flat prior, by simulation."""
    d = np.array([0.4, 0.9, 0.2, 1.3, 0.7, -0.1])
    rng = np.random.default_rng(2)
    variance = 5 * d.var(ddof=1) / rng.chisquare(5, 200_000)
    means = rng.normal(d.mean(), np.sqrt(variance / 6))
    found = beliefs(d, 0.5)
    assert found.better == pytest.approx((means > 0.5).mean(), abs=0.005)
    assert found.equal == pytest.approx((abs(means) <= 0.5).mean(), abs=0.005)


def test_without_a_margin_beliefs_are_the_one_sided_p():
    d = np.array([0.4, 0.9, 0.2, 1.3])
    assert beliefs(d, 0.0).worse == pytest.approx(
        stats.ttest_1samp(d, 0, alternative="greater").pvalue
    )


@pytest.mark.parametrize("d", [[1.0, 2.0], [], [2.0, 2.0, 2.0]])
def test_where_nothing_can_be_believed(d):
    assert beliefs(np.array(d), 0.5) is None


def test_a_floor_makes_constant_values_believable():
    found = beliefs(np.full(5, 1.0), 0.5, floor=0.5)
    assert found.better == pytest.approx(stats.t.sf(-np.sqrt(5), 4))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 20), st.integers(0, 20), st.sampled_from([0.9, 0.95]))
def test_without_ties_the_interval_is_clopper_and_pearsons(wins, losses, confidence):
    if wins + losses < 3:
        return
    found = chance_above(np.array([1.0] * wins + [-1.0] * losses), confidence)
    theirs = stats.binomtest(wins, wins + losses).proportion_ci(confidence, method="exact")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))
    assert found.point == wins / (wins + losses)


@pytest.mark.parametrize(
    ("wins", "losses", "says"),
    [
        (5, 0, Superiority.NOT_SHOWN),  # five of five: the interval reaches down to .48
        (6, 0, Superiority.MEANINGFUL),
        (15, 5, Superiority.OPEN),
        (600, 400, Superiority.TOO_SMALL),
        (10, 10, Superiority.NOT_SHOWN),
        (0, 6, Superiority.NOT_SHOWN),
    ],
)
def test_the_three_zones_of_bouthillier(wins, losses, says):
    assert chance_above(np.array([1.0] * wins + [-1.0] * losses)).says is says


def test_ties_count_half_and_widen_the_interval():
    tied = chance_above(np.array([1.0, 1.0, 0.0, -1.0]))
    assert tied.point == 0.625
    assert tied.low < chance_above(np.array([1.0, 1.0, 1.0, -1.0])).low
    assert tied.high > chance_above(np.array([1.0, 1.0, -1.0, -1.0])).high
    assert chance_above(np.array([np.inf, 1.0, -np.inf])).point == pytest.approx(2 / 3)
    assert chance_above(np.array([1.0, 2.0])) is None
