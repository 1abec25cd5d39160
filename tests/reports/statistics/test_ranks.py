"""Ranks, Friedman and critical differences against scipy, pingouin and scikit-posthocs."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.ranks import cliques, critical_difference, friedman, ranks

tables = st.integers(3, 5).flatmap(
    lambda k: st.lists(
        st.lists(st.integers(0, 6).map(float), min_size=k, max_size=k), min_size=5, max_size=9
    )
).map(np.array)  # fmt: skip


@settings(deadline=None, max_examples=30)
@given(tables)
def test_friedman_is_scipys_and_pingouins(scores):
    import pingouin

    assume(np.ptp(scores, axis=1).any())
    ours = friedman(scores)
    theirs = stats.friedmanchisquare(*scores.T)
    assert ours.chi2_p == pytest.approx(float(theirs.pvalue), abs=1e-9)
    b, k = scores.shape
    if theirs.statistic < b * (k - 1) - 1e-6:
        f = pingouin.friedman(pd.DataFrame(scores), method="f")
        df = k - 1
        statistic = (b - 1) * theirs.statistic / (b * df - theirs.statistic)
        assert f.F.iloc[0] == pytest.approx(statistic, rel=1e-6)
        # pingouin's degrees of freedom are Marozzi's; Demšar's are those of Iman and Davenport.
        assert ours.p == pytest.approx(
            max(math.factorial(k) ** -(b - 1.0), stats.f.sf(statistic, df, df * (b - 1))), abs=1e-9
        )


def test_a_unanimous_table_has_a_small_p_and_not_zero():
    scores = np.tile([3.0, 2.0, 1.0], (6, 1))
    assert friedman(scores).p == pytest.approx(6.0**-5)


def test_the_critical_difference_is_scikit_posthocs():
    """Two methods that far apart get exactly p = alpha in its table."""
    import scikit_posthocs

    rng = np.random.default_rng(0)
    scores = rng.normal(0, 1, (8, 4)) + np.arange(4)
    p = scikit_posthocs.posthoc_nemenyi_friedman(scores).to_numpy()
    means = ranks(scores).mean(axis=0)
    apart = abs(means[0] - means[1])
    alpha = p[0, 1]
    assert critical_difference(4, 8, alpha) == pytest.approx(apart, rel=1e-6)
    assert critical_difference(5, 30) == pytest.approx(2.728 * math.sqrt(5 * 6 / 180), abs=1e-3)


def test_the_best_ranks_first_ties_share_and_a_failure_is_last():
    scores = np.array([[0.9, 0.8, -np.inf], [0.5, 0.5, 0.1]])
    assert ranks(scores).tolist() == [[1, 2, 3], [1.5, 1.5, 3]]


@pytest.mark.parametrize(
    "scores", [np.ones((4, 3)), np.random.default_rng(0).normal(size=(9, 2)), np.ones((9, 3))]
)
def test_where_a_test_is_not_legitimate_there_is_none(scores):
    assert friedman(scores) is None


def test_cliques_are_the_longest_groups_and_none_inside_another():
    means = np.array([1.0, 3.4, 1.5, 2.2])
    assert cliques(means, 1.3) == ((0, 2, 3), (3, 1))
    assert cliques(means, 0.1) == ()
    assert cliques(means, 5.0) == ((0, 2, 3, 1),)
