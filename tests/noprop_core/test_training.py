"""The one loop: its events, and what it does with a loss that is not finite."""

import pytest
import torch

from noprop_core import registry
from noprop_core.errors import Diverged
from noprop_core.training import (
    EpochBegins,
    EpochEnds,
    EpochTrained,
    RunEnds,
    read_losses,
    train_epoch,
    training,
)


def events_of(method, task, epochs: int, repeats: int = 3) -> list:
    streams = method.streams
    return list(training(method, task, streams, batch_size=32, epochs=epochs, repeats=repeats))


def test_events_come_in_the_order_that_measuring_relies_on(make, stripes) -> None:
    events = events_of(make("backprop"), stripes, epochs=2)
    kinds = [type(event) for event in events]
    assert kinds == [EpochBegins, EpochTrained, EpochEnds] * 2 + [RunEnds]
    assert [event.epoch for event in events[:-1]] == [1, 1, 1, 2, 2, 2]


def test_nothing_is_trained_before_the_epoch_begins(make, stripes) -> None:
    method = make("classifier")
    before = [p.clone() for p in method.network.parameters()]
    events = training(method, stripes, method.streams, batch_size=32, epochs=1, repeats=1)
    assert isinstance(next(events), EpochBegins)
    assert all(torch.equal(a, b) for a, b in zip(before, method.network.parameters(), strict=True))
    assert isinstance(next(events), EpochTrained)
    assert not torch.equal(before[0], next(iter(method.network.parameters())))


def test_evaluation_changes_nothing_that_training_sees(make, stripes) -> None:
    with_evaluation, without = make("noprop-dt"), make("noprop-dt")
    events_of(with_evaluation, stripes, epochs=3)
    order = without.streams.generator("data order")
    for _ in range(3):
        train_epoch(without, stripes, stripes.epoch_indices(32, order))
    states = (m.network.state_dict().values() for m in (with_evaluation, without))
    assert all(torch.equal(a, b) for a, b in zip(*states, strict=True))


def test_a_method_with_noise_is_tested_as_often_as_asked_and_one_without_once(
    make, stripes
) -> None:
    assert len(events_of(make("noprop-dt"), stripes, 1, repeats=4)[-1].test_accuracies) == 4
    assert len(events_of(make("classifier"), stripes, 1, repeats=4)[-1].test_accuracies) == 1


@pytest.mark.parametrize(("name", "passes"), [("noprop-dt", 3), ("backprop", 1)])
def test_examples_count_every_pass_over_the_data(make, stripes, name: str, passes: int) -> None:
    end = events_of(make(name), stripes, epochs=2)[-1]
    assert end.examples_seen == 2 * passes * len(stripes.train)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", registry.names())
def test_a_loss_that_is_not_finite_stops_before_the_optimiser_step(
    make, batch, name: str, bad: float
) -> None:
    method = make(name)
    stage = method.stages[0]
    stage(*batch)
    before = [p.clone() for p in method.network.parameters()]
    x_BCHW, y_B = batch
    loss = stage(x_BCHW * bad, y_B)
    assert not bool(loss.isfinite())
    stage(x_BCHW, y_B)  # a good batch afterwards must not move them either
    after = list(method.network.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_divergence_names_the_first_bad_step(make, stripes, monkeypatch) -> None:
    method = make("classifier")
    step, calls = method.train_step, []

    def spoil(x_BCHW, y_B):
        calls.append(1)
        return step(x_BCHW * float("nan") if len(calls) >= 5 else x_BCHW, y_B)

    monkeypatch.setattr(method, "train_step", spoil)
    with pytest.raises(Diverged, match="loss not finite in epoch 2, step 2 of 3") as caught:
        events_of(method, stripes, epochs=4)
    assert (caught.value.epoch, caught.value.step) == (2, 2)
    assert len(calls) == 6  # the epoch is over before the host looks; no further one begins


def test_the_loss_of_an_epoch_is_the_mean_over_its_steps() -> None:
    assert read_losses([torch.tensor(1.0), torch.tensor(4.0)], epoch=1) == 2.5
