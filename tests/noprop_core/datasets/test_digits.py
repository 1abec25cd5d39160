"""The digits are those of scikit-learn, whichever way they are read."""

from pathlib import Path

import numpy as np
import pytest
import torch

from noprop_core.datasets import digits, loading


@pytest.mark.parametrize("way", ["file", "package"])
def test_they_are_those_of_scikit_learn(way, monkeypatch):
    from sklearn.datasets import load_digits

    if way == "package":
        monkeypatch.setattr(digits, "find_spec", lambda name: None)
    images, labels = digits.arrays()
    bunch = load_digits()
    assert np.array_equal(images, bunch.images)
    assert np.array_equal(labels, bunch.target)


def test_they_are_read_once(monkeypatch):
    loading.preload()
    monkeypatch.setattr(digits, "find_spec", lambda name: 1 / 0)
    assert len(digits.read_digits(Path("unused")).test) == 359


def test_pixels_are_rounded_as_torch_rounds_them():
    images, labels = digits.arrays()
    pixels, same = digits.contents()
    theirs = torch.from_numpy(images).mul(255 / 16).round().to(torch.uint8)
    assert torch.equal(torch.from_numpy(pixels), theirs)
    assert np.array_equal(labels, same)
