"""The digits are those of scikit-learn, whichever way they are read."""

import numpy as np
import pytest

from noprop_core.datasets import digits, loading


@pytest.mark.parametrize("way", ["file", "package"])
def test_they_are_those_of_scikit_learn(way, monkeypatch):
    from sklearn.datasets import load_digits

    digits.arrays.cache_clear()
    if way == "package":
        monkeypatch.setattr(digits, "find_spec", lambda name: None)
    images, labels = digits.arrays()
    digits.arrays.cache_clear()
    bunch = load_digits()
    assert np.array_equal(images, bunch.images)
    assert np.array_equal(labels, bunch.target)


def test_they_are_read_once(monkeypatch):
    loading.preload()
    monkeypatch.setattr(digits, "find_spec", lambda name: 1 / 0)
    assert len(digits.arrays()[0]) == 1797
