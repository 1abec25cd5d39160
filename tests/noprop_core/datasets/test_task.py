"""Batches: every image once, the same order for the same seed, nothing left on the host."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from noprop_core.datasets import loading
from noprop_core.datasets.raw import Labelled
from noprop_core.errors import InvalidSetting


def task_of(count: int, channels: int = 1):
    images = torch.arange(count * channels * 16, dtype=torch.int64).remainder(256).to(torch.uint8)
    part = Labelled(images.reshape(count, channels, 4, 4), torch.arange(count) % 2)
    return loading.build_task("made", 2, train=part, validation=part, test=part)


@given(st.data())
def test_every_image_comes_exactly_once_and_no_batch_is_a_single_image(data) -> None:
    count = data.draw(st.integers(2, 120))
    batch_size = data.draw(st.integers(2, count))
    batches = task_of(count).epoch_indices(batch_size, torch.Generator().manual_seed(count))
    assert sorted(torch.cat(batches).tolist()) == list(range(count))
    assert all(len(batch) >= 2 for batch in batches)
    assert all(len(batch) == batch_size for batch in batches[:-1])
    assert len(batches[-1]) <= batch_size + 1


@pytest.mark.parametrize("batch_size", [0, 1, 11])
def test_a_batch_size_that_cannot_work_is_refused(batch_size: int) -> None:
    with pytest.raises(InvalidSetting, match=f"batch size {batch_size} .* from 2 to its 10"):
        task_of(10).epoch_indices(batch_size, torch.Generator())


def test_epochs_differ_and_seeds_repeat() -> None:
    task, order, again = task_of(50), *(torch.Generator().manual_seed(3) for _ in range(2))
    first, second = (torch.cat(task.epoch_indices(8, order)) for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(first, torch.cat(task.epoch_indices(8, again)))


def test_training_images_have_zero_mean_and_unit_deviation_per_channel(digits) -> None:
    x_NCHW, _ = digits.training_batch(torch.arange(len(digits.train)))
    assert float(x_NCHW.mean()) == pytest.approx(0, abs=1e-5)
    assert float(x_NCHW.std(correction=0)) == pytest.approx(1, abs=1e-5)
    assert digits.train.images_NCHW.dtype == torch.uint8


def test_a_channel_that_never_changes_stays_finite() -> None:
    part = Labelled(torch.full((6, 1, 4, 4), 9, dtype=torch.uint8), torch.arange(6) % 2)
    task = loading.build_task("flat", 2, train=part, validation=part, test=part)
    x_BCHW, _ = task.training_batch(torch.arange(6))
    assert bool((x_BCHW == 0).all())


def test_evaluation_walks_through_a_part_in_its_order(digits, monkeypatch) -> None:
    monkeypatch.setattr("noprop_core.datasets.task.EVALUATION_BATCH", 100)
    batches = list(digits.evaluation_batches(digits.test))
    assert [len(y_B) for _, y_B in batches] == [100, 100, 100, 59]
    assert torch.equal(torch.cat([y_B for _, y_B in batches]), digits.test.labels_N)
