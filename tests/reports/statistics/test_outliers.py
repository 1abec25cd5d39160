"""Tukey's fences: outlying seeds are counted, never dropped."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics.outliers import Outliers, outliers
from reports.statistics.paired import paired_difference


@pytest.mark.parametrize(
    ("values", "mild", "severe"),
    [
        ([1, 2, 3, 4, 5], 0, 0),
        ([1, 2, 3, 4, 5, 9], 1, 0),
        ([1, 2, 3, 4, 5, 50], 0, 1),
        ([-50, 1, 2, 3, 4, 5, 9.5], 1, 1),
        ([3, 3, 3, 3, 3, 3], 0, 0),
    ],
)
def test_classes(values, mild, severe):
    assert outliers(np.array(values, dtype=float)) == Outliers(mild, severe)


def test_four_values_say_nothing_of_the_middle_half():
    assert outliers(np.array([1.0, 2.0, 3.0, 900.0])) is None


@settings(max_examples=30)
@given(
    st.lists(st.floats(-1e3, 1e3), min_size=5, max_size=12),
    st.floats(-100, 100),
    st.sampled_from([-3.0, 0.25, 7.0]),
)
def test_neither_shift_nor_scale_nor_sign_change_the_classes(values, shift, scale):
    x = np.round(np.array(values), 2)
    assert outliers(x * scale + shift) == outliers(x)


def test_an_outlying_seed_stays_in_the_effect():
    x = np.array([1.0, 1.1, 0.9, 1.05, 0.95, 60.0])
    found = paired_difference(x, np.zeros(6), margin=0.5)
    assert found.outliers.severe == 1
    assert found.effect.point == pytest.approx(x.mean())
