"""The plain fully connected baseline."""

import torch
from torch import nn


def test_training_equals_plain_autograd_over_the_same_layers(make, reference, batch) -> None:
    method, twin = make("backprop-mlp"), make("backprop-mlp")
    method.network.double()
    twin.network.double()
    layers = [*twin.network.hidden, *twin.network.heads]
    weights = [p for layer in layers for p in (layer.weight, layer.bias)]
    optimizer = reference("noprop_dt").PlainAdamW(weights, 1e-3, 1e-3)
    x_BCHW, y_B = batch[0].double(), batch[1]
    for _ in range(3):
        loss = method.train_step(x_BCHW, y_B)
        a = x_BCHW.reshape(len(y_B), -1)
        for layer in layers[:-1]:
            a = torch.relu(a @ layer.weight.T + layer.bias)
        shares = torch.softmax(a @ layers[-1].weight.T + layers[-1].bias, dim=1)
        expected = -torch.log(shares[torch.arange(len(y_B)), y_B]).mean()
        optimizer.step(torch.autograd.grad(expected, weights))
        torch.testing.assert_close(loss, expected.detach(), rtol=1e-9, atol=1e-9)
    for got, want in zip(method.network.parameters(), twin.network.parameters(), strict=True):
        torch.testing.assert_close(got, want, rtol=1e-8, atol=1e-9)


def test_every_layer_learns_and_depends_on_the_later_ones(make, batch) -> None:
    left, right = make("backprop-mlp"), make("backprop-mlp")
    with torch.no_grad():
        right.blocks()[-1][0].mul_(-1)
    for method in (left, right):
        method.train_step(*batch)
    for ours, theirs in zip(left.network.hidden, right.network.hidden, strict=True):
        assert isinstance(ours, nn.Linear)
        assert not torch.equal(ours.weight, theirs.weight)
