"""Slopes over T and batch size, Page's test, and interactions, against scipy and pingouin."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.estimate import Gap
from reports.statistics.trends import page_p, slope

LEVELS = np.array([2.0, 5.0, 10.0])
tables = st.lists(
    st.lists(st.floats(0.1, 50).map(lambda x: round(x, 2)), min_size=3, max_size=3),
    min_size=3,
    max_size=8,
).map(np.array)


@settings(deadline=None, max_examples=30)
@given(tables)
def test_a_slope_is_the_mean_of_scipys_per_seed(values):
    each = [stats.linregress(np.log2(LEVELS), np.log2(row)).slope for row in values]
    assume(np.ptp(each) > 1e-6)
    ours = slope(LEVELS, values, log_values=True)
    test = stats.ttest_1samp(each, 0)
    assert ours.estimate.point == pytest.approx(np.mean(each), abs=1e-9)
    assert ours.p == pytest.approx(float(test.pvalue), abs=1e-9)
    interval = test.confidence_interval()
    assert (ours.estimate.low, ours.estimate.high) == pytest.approx(tuple(interval), abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(tables)
def test_pages_test_is_scipys_the_better_of_both_ways_doubled(values):
    both = [stats.page_trend_test(sign * values).pvalue for sign in (1, -1)]
    assert page_p(LEVELS, values) == pytest.approx(min(1, 2 * min(both)), abs=1e-9)
    assert page_p(LEVELS[::-1], values[:, ::-1]) == page_p(LEVELS, values)


def test_an_exponent_is_found():
    rng = np.random.default_rng(0)
    values = 3 * LEVELS**1.5 * np.exp(rng.normal(0, 0.01, (6, 3)))
    ours = slope(LEVELS, values, log_values=True)
    assert ours.estimate.point == pytest.approx(1.5, abs=0.02)
    assert ours.page_p == pytest.approx(2 * 6.0**-6, rel=1e-6)


def test_over_two_levels_an_interaction_is_that_of_a_repeated_measures_analysis():
    import pingouin

    rng = np.random.default_rng(1)
    table = rng.normal(0, 1, (6, 2, 2))  # seeds, methods, levels
    effects = table[:, 1] - table[:, 0]
    ours = slope(np.array([2.0, 4.0]), effects)
    long = pd.DataFrame(
        [(s, m, t, table[s, m, t]) for s in range(6) for m in range(2) for t in range(2)],
        columns=["seed", "method", "level", "value"],
    )
    theirs = pingouin.rm_anova(
        long, dv="value", within=["method", "level"], subject="seed", detailed=True
    )
    column = "p_unc" if "p_unc" in theirs else "p-unc"
    interaction = theirs.set_index("Source").loc["method * level", column]
    assert ours.p == pytest.approx(float(interaction), abs=1e-9)


def test_slopes_that_repeat_are_exact_and_untested():
    values = np.tile(4.0 * LEVELS, (4, 1)) * np.array([[1.0], [1.0], [1.0], [1.0]])
    ours = slope(LEVELS, values, log_values=True)
    assert ours.estimate.point == pytest.approx(1.0)
    assert (ours.estimate.gap, ours.p, ours.page_p) == (Gap.NO_SPREAD, None, None)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_seeds_have_no_interval(n):
    ours = slope(LEVELS, np.random.default_rng(0).normal(5, 1, (n, 3)))
    assert (ours.p, ours.estimate.low, ours.estimate.n) == (None, None, n)


def test_two_levels_have_a_slope_and_no_trend_test():
    ours = slope(np.array([2.0, 4.0]), np.random.default_rng(0).normal(5, 1, (5, 2)))
    assert ours.p is not None
    assert ours.page_p is None


@pytest.mark.parametrize(
    ("levels", "values", "message"),
    [
        ([2.0, 2.0], [[1.0, 1.0]], "2 different levels"),
        ([2.0, 4.0], [[1.0, 1.0, 1.0]], "seeds x levels"),
        ([2.0, 4.0], [[1.0, np.nan]], "finite"),
        ([0.0, 4.0], [[1.0, 1.0]], "above 0"),
    ],
)
def test_what_has_no_slope_is_refused(levels, values, message):
    with pytest.raises(ValueError, match=message):
        slope(np.array(levels), np.array(values))
