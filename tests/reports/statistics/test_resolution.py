"""A test set tells values apart only to one image: agreement below that is no certainty."""

import numpy as np
import pytest
from scipy import stats

from reports.statistics.equivalence import Reason, Verdict, beyond_margin_p, tost
from reports.statistics.estimate import Gap, deviation
from reports.statistics.family import judge_family
from reports.statistics.paired import paired_difference, rounding_deviation

IMAGES = 360
STEP = 100 / IMAGES
BASELINE = np.array([340.0, 338, 341, 335, 344]) * STEP


def effect(images, **options):
    gain = np.array(images, dtype=float) * STEP
    return paired_difference(
        BASELINE[: gain.size] + gain, BASELINE[: gain.size], margin=0.5, resolution=STEP, **options
    )


def test_the_floor_is_the_spread_that_rounding_gives_to_equal_values():
    rng = np.random.default_rng(5)
    sides = rng.uniform(300, 340, (2, 200_000))
    rounded = np.round(sides) - sides
    assert rounding_deviation(1.0) == pytest.approx((rounded[0] - rounded[1]).std(), rel=0.01)
    assert rounding_deviation(None) == 0.0


def test_constant_and_nearly_constant_differences_agree():
    constant, nearly = effect([4, 4, 4, 4, 4]), effect([4, 4, 4, 4, 5])
    assert constant.tests.primary == nearly.tests.primary == "paired t"
    assert constant.tests.p == pytest.approx(nearly.tests.p, rel=0.3)
    found = judge_family([constant], higher_is_better=True)[0].judgement
    assert (found.verdict, found.reason) == (Verdict.BETTER, Reason.DIFFERENT)
    assert constant.effect.gap is Gap.NONE
    assert constant.effect.low < 4 * STEP < constant.effect.high
    assert constant.spread == pytest.approx(STEP / np.sqrt(6))


def test_a_floored_test_is_students_with_the_floor_for_the_deviation():
    ours = effect([4, 4, 4, 4, 4])
    t = 4 * STEP / (STEP / np.sqrt(6) / np.sqrt(5))
    assert ours.tests.p == pytest.approx(2 * stats.t.sf(t, 4), rel=1e-9)
    inside = (0.5 - 4 * STEP) / (STEP / np.sqrt(6) / np.sqrt(5))
    assert ours.tests.equivalence_p == pytest.approx(stats.t.sf(inside, 4), rel=1e-9)
    assert ours.sizes.hedges_dz == pytest.approx(effect([4, 4, 4, 4, 5]).sizes.hedges_dz, rel=0.1)


def test_a_spread_above_the_floor_changes_nothing():
    there = effect([1, 4, -2, 6, 3])
    plain = paired_difference(BASELINE + np.array([1, 4, -2, 6, 3]) * STEP, BASELINE, margin=0.5)
    assert there.tests == plain.tests
    assert there.effect == plain.effect


def test_no_image_of_difference_is_equivalence_and_not_certainty():
    ours = effect([0, 0, 0, 0, 0])
    assert ours.tests.p == 1.0
    assert 1e-6 < ours.tests.equivalence_p < 0.01
    found = judge_family([ours], higher_is_better=True)[0].judgement
    assert found.verdict is Verdict.EQUIVALENT


def test_without_a_resolution_the_exact_test_stands_in():
    ours = paired_difference(BASELINE + 4 * STEP, BASELINE, margin=0.5)
    assert ours.tests.primary == "exact sign-flip"
    assert ours.effect.gap is Gap.NO_SPREAD


def test_margins_are_tested_with_the_floor_too():
    same = np.full(5, 1.0)
    assert tost(same, 2.0, floor=0.5) == pytest.approx(stats.t.sf(2 * np.sqrt(5), 4))
    assert beyond_margin_p(same, 0.5, floor=0.5) == pytest.approx(stats.t.sf(np.sqrt(5), 4))
    assert deviation(same, 0.5) == 0.5
