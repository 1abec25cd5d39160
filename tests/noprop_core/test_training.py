"""The one loop: its events, and what it does with a loss that is not finite."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from noprop_core import registry
from noprop_core.errors import Diverged, InvalidSetting
from noprop_core.evaluation import accuracies, validate
from noprop_core.seeding import Streams
from noprop_core.training import (
    EpochBegins,
    EpochEnds,
    EpochTrained,
    RunEnds,
    read_losses,
    train_epoch,
    training,
)


def events_of(method, task, epochs: int, repeats: int = 3, **options) -> list:
    def goes_on(history) -> bool:
        return len(history) < epochs

    settings = {"batch_size": 32, "goes_on": goes_on, "repeats": repeats, **options}
    return list(training(method, task, method.streams, **settings))


def ends_of(events: list) -> list[EpochEnds]:
    return [event for event in events if isinstance(event, EpochEnds)]


def test_events_come_in_the_order_that_measuring_relies_on(make, stripes) -> None:
    events = events_of(make("backprop"), stripes, epochs=2)
    kinds = [type(event) for event in events]
    assert kinds == [EpochBegins, EpochTrained, EpochEnds] * 2 + [RunEnds]
    assert [event.epoch for event in events[:-1]] == [1, 1, 1, 2, 2, 2]


def test_nothing_is_trained_before_the_epoch_begins(make, stripes) -> None:
    method = make("classifier")
    before = [p.clone() for p in method.network.parameters()]
    events = training(
        method, stripes, method.streams, batch_size=32, goes_on=lambda _: True, repeats=1
    )
    assert isinstance(next(events), EpochBegins)
    assert all(torch.equal(a, b) for a, b in zip(before, method.network.parameters(), strict=True))
    assert isinstance(next(events), EpochTrained)
    assert not torch.equal(before[0], next(iter(method.network.parameters())))


def test_evaluation_changes_nothing_that_training_sees(make, stripes) -> None:
    with_evaluation, without = make("noprop-dt"), make("noprop-dt")
    events_of(with_evaluation, stripes, epochs=3)
    order = without.streams.generator("data order")
    for _ in range(3):
        train_epoch(without, without.stages, stripes, stripes.epoch_indices(32, order))
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


def test_the_epochs_so_far_decide_whether_another_follows(make, stripes) -> None:
    asked = []

    def goes_on(history) -> bool:
        asked.append(list(history))
        return len(history) < 2 or history[-1].validation_accuracy < 0

    events = events_of(make("classifier"), stripes, epochs=0, goes_on=goes_on)
    assert asked == [[], ends_of(events)[:1], ends_of(events)]


def test_no_epoch_is_trained_if_none_is_asked_for(make, stripes) -> None:
    (end,) = events_of(make("classifier"), stripes, epochs=0)
    assert (end.examples_seen, end.tested_epoch) == (0, 0)


def test_the_validation_loss_is_the_mean_cross_entropy_of_the_logits(make, stripes) -> None:
    method = make("noprop-dt")
    end = ends_of(events_of(method, stripes, epochs=1))[-1]
    noise = method.streams.generator("validation 1")
    x_BCHW, y_B = next(stripes.evaluation_batches(stripes.validation))
    with torch.no_grad():
        logits_BK = method.logits(method.encode(x_BCHW), noise)
    assert end.validation_loss == pytest.approx(float(cross_entropy(logits_BK, y_B)))
    assert end.validation_accuracy == float((logits_BK.argmax(dim=1) == y_B).double().mean())


def test_batches_of_any_size_give_the_same_validation(make, stripes, monkeypatch) -> None:
    method = make("classifier")
    whole = validate(method, stripes, torch.Generator())
    monkeypatch.setattr("noprop_core.datasets.task.EVALUATION_BATCH", 7)
    accuracy, loss = validate(method, stripes, torch.Generator())
    assert accuracy == whole[0]
    assert loss == pytest.approx(whole[1])


class OwnPrediction(registry.find("classifier")):
    """A method of the old kind: it predicts, and says no more."""

    name = "own-prediction"

    def predict(self, encoded, generator):
        return encoded.argmax(dim=1)


def test_a_method_that_only_predicts_has_no_validation_loss(make, stripes) -> None:
    old = OwnPrediction(OwnPrediction.Config(width=0.25), stripes, None, Streams(0))
    new = make("classifier")
    assert (old.has_logits, new.has_logits) == (False, True)
    ends, expected = (events_of(method, stripes, epochs=2) for method in (old, new))
    assert [end.validation_loss for end in ends_of(ends)] == [None, None]
    accuracies = [[end.validation_accuracy for end in ends_of(some)] for some in (ends, expected)]
    assert accuracies[0] == accuracies[1]
    assert ends[-1] == expected[-1]


def test_a_validation_loss_that_is_not_finite_is_none(make, stripes, monkeypatch) -> None:
    method = make("classifier")
    logits = method.logits
    monkeypatch.setattr(method, "logits", lambda *given: logits(*given) * float("inf"))
    assert validate(method, stripes, torch.Generator())[1] is None


class Ordered:
    """Replaces `validate`: true accuracies, and these losses in turn."""

    def __init__(self, losses) -> None:
        self.losses = iter(losses)

    def __call__(self, method, task, generator):
        accuracy, _ = validate(method, task, generator)
        return accuracy, next(self.losses)


def weights(method) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in method.network.state_dict().items()}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(
    ("losses", "epoch"),
    [([3.0, 1.0, 2.0], 2), ([3.0, 1.0, 1.0], 2), ([None, 2.0, None], 2), ([None] * 3, 3)],
)
def test_the_best_weights_are_tested_buffers_and_all(
    make, stripes, monkeypatch, losses, epoch: int
) -> None:
    stopped, kept, last = (make("noprop-dt") for _ in range(3))  # it has batch norm
    events_of(stopped, stripes, epochs=epoch)
    events_of(last, stripes, epochs=3)
    monkeypatch.setattr("noprop_core.training.validate", Ordered(losses))
    *_, end = events_of(kept, stripes, epochs=3, keep="best")
    assert end.tested_epoch == epoch
    assert same(weights(kept), weights(stopped))
    assert same(weights(kept), weights(last)) == (epoch == 3)
    noise = [kept.streams.generator(f"inference {repeat}") for repeat in range(3)]
    assert end.test_accuracies == accuracies(stopped, stripes, stripes.test, noise)[0]


def test_the_last_weights_are_tested_unless_told_otherwise(make, stripes, monkeypatch) -> None:
    monkeypatch.setattr("noprop_core.training.validate", Ordered([1.0, 2.0]))
    assert events_of(make("classifier"), stripes, epochs=2)[-1].tested_epoch == 2


def test_the_best_weights_need_a_validation_loss_and_say_so_at_once(stripes) -> None:
    method = OwnPrediction(OwnPrediction.Config(width=0.25), stripes, None, Streams(0))
    with pytest.raises(InvalidSetting, match="needs a validation loss; own-prediction defines"):
        training(
            method,
            stripes,
            method.streams,
            batch_size=32,
            goes_on=lambda _: True,
            repeats=1,
            keep="best",
        )


def test_the_passes_are_asked_for_once_a_run(stripes) -> None:
    asked = []

    class Property(registry.find("classifier")):
        name = "property"

        @property
        def stages(self):
            asked.append(1)
            return (self.train_step, self.train_step)

    method = Property(Property.Config(width=0.25), stripes, None, Streams(0))
    *_, end = events_of(method, stripes, epochs=3)
    assert len(asked) == 1
    assert end.examples_seen == 3 * 2 * len(stripes.train)
