"""The statistics rooms against scipy and statsmodels, and on input that breaks ordinary code."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

from reports.statistics.equivalence import Reason, Verdict, judge, tost
from reports.statistics.estimate import Gap, deviation, mean, mean_interval
from reports.statistics.multiplicity import holm, seeds_for, smallest_exact_p
from reports.statistics.paired import paired_difference, paired_memory_ratio, paired_ratio

finite = st.floats(-100, 100).map(lambda x: round(x, 3))
positive = st.floats(0.01, 1000).map(lambda x: round(x, 4))


def pairs(values, least=3):
    return st.lists(st.tuples(values, values), min_size=least, max_size=9).map(
        lambda rows: (np.array([a for a, _ in rows]), np.array([b for _, b in rows]))
    )


def close(ours, theirs):
    return ours == pytest.approx(float(theirs), rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(st.lists(finite, min_size=3, max_size=20), st.sampled_from([0.8, 0.95, 0.99]))
def test_a_mean_and_its_interval_are_scipys(values, confidence):
    assume(np.ptp(values) > 1e-6)
    ours = mean_interval(values, confidence)
    low, high = stats.t.interval(
        confidence, len(values) - 1, loc=np.mean(values), scale=stats.sem(values)
    )
    assert close(ours.point, np.mean(values))
    assert close(ours.low, low)
    assert close(ours.high, high)


@settings(deadline=None, max_examples=25)
@given(pairs(finite))
def test_a_paired_difference_is_scipys_and_statsmodels(arrays):
    x, y = arrays
    assume(np.ptp(x - y) > 1e-6)
    ours = paired_difference(x, y, margin=0.5)
    t = stats.ttest_rel(x, y)
    interval = t.confidence_interval()
    assert close(ours.effect.point, np.mean(x - y))
    assert close(ours.effect.low, interval.low)
    assert close(ours.effect.high, interval.high)
    assert close(ours.tests.p, t.pvalue)
    assert close(ours.tests.equivalence_p, ttost_paired(x, y, -0.5, 0.5)[0])
    signs = np.array(np.meshgrid(*[[-1, 1]] * x.size)).reshape(x.size, -1)
    means = np.abs(signs.T @ (x - y))
    assert close(ours.tests.sign_flip_p, np.mean(means >= abs(np.sum(x - y)) - 1e-9))
    rounded = np.round(x - y, 10)
    assert close(ours.tests.wilcoxon_p, stats.wilcoxon(rounded).pvalue)


@settings(deadline=None, max_examples=25)
@given(pairs(positive))
def test_a_time_ratio_is_the_t_test_on_logarithms(arrays):
    x, y = arrays
    logs = np.log(x) - np.log(y)
    assume(np.ptp(logs) > 1e-6)
    ours = paired_ratio(x, y, margin_percent=5)
    interval = stats.ttest_rel(np.log(x), np.log(y)).confidence_interval()
    assert close(ours.effect.point, stats.gmean(x) / stats.gmean(y))
    assert close(math.log(ours.effect.low), interval.low)
    assert close(math.log(ours.effect.high), interval.high)
    assert close(ours.tests.p, stats.ttest_1samp(logs, 0).pvalue)
    bound = math.log(1.05)
    assert close(ours.tests.equivalence_p, ttost_paired(np.log(x), np.log(y), -bound, bound)[0])


@settings(deadline=None, max_examples=25)
@given(pairs(positive))
def test_exchanging_the_two_sides_inverts_a_ratio(arrays):
    x, y = arrays
    there = paired_ratio(x, y, margin_percent=5)
    back = paired_ratio(y, x, margin_percent=5)
    assert close(there.effect.point * back.effect.point, 1.0)
    assert close(there.tests.p, back.tests.p)


@settings(deadline=None, max_examples=12)
@given(st.lists(st.one_of(st.none(), st.floats(1e-12, 1)), max_size=12))
def test_holm_is_statsmodels_and_skips_what_was_not_tested(p_values):
    ours = holm(p_values)
    tested = [p for p in p_values if p is not None]
    expected = list(multipletests(tested, method="holm")[1]) if tested else []
    assert [p for p in ours if p is not None] == pytest.approx(expected, abs=1e-12)
    assert [p is None for p in ours] == [p is None for p in p_values]


@pytest.mark.parametrize(("n", "p"), [(1, 1.0), (3, 0.25), (5, 0.0625), (6, 0.03125), (10, 2**-9)])
def test_the_smallest_exact_p_is_reached_by_differences_of_one_sign(n, p):
    assert smallest_exact_p(n) == p
    if n >= 3:
        tests = paired_difference(np.arange(n) + 2.0, np.zeros(n), margin=1).tests
        assert tests.sign_flip_p == p


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 5000), st.sampled_from([1e-300, 0.01, 0.05, 0.1]))
def test_the_seeds_for_a_level_are_the_first_that_reach_it(comparisons, alpha):
    level = alpha / comparisons
    n = seeds_for(level)
    assert smallest_exact_p(n) <= level < smallest_exact_p(n - 1)


def test_a_level_that_shared_out_comes_to_nothing_needs_some_seeds_too():
    assert seeds_for(5e-324) == seeds_for(5e-324 / 9) == 1075


def test_beyond_exact_enumeration_the_same_data_give_the_same_p():
    rng = np.random.default_rng(1)
    x, y = rng.normal(0.4, 1, 30), rng.normal(0, 1, 30)
    first, second = (paired_difference(x, y, margin=1).tests for _ in range(2))
    assert first == second
    assert not first.sign_flip_is_exact
    assert first.sign_flip_p == pytest.approx(stats.ttest_rel(x, y).pvalue, abs=0.03)


# Degenerate input: a typed value with a reason; never NaN, a warning, or p = 0.


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_all_differences_zero():
    same = [97.1, 96.4, 98.0, 97.7]
    ours = paired_difference(same, same, margin=0.5)
    assert (ours.effect.point, ours.effect.low, ours.effect.gap) == (0.0, None, Gap.NO_SPREAD)
    assert ours.tests.p == ours.tests.sign_flip_p == 1.0
    assert ours.tests.wilcoxon_p is None
    assert ours.tests.equivalence_p == 2**-4  # the best a sign test of four pairs can say


@pytest.mark.parametrize("shift", [1.0, 0.1])
def test_a_constant_difference_gets_the_exact_p_and_not_zero(shift):
    base = np.array([0.1, 0.7, 1.3, 2.9, 0.4])
    ours = paired_difference(base + shift, base, margin=0.5)
    assert np.ptp(base + 0.1 - base) > 0, "rounding alone makes these differ, which is the trap"
    assert ours.effect.point == pytest.approx(shift)
    assert ours.effect.low is None
    assert ours.tests.primary == "exact sign-flip"
    assert ours.tests.p == ours.tests.wilcoxon_p == 2**-4
    assert ours.tests.equivalence_p == (2**-5 if shift < 0.5 else 1.0)


def test_wilcoxon_sees_ties_that_rounding_has_split():
    x = np.array([1.3, 0.6, 0.2, 0.1, 1.6, 1.8])
    y = np.round(x - [0.1, 0.1, 0.1, -0.1, 0.3, -0.2], 1)
    assert len(set(abs(x - y))) > 3, "three sizes of difference look like more as floats"
    ours = paired_difference(x, y, margin=0.5).tests
    exact = stats.wilcoxon([1, 1, 1, -1, 3, -2]).pvalue
    assert ours.wilcoxon_p == exact != stats.wilcoxon(x - y).pvalue


def test_a_constant_ratio_gets_the_exact_p_and_not_zero():
    base = np.array([0.31, 0.47, 1.9, 0.53])
    ours = paired_ratio(3 * base, base, margin_percent=5)
    assert ours.effect.point == pytest.approx(3)
    assert ours.effect.gap is Gap.NO_SPREAD
    assert ours.tests.p == 2**-3


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_pairs_give_a_point_and_nothing_else(n):
    ours = paired_difference([3.0, 5.0][:n], [1.0, 2.0][:n], margin=0.5)
    assert ours.tests is None
    assert ours.effect.low is None
    assert ours.effect.n == n
    assert ours.effect.point == (None, 2.0, 2.5)[n]
    assert ours.effect.gap is (Gap.NO_VALUES, Gap.TOO_FEW, Gap.TOO_FEW)[n]


def test_memory_that_repeats_is_exact_and_untested():
    ours = paired_memory_ratio([50.0] * 4, [100.0] * 4, margin_percent=1)
    assert ours.deterministic
    assert ours.tests is None
    assert (ours.effect.point, ours.effect.gap) == (0.5, Gap.NO_SPREAD)


def test_memory_that_varies_is_tested_like_time():
    x, y = [50.0, 51.0, 52.5], [100.0, 101.0, 99.0]
    assert paired_memory_ratio(x, y, margin_percent=1) == paired_ratio(x, y, margin_percent=1)
    for one, other in ((x, [100.0] * 3), ([50.0] * 3, y)):
        varies = paired_memory_ratio(one, other, margin_percent=1)
        assert not varies.deterministic, "one side that varies is enough for chance"


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_nan_and_infinity_are_refused_by_name(bad):
    with pytest.raises(ValueError, match="1 values are NaN or infinite"):
        paired_difference([1.0, bad, 2.0], [1.0, 1.0, 1.0], margin=1)


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="3 candidate values against 2"):
        paired_difference([1.0, 2.0, 3.0], [1.0, 2.0], margin=1)


@given(pairs(st.sampled_from([0.0, 0.1, 0.2, 0.3, 1e6]), least=0))
@settings(deadline=None, max_examples=40)
def test_no_input_gives_nan_or_a_p_of_zero(arrays):
    ours = paired_difference(*arrays, margin=0.05)
    numbers = [ours.effect.point, ours.effect.low, ours.effect.high]
    if ours.tests:
        t = ours.tests
        tested = [p for p in (t.p, t.sign_flip_p, t.wilcoxon_p, t.equivalence_p) if p is not None]
        assert all(0 < p <= 1 for p in tested)
        numbers += tested
    assert all(math.isfinite(x) for x in numbers if x is not None)


# The verdict rule.


def verdict(**changes):
    usual = {
        "n": 6, "advantage": 1.0, "adjusted_p": 0.5, "adjusted_equivalence_p": 0.5,
        "within_margin": False, "deterministic": False, "alpha": 0.05,
    }  # fmt: skip
    return judge(**(usual | changes))


@pytest.mark.parametrize(
    ("changes", "expected", "reason"),
    [
        ({}, Verdict.INCONCLUSIVE, Reason.NOT_SHOWN),
        ({"adjusted_p": 0.01}, Verdict.BETTER, Reason.DIFFERENT),
        ({"adjusted_p": 0.01, "advantage": -1.0}, Verdict.WORSE, Reason.DIFFERENT),
        ({"adjusted_p": 0.05}, Verdict.INCONCLUSIVE, Reason.NOT_SHOWN),
        ({"adjusted_equivalence_p": 0.01}, Verdict.EQUIVALENT, Reason.WITHIN_MARGIN),
        (
            {"adjusted_p": 0.01, "adjusted_equivalence_p": 0.01},
            Verdict.EQUIVALENT,
            Reason.WITHIN_MARGIN,
        ),
        ({"n": 2, "adjusted_p": 0.001}, Verdict.INCONCLUSIVE, Reason.TOO_FEW_PAIRS),
        ({"n": 0, "advantage": None}, Verdict.INCONCLUSIVE, Reason.NO_PAIRS),
        ({"deterministic": True}, Verdict.BETTER, Reason.EXACT_VALUE),
        ({"deterministic": True, "within_margin": True}, Verdict.EQUIVALENT, Reason.EXACT_VALUE),
        ({"deterministic": True, "n": 2}, Verdict.INCONCLUSIVE, Reason.TOO_FEW_PAIRS),
    ],
)
def test_the_verdict_rule(changes, expected, reason):
    judgement = verdict(**changes)
    assert (judgement.verdict, judgement.reason) == (expected, reason)


def test_tost_is_small_only_when_the_mean_lies_well_inside():
    d = np.array([0.1, -0.1, 0.05, -0.02, 0.03])
    assert tost(d, 0.5) < 0.01 < 0.5 < tost(d + 1, 0.5)


def test_a_mean_and_a_deviation_exist_where_their_sums_are_beyond_all_floats():
    assert mean(np.array([1.7e308] * 3)) == pytest.approx(1.7e308)
    assert deviation(np.array([1e300, -1e300])) == pytest.approx(math.sqrt(2) * 1e300)
    assert deviation(np.array([1e150, 3e150])) == pytest.approx(math.sqrt(2) * 1e150)
