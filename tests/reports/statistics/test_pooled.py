"""One answer over settings: averages within seeds, missing runs, exact ratios, times."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.censored import paired_time_to_target
from reports.statistics.equivalence import Verdict
from reports.statistics.estimate import Gap
from reports.statistics.family import judge_family
from reports.statistics.paired import paired_difference
from reports.statistics.pooled import fill, interaction_p, pool_effects, pool_times

NEVER, MISSING = math.inf, math.nan


def table(seed, n=6, k=4, mean=0.0, luck=1.0):
    rng = np.random.default_rng(seed)
    return mean + luck * rng.normal(0, 1, (n, 1)) + rng.normal(0, 0.5, (n, k))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.integers(3, 9), st.integers(1, 6))
def test_a_pooled_difference_is_the_t_test_of_seed_means(seed, n, k):
    d = table(seed, n, k)
    found = pool_effects(d, kind="difference", margin=0.5)
    theirs = stats.ttest_1samp(d.mean(axis=1), 0)
    assert found.effect.tests.p == pytest.approx(theirs.pvalue, abs=1e-8)
    assert found.effect.effect.low == pytest.approx(theirs.confidence_interval().low, abs=1e-8)
    assert found.settings == tuple(range(k))
    assert found.incomplete == ()


def test_a_pooled_ratio_is_the_geometric_mean():
    logs = np.log(table(1, mean=10))
    found = pool_effects(logs, kind="ratio", margin=5.0).effect
    assert found.kind == "ratio"
    assert found.effect.point == pytest.approx(math.exp(logs.mean()))
    assert found.tests.p == pytest.approx(stats.ttest_1samp(logs.mean(axis=1), 0).pvalue, abs=1e-9)
    assert found.margin == 1.05


def test_settings_with_fewer_than_three_pairs_are_left_out_and_named():
    d = table(2)
    d[2:, 1] = MISSING
    found = pool_effects(d, kind="difference", margin=0.5)
    assert found.settings == (0, 2, 3)
    assert found.effect.effect.point == pytest.approx(d[:, [0, 2, 3]].mean())


def test_a_seed_that_lacks_an_easy_setting_is_no_worse_for_it():
    """Setting means differ by 20 points; the seeds do not differ at all."""
    d = np.tile([0.0, 20.0], (6, 1)) + table(3, 6, 2, luck=0) * 0.01
    d[0, 1] = MISSING
    found = pool_effects(d, kind="difference", margin=0.5)
    assert found.incomplete == (0,)
    assert found.effect.effect.point == pytest.approx(10, abs=0.1)
    assert found.effect.spread < 0.1, "averaging what is left would make seed 0 ten points worse"


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000))
def test_filling_changes_no_number_and_no_additive_table(seed):
    rng = np.random.default_rng(seed)
    whole = rng.normal(0, 1, (6, 1)) + rng.normal(0, 1, (1, 4))
    holed = np.where(rng.random((6, 4)) < 0.2, MISSING, whole)
    holed[0], holed[:, 0] = whole[0], whole[:, 0]
    assert fill(holed) == pytest.approx(whole)
    assert np.array_equal(fill(whole), whole)


def test_memory_that_repeats_in_every_setting_pools_exactly():
    logs = np.tile(np.log([0.5, 2.0, 4.0]), (4, 1))
    found = pool_effects(logs, kind="ratio", margin=1.0, deterministic=True).effect
    assert found.deterministic
    assert found.tests is None
    assert found.effect.point == pytest.approx(4 ** (1 / 3))
    varies = pool_effects(logs + table(4, 4, 3) * 0.01, kind="ratio", margin=1.0).effect
    assert varies.tests is not None


def test_the_floor_of_rounding_shrinks_with_the_number_of_settings():
    d = np.full((5, 4), 0.25)
    found = pool_effects(d, kind="difference", margin=0.5, resolution=0.25).effect
    assert found.spread == pytest.approx(0.25 / math.sqrt(6) / 2)
    assert found.effect.gap is Gap.NONE
    unknown = pool_effects(d, kind="difference", margin=0.5).effect
    assert unknown.tests.p == 2.0**-4


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_too_few_seeds_are_no_test(rows):
    found = pool_effects(np.zeros((rows, 3)), kind="difference", margin=0.5)
    assert (found.settings, found.effect.tests, found.effect.effect.point) == ((), None, None)
    times = pool_times(np.ones((rows, 3)), np.ones((rows, 3)), margin_percent=5)
    assert (times.settings, times.effect.tests) == ((), None)


# Times to a target.

times = st.one_of(st.integers(1, 9).map(float), st.just(NEVER))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(times, times), min_size=3, max_size=8))
def test_one_setting_of_times_is_the_comparison_itself(rows):
    x, y = np.array(rows).T
    ours = pool_times(x[:, None], y[:, None], margin_percent=5).effect
    alone = paired_time_to_target(x, y, margin_percent=5)
    assert (ours.effect, ours.censoring, ours.lean) == (alone.effect, alone.censoring, alone.lean)
    if alone.tests is not None:
        assert ours.tests.p == alone.tests.p
        assert ours.tests.equivalence_p == alone.tests.equivalence_p


def test_times_in_all_settings_are_exchanged_at_once():
    y = np.arange(24.0).reshape(6, 4) + 10
    ours = pool_times(y * 2, y, margin_percent=5)
    assert ours.effect.tests.p == 2.0**-5, "six seeds are six coins, however many settings"
    assert ours.effect.effect.point == 2.0
    [found] = judge_family([ours.effect], higher_is_better=False)
    assert found.judgement.verdict is Verdict.WORSE


def test_settings_nobody_reaches_say_nothing_and_missing_pairs_are_named():
    x, y = np.full((6, 3), 5.0), np.full((6, 3), 10.0)
    x[:, 2] = y[:, 2] = NEVER
    x[0, 0] = MISSING
    ours = pool_times(x, y, margin_percent=5)
    assert ours.effect.effect.point == 0.5
    assert ours.effect.censoring.neither == 6
    assert ours.effect.censoring.runs == 17
    assert ours.incomplete == (0,)


# Interactions.


def test_an_interaction_is_the_t_test_of_slopes():
    d = table(5, 8, 3)
    x = np.log2([2, 4, 16])
    slopes = [np.polyfit(x, row, 1)[0] for row in d]
    assert interaction_p(d, [2, 4, 16]) == pytest.approx(stats.ttest_1samp(slopes, 0).pvalue)


def test_a_gap_that_grows_with_t_is_an_interaction_and_a_level_gap_is_none():
    levels = [2, 5, 2, 5]
    level = table(6, 8) + 5
    grows = level + np.array([0, 2, 0, 2])
    assert interaction_p(level, levels) > 0.05
    assert interaction_p(grows, levels) < 0.001


@pytest.mark.parametrize("levels", [[2, 2, 2, 2], [4, 4, 4, 4]])
def test_one_level_is_no_interaction(levels):
    assert interaction_p(table(7), levels) is None
    assert interaction_p(table(7)[:2], [1, 2, 3, 4]) is None
    assert interaction_p(np.ones((6, 4)), [1, 2, 3, 4]) is None


def test_pooling_sees_what_single_settings_cannot():
    """Four settings with independent noise: the mean of four is twice as certain."""
    d = np.random.default_rng(8).normal(0, 1, (200, 4))
    pooled = pool_effects(d, kind="difference", margin=1e-6).effect.spread
    assert pooled == pytest.approx(0.5, rel=0.15)
    assert paired_difference(d[:, 0], np.zeros(200), margin=1e-6).spread > 0.8
