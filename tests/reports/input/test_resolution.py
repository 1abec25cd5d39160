"""The step between accuracies follows from the accuracies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.input.resolution import grid_step


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([100, 360, 1797, 10_000]), st.integers(0, 1000))
def test_accuracies_of_n_images_have_steps_of_one_image(images, seed):
    counts = np.random.default_rng(seed).integers(images // 2, images + 1, 30)
    assert grid_step(counts / images) == pytest.approx(1 / images)


def test_means_of_repeats_have_finer_steps():
    counts = np.random.default_rng(1).integers(300, 360, (30, 2))
    assert grid_step((counts / 360).mean(axis=1)) == pytest.approx(1 / 720)


def test_rounded_decimals_are_a_grid_too():
    assert grid_step([0.953, 0.957, 0.961, 0.949]) == pytest.approx(0.001)


@pytest.mark.parametrize(
    "values",
    [[], [0.5, 0.5, 0.5, 0.5], [0.95, 0.9, 0.95], list(np.random.default_rng(2).random(10))],
)
def test_where_there_is_no_grid(values):
    assert grid_step(values) is None
