"""Looks: published bounds, size by simulation, and adjusted p-values that say what was shown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.multiplicity import holm
from reports.statistics.sequential import (
    decided,
    nominal_levels,
    plan_looks,
    sequential_holm,
    sequential_p,
)

ps = st.floats(1e-9, 1)


def test_five_equal_looks_have_the_published_bounds():
    """Bounds of the Lan-DeMets form of O'Brien and Fleming, two-sided 5 %, as in ldbounds."""
    levels = nominal_levels((0.2, 0.4, 0.6, 0.8, 1.0), 0.05)
    bounds = [stats.norm.isf(level / 2) for level in levels]
    assert bounds == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=5e-4)


@pytest.mark.parametrize("alpha", [0.05, 0.0125])
def test_levels_spend_alpha_as_scipys_normal_integral_says(alpha):
    fractions = (0.25, 0.5, 1.0)
    bounds = [stats.norm.isf(level / 2) for level in nominal_levels(fractions, alpha)]
    correlation = [[np.sqrt(min(a, b) / max(a, b)) for a in fractions] for b in fractions]
    inside = stats.multivariate_normal(cov=correlation, abseps=1e-9, releps=1e-9, maxpts=10**6).cdf(
        bounds, lower_limit=[-b for b in bounds]
    )
    assert 1 - inside == pytest.approx(alpha, abs=2e-6)


def test_a_single_look_is_the_fixed_design():
    assert nominal_levels((1.0,), 0.05) == pytest.approx((0.05,))
    assert sequential_p([0.03], [20]) == pytest.approx(0.03)


def test_a_planned_study_says_what_it_spends():
    looks = plan_looks((5, 10, 20))
    assert [look.seeds for look in looks] == [5, 10, 20]
    assert looks[-1].spent == pytest.approx(0.05)
    assert looks[0].spent < looks[1].spent < 0.005
    assert 0.04 < looks[-1].level < 0.05


@pytest.mark.parametrize("seeds", [(), (2, 10), (10, 5), (5, 5)])
def test_looks_that_make_no_sense_are_refused(seeds):
    with pytest.raises(ValueError, match="numbers have to increase"):
        plan_looks(seeds)


@settings(deadline=None, max_examples=15)
@given(st.lists(ps, min_size=1, max_size=3), st.sampled_from([0.05, 0.01]))
def test_an_adjusted_p_is_below_alpha_where_a_look_made_the_claim(p_values, alpha):
    levels = nominal_levels((0.25, 0.5, 1.0), alpha)
    claimed = any(p <= level for p, level in zip(p_values, levels, strict=False))
    found = sequential_p(p_values, (5, 10, 20))
    if abs(found - alpha) > 1e-6:
        assert (found < alpha) == claimed


@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(ps, ps), min_size=1, max_size=4))
def test_what_is_decided_is_what_adjusted_p_values_say(rows):
    adjusted = sequential_holm(rows, (5, 10, 20))
    assert adjusted == holm([sequential_p(row, (5, 10, 20)) for row in rows])
    if all(abs(p - 0.05) > 1e-6 for p in adjusted):
        assert decided(np.array(rows), (5, 10, 20)) == tuple(p < 0.05 for p in adjusted)


def test_looking_without_a_plan_errs_and_with_one_does_not():
    rng = np.random.default_rng(4)
    x = rng.normal(0, 1, (4000, 20))
    p = np.array([stats.ttest_1samp(x[:, :n], 0, axis=1).pvalue for n in (5, 10, 20)]).T
    naive = (p < 0.05).any(axis=1).mean()
    planned = np.mean([decided(row[None, :], (5, 10, 20))[0] for row in p])
    assert naive > 0.09
    assert planned < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)
