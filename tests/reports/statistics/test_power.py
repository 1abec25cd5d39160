"""Minimum detectable effects and seeds needed, against statsmodels and pingouin."""

import math
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestPower

from reports.statistics.power import (
    detectable_dz,
    detectable_effect,
    pairs_needed,
    power_of_t,
    spread_interval,
)


@settings(deadline=None, max_examples=40)
@given(st.integers(3, 60), st.floats(0.0, 3.0), st.sampled_from([0.2, 0.05, 0.05 / 4, 0.05 / 12]))
def test_power_is_statsmodels_wherever_that_is_a_number(n, dz, alpha):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = float(TTestPower().power(dz, n, alpha))
    if math.isfinite(theirs):
        assert power_of_t(dz, n, alpha) == pytest.approx(theirs, abs=1e-9)
    assert 0 <= power_of_t(dz, n, alpha) <= 1


def test_power_is_pingouins():
    import pingouin

    theirs = pingouin.power_ttest(d=0.9, n=8, contrast="paired", alpha=0.05)
    assert power_of_t(0.9, 8, 0.05) == pytest.approx(float(theirs), abs=1e-9)


@pytest.mark.parametrize("n", [3, 4, 6, 10, 40])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 12, 5e-4, 1e-5])
def test_the_detectable_effect_has_the_power_it_states(n, alpha):
    """Where statsmodels' solver stops at its bracket (n = 3 at .004 gives 10) ours still solves."""
    assert power_of_t(detectable_dz(n, alpha), n, alpha) == pytest.approx(0.8, abs=1e-9)


@pytest.mark.parametrize("alpha", [1e-9, 1e-17, 1e-40, 1e-300])
def test_absurd_levels_have_an_answer_or_none(alpha):
    for n in (3, 6, 40):
        found = detectable_effect(1.0, n, alpha)
        assert found is None or found > detectable_effect(1.0, n, 0.05)
    needed = pairs_needed(1.0, 1.0, alpha)
    assert needed is None or power_of_t(1.0, needed, alpha) >= 0.8


def test_a_statement_in_raw_units_scales_with_the_spread():
    assert detectable_effect(0.3, 6, 0.05) == pytest.approx(0.3 * 1.434544782040585, abs=1e-9)
    assert detectable_effect(None, 6, 0.05) is None
    assert detectable_effect(0.0, 6, 0.05) is None
    assert detectable_effect(0.3, 2, 0.05) is None


@settings(deadline=None, max_examples=25)
@given(st.floats(0.05, 4), st.sampled_from([0.05, 0.005, 1e-4]))
def test_the_pairs_needed_are_the_first_that_suffice(dz, alpha):
    n = pairs_needed(dz, 1.0, alpha)
    two_digits = math.floor(dz * 10 ** (1 - math.floor(math.log10(dz))) + 1e-9) / 10 ** (
        1 - math.floor(math.log10(dz))
    )
    assert power_of_t(two_digits, n, alpha) >= 0.8
    assert n == 3 or power_of_t(two_digits, n - 1, alpha) < 0.8


@pytest.mark.parametrize(("effect", "spread"), [(0.0, 1.0), (1.0, None), (1.0, 0.0), (1e-9, 1.0)])
def test_where_no_number_of_pairs_can_be_named_there_is_none(effect, spread):
    assert pairs_needed(effect, spread, 0.05) is None


def test_the_interval_of_a_spread_is_that_of_chi_square():
    low, high = spread_interval(2.0, 6)
    df = 5
    assert stats.chi2.cdf(df * 4 / low**2, df) == pytest.approx(0.975)
    assert stats.chi2.cdf(df * 4 / high**2, df) == pytest.approx(0.025)
    assert spread_interval(None, 6) == spread_interval(1.0, 2) == (None, None)


@pytest.mark.parametrize("power", [1e-300, 0.001, 0.05])
def test_less_power_than_alpha_needs_no_effect_at_all(power):
    assert detectable_dz(5, 0.05, power) == pytest.approx(0, abs=1e-6)
    assert math.isfinite(detectable_dz(5, 5e-14, 1e-300))


@pytest.mark.parametrize(
    ("effect", "spread", "expected"),
    [(5e-324, 1.0, None), (5e-324, 1e300, None), (1e-300, 1e300, None), (1.0, 5e-324, 3),
     (1e300, 1e-300, 3), (1.7e308, 5e-324, 3)],
)  # fmt: skip
def test_effects_at_the_ends_of_all_floats_need_none_or_the_fewest(effect, spread, expected):
    assert pairs_needed(effect, spread, 0.05) == expected
