"""Forward-Forward against its equations: labels, goodness, losses, prediction."""

import pytest
import torch

from noprop_core.datasets import loading
from noprop_core.datasets.raw import Labelled
from noprop_core.errors import InvalidSetting
from noprop_core.methods.forward_forward import normalised


def weights(method) -> tuple[list, list]:
    hidden = method.network.hidden
    return [layer.weight for layer in hidden], [layer.bias for layer in hidden]


@pytest.mark.parametrize("layers", [1, 3])
def test_training_equals_the_reference_with_an_optimiser_per_layer(
    make, reference, stripes, layers: int
) -> None:
    options = {"layers": layers, "units": 64, "threshold": 0.2, "label_value": 2.0}
    fast, twin = make("forward-forward", **options), make("forward-forward", **options)
    fast.network.double()
    twin.network.double()
    W, b = weights(twin)
    pairs = [list(pair) for pair in zip(W, b, strict=True)]
    plain = reference("noprop_dt").PlainAdamW
    optimizers = [plain(pair, 1e-3, 1e-3) for pair in pairs]
    order = torch.Generator().manual_seed(0)
    for indices_B in stripes.epoch_indices(32, order):
        x_BCHW, y_B = stripes.training_batch(indices_B)
        loss = fast.train_step(x_BCHW.double(), y_B)
        wrong = twin.wrong_labels(y_B)  # a twin draws the same labels
        losses = reference("forward_forward").losses(
            W, b, x_BCHW.double(), y_B.tolist(), wrong.tolist(), 3, 2.0, 0.2 * twin.network.units
        )
        for own, pair, optimizer in zip(losses, pairs, optimizers, strict=True):
            optimizer.step(torch.autograd.grad(own, pair))
        torch.testing.assert_close(loss, sum(losses).detach(), rtol=1e-7, atol=1e-8)
    for got, want in zip(fast.network.parameters(), twin.network.parameters(), strict=True):
        torch.testing.assert_close(got, want, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_prediction_equals_the_reference_with_every_label_in_turn(
    make, reference, batch, layers: int
) -> None:
    method = make("forward-forward", layers=layers, units=64, label_value=2.0)
    for _ in range(3):
        method.train_step(*batch)
    with torch.no_grad():
        expected = reference("forward_forward").predict(*weights(method), batch[0], 3, 2.0)
        encoded = method.encode(batch[0])
        classes_B = method.predict(encoded, torch.Generator())
    assert classes_B.tolist() == expected
    assert len(set(expected)) > 1


def test_the_image_s_part_computed_once_gives_the_whole_first_layer(make, reference, batch) -> None:
    method = make("forward-forward", label_value=2.0)
    drive_BU, label_B1 = method.image_drive(batch[0])
    layer, plain = method.network.hidden[0], reference("forward_forward")
    for k in range(3):
        inputs = [plain.normalise(plain.with_label(x, k, 3, 2.0)) for x in batch[0]]
        expected = layer(torch.stack(inputs))
        got = drive_BU + label_B1 * method.label_weights[:, k]
        torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)


def test_wrong_labels_are_uniform_and_never_the_true_one(make) -> None:
    method = make("forward-forward")
    y_B = torch.arange(3).repeat(10_000)
    wrong_B = method.wrong_labels(y_B)
    assert not bool((wrong_B == y_B).any())
    for label in range(3):
        counts = wrong_B[y_B == label].bincount(minlength=3)
        others = [int(counts[k]) for k in range(3) if k != label]
        # Five standard deviations of a fair coin tossed 10,000 times.
        assert all(abs(count - 5_000) < 5 * 50 for count in others)


def test_with_two_classes_the_wrong_label_is_the_other(make) -> None:
    part = Labelled(torch.randint(255, (8, 1, 4, 4), dtype=torch.uint8), torch.arange(8) % 2)
    task = loading.build_task("two", 2, train=part, validation=part, test=part)
    method = make("forward-forward", task=task)
    y_B = torch.arange(8) % 2
    assert torch.equal(method.wrong_labels(y_B), 1 - y_B)


def test_normalised_activities_have_the_same_goodness_and_keep_their_direction() -> None:
    a_NU = torch.rand(6, 40) * torch.arange(1, 7).reshape(-1, 1)
    same_NU = normalised(a_NU)
    torch.testing.assert_close(same_NU.square().mean(dim=1), torch.ones(6))
    cosine = torch.nn.functional.cosine_similarity(a_NU, same_NU)
    torch.testing.assert_close(cosine, torch.ones(6))
    assert torch.equal(normalised(torch.zeros(2, 5)), torch.zeros(2, 5))


def test_a_layer_does_not_see_how_good_the_layer_below_found_its_input(make, batch) -> None:
    method = make("forward-forward", layers=2)
    drive_BU, _ = method.image_drive(batch[0])
    once, thrice = (list(method.activities(scale * drive_BU)) for scale in (1, 3))
    torch.testing.assert_close(thrice[0], 3 * once[0])
    torch.testing.assert_close(thrice[1], once[1], rtol=1e-4, atol=1e-5)


def test_goodness_is_the_sum_of_squares_or_their_mean(make) -> None:
    a_NU = torch.rand(4, 16)
    options = {"units": 64, "threshold": 0.5}
    total, mean = (make("forward-forward", goodness=g, **options) for g in ("sum", "mean"))
    assert total.network.units == 16
    torch.testing.assert_close(total.log_odds(a_NU), a_NU.square().sum(dim=1) - 16 * 0.5)
    torch.testing.assert_close(mean.log_odds(a_NU), a_NU.square().mean(dim=1) - 0.5)


def test_the_first_layer_has_no_say_unless_it_is_the_only_one(make) -> None:
    method = make("forward-forward")
    first, second = torch.tensor([[9.0, 0.0, 0.0]]), torch.tensor([[0.0, 0.0, 1.0]])
    assert int(method.predict([first, second], torch.Generator())) == 2
    assert int(method.predict([first], torch.Generator())) == 0


def test_a_label_that_does_not_fit_the_image_is_refused(make) -> None:
    part = Labelled(torch.zeros(8, 1, 1, 2, dtype=torch.uint8), torch.arange(8) % 3)
    task = loading.build_task("tiny", 3, train=part, validation=part, test=part)
    with pytest.raises(InvalidSetting, match="over the first 3 pixels; images of tiny have 2"):
        make("forward-forward", task=task)
