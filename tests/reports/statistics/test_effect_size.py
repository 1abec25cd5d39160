"""Effect sizes against pingouin and scipy, and without spread."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import special, stats

from reports.statistics.effect_size import (
    effect_sizes,
    hedges_dz,
    rank_biserial,
    share_above,
)

differences = st.lists(st.floats(-50, 50).map(lambda x: round(x, 2)), min_size=3, max_size=12).map(
    np.array
)


@settings(deadline=None, max_examples=30)
@given(differences)
def test_the_rank_biserial_is_pingouins(d):
    import pingouin

    assume(d.any())
    theirs = pingouin.wilcoxon(d, np.zeros_like(d)).RBC.iloc[0]
    assert rank_biserial(d) == pytest.approx(float(theirs), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(differences)
def test_dz_is_t_over_root_n_with_hedges_correction(d):
    assume(np.ptp(d) > 1e-6)
    m = d.size - 1
    exact = special.gamma(m / 2) / (math.sqrt(m / 2) * special.gamma((m - 1) / 2))
    t = stats.ttest_1samp(d, 0).statistic
    assert hedges_dz(d) == pytest.approx(exact * t / math.sqrt(d.size), abs=1e-9)
    assert exact == pytest.approx(1 - 3 / (4 * m - 1), abs=0.03)


def test_dz_before_its_correction_is_pingouins():
    """Pingouin's d for one sample against 0 is d_z; it has no corrected form of it."""
    import pingouin

    d = np.array([0.4, -0.2, 1.3, 0.8, 0.1, 0.5])
    theirs = pingouin.compute_effsize(d, np.array([0.0]), eftype="cohen")
    correction = special.gamma(2.5) / (math.sqrt(2.5) * special.gamma(2.0))
    assert hedges_dz(d) == pytest.approx(float(theirs) * correction, abs=1e-9)


def test_ties_count_half():
    assert share_above(np.array([1.0, -1.0, 0.0, 2.0])) == 0.625
    assert share_above(np.zeros(3)) == 0.5


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_pairs_have_no_size(n):
    assert effect_sizes(np.arange(n) + 1.0, spread=True) is None


def test_without_spread_only_what_exists_is_given():
    zero = effect_sizes(np.zeros(4), spread=False)
    assert (zero.hedges_dz, zero.rank_biserial, zero.share_above) == (None, None, 0.5)
    constant = effect_sizes(np.full(4, 2.0), spread=False)
    assert (constant.hedges_dz, constant.rank_biserial, constant.share_above) == (None, 1.0, 1.0)


@settings(deadline=None, max_examples=30)
@given(differences)
def test_turning_the_sides_turns_the_signs(d):
    assume(np.ptp(d) > 1e-6)
    there, back = effect_sizes(d, spread=True), effect_sizes(-d, spread=True)
    assert there.hedges_dz == pytest.approx(-back.hedges_dz)
    assert there.share_above == pytest.approx(1 - back.share_above)
    assert pd.notna(there.rank_biserial) == pd.notna(back.rank_biserial)
