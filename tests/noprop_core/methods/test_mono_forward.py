"""Mono-Forward against its equations."""

import pytest
import torch


def weights(method) -> tuple[list, list, list]:
    hidden, projections = method.network.hidden, method.network.heads
    return (
        [layer.weight for layer in hidden],
        [layer.bias for layer in hidden],
        [projection.weight for projection in projections],
    )


def test_training_equals_the_reference_with_an_optimiser_per_layer(
    make, reference, stripes
) -> None:
    fast, twin = make("mono-forward"), make("mono-forward")
    fast.network.double()
    twin.network.double()
    W, b, M = weights(twin)
    layers = [list(layer) for layer in zip(W, b, M, strict=True)]
    plain = reference("noprop_dt").PlainAdamW
    optimizers = [plain(layer, 1e-3, 1e-3) for layer in layers]
    order = torch.Generator().manual_seed(0)
    for indices_B in stripes.epoch_indices(24, order):
        x_BCHW, y_B = stripes.training_batch(indices_B)
        loss = fast.train_step(x_BCHW.double(), y_B)
        losses = reference("mono_forward").losses(W, b, M, x_BCHW.double(), y_B)
        for own, layer, optimizer in zip(losses, layers, optimizers, strict=True):
            optimizer.step(torch.autograd.grad(own, layer))
        torch.testing.assert_close(loss, sum(losses).detach(), rtol=1e-9, atol=1e-9)
    for got, want in zip(fast.network.parameters(), twin.network.parameters(), strict=True):
        torch.testing.assert_close(got, want, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("which", ["sum", "last"])
def test_prediction_equals_the_reference(make, reference, batch, which: str) -> None:
    method = make("mono-forward", prediction=which)
    method.train_step(*batch)
    with torch.no_grad():
        expected = reference("mono_forward").predict(*weights(method), batch[0], which)
        classes_B = method.predict(method.encode(batch[0]), torch.Generator())
    assert classes_B.tolist() == expected


def test_the_two_predictions_can_differ(make) -> None:
    scores = [torch.tensor([[3.0, 0.0, 0.0]]), torch.tensor([[0.0, 1.0, 0.0]])]
    predictions = [
        int(make("mono-forward", prediction=which).predict(scores, torch.Generator()))
        for which in ("sum", "last")
    ]
    assert predictions == [0, 1]


def test_projections_are_matrices_without_bias(make) -> None:
    method = make("mono-forward")
    units = method.network.units
    assert [tuple(p.weight.shape) for p in method.network.heads] == [(3, units)] * 3
    assert all(p.bias is None for p in method.network.heads)
