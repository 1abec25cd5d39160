"""A sensitivity test against skew: never more certain than t, and far less often wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.estimate import student_p
from reports.statistics.family import judge_family
from reports.statistics.paired import paired_difference
from reports.statistics.robust import hall_t, skew_robust_p


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-5, 5), min_size=4, max_size=20))
def test_it_is_never_more_certain_than_t(values):
    d = np.array(values)
    found = skew_robust_p(d)
    if np.ptp(d) > 1e-6:
        assert student_p(d) <= found <= 1
        assert skew_robust_p(-d) == pytest.approx(found)


def test_without_skew_it_is_t():
    d = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    t = stats.ttest_1samp(d, 0).statistic
    assert hall_t(d.mean() / d.std(ddof=1), 0.0, 5) == pytest.approx(t)
    assert skew_robust_p(d) == pytest.approx(stats.ttest_1samp(d, 0).pvalue)


def test_the_correction_against_its_formula():
    d = np.array([0.1, 0.3, 0.2, 0.9, 2.4, 0.05])
    n, s, skew = d.size, d.std(ddof=1), stats.skew(d, bias=False)
    assert stats.kstat(d, 3) / s**3 == pytest.approx(skew)
    u = d.mean() / s
    hall = np.sqrt(n) * (u + skew * u**2 / 3 + skew**2 * u**3 / 27 + skew / (6 * n))
    assert hall_t(u, skew, n) == pytest.approx(hall)
    expected = max(2 * stats.t.sf(abs(t), n - 1) for t in (hall, u * n**0.5))
    assert skew_robust_p(d) == pytest.approx(expected)


@given(st.floats(-3, 3), st.floats(0, 20), st.floats(0, 20))
def test_a_larger_effect_is_never_less_certain(skewness, one, other):
    low, high = sorted((one, other))
    assert hall_t(low, skewness, 8) <= hall_t(high, skewness, 8) + 1e-9


def test_it_alarms_less_often_where_differences_are_skewed():
    x = np.random.default_rng(1).exponential(1, (3000, 10)) - 1
    t = np.mean([student_p(row) < 0.01 for row in x])
    robust = np.mean([skew_robust_p(row) < 0.01 for row in x])
    assert t > 0.03
    assert robust < 0.6 * t


def test_where_there_is_none():
    assert skew_robust_p(np.array([1.0, 2.0, 3.0])) is None
    assert skew_robust_p(np.full(6, 2.0)) is None
    assert skew_robust_p(np.full(6, 2.0), floor=0.5) == pytest.approx(
        student_p(np.full(6, 2.0), floor=0.5)
    )


def test_a_verdict_that_rests_on_skew_is_called_unsettled():
    gains = 0.4 - np.array([0.1, 0.12, 0.15, 0.1, 0.11, 0.13, 0.3, 0.6, 0.14, 0.12])
    effect = paired_difference(gains, np.zeros(10), margin=1e-6)
    assert effect.tests.p < 0.01 < effect.tests.robust_p
    [found] = judge_family([effect], higher_is_better=True, alpha=0.008)
    assert "skew-robust t" in found.disagreeing
