"""A denoiser asked at many times says what it says at each by itself."""

import pytest
import torch
from torch import nn

from noprop_core.many_times import TIMES_AT_ONCE, ManyTimes
from noprop_core.packed_linear import PackedLinear

NAMES = ["noprop-ct", "noprop-fm", "adjoint"]
KINDS = ["one-hot", "learned", "prototype"]
TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}
"""Of logits: oneDNN adds up in another order, as does one product for all times."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_at_every_time_it_says_what_the_denoiser_says(make, batch, kind, precision) -> None:
    method = make("noprop-fm", embedding={"kind": kind})
    network = method.network.to(precision).eval()
    t_S = torch.linspace(0, 1, TIMES_AT_ONCE + 3, dtype=precision)
    with torch.no_grad():
        projected_BJ = network.denoiser.project(batch[0].to(precision))
        z_BD = torch.randn(24, network.embedding.dimension, dtype=precision)
        many = ManyTimes(network.denoiser, projected_BJ, t_S)
        for step in (0, 1, TIMES_AT_ONCE + 2, 5):  # back and forth
            expected = network.denoiser.logits(projected_BJ, z_BD, t_S[step])
            torch.testing.assert_close(many.logits(step, z_BD), expected, **TOLERANCE)


@pytest.mark.parametrize("name", NAMES)
def test_after_a_thousand_steps_the_classes_are_the_same(name: str, make, stripes) -> None:
    """From the same noise: logits to 1e-3 of their size, of a trained network."""
    method = make(name, optimizer={"learning_rate": 5e-3}, steps=10)
    method.network.train()
    for start in range(0, 90, 6):
        method.train_step(*stripes.training_batch(torch.arange(start, start + 6)))
    method.config = method.config.model_copy(update={"steps": 1000})
    method.network.eval()
    denoiser = method.network.denoiser
    with torch.no_grad():
        encoded = method.encode(stripes.normalise(stripes.test.images_NCHW))
        now = method.logits(encoded, torch.Generator().manual_seed(0))
        method.at_times = lambda projected_BJ, t_S: (
            lambda step, z_BD: denoiser.logits(projected_BJ, z_BD, t_S[step])
        )
        plainly = method.logits(encoded, torch.Generator().manual_seed(0))
    torch.testing.assert_close(now, plainly, rtol=1e-3, atol=1e-3)
    assert torch.equal(now.argmax(dim=1), plainly.argmax(dim=1))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize("packed", [True, False])
def test_a_packed_layer_is_the_layer(bias: bool, relu: bool, packed: bool, monkeypatch) -> None:
    torch.manual_seed(0)
    layer = nn.Linear(40, 24, bias=bias)
    if not packed:
        monkeypatch.setattr("noprop_core.packed_linear._can_be_packed", lambda weight_OI: False)
    for rows in (1, 7, 50):
        x_NI, more_NO, other_O = torch.randn(rows, 40), torch.randn(rows, 24), torch.randn(24)
        with torch.no_grad():
            ours = PackedLinear(layer, rows, relu=relu)
            expected = layer(x_NI).relu() if relu else layer(x_NI)
            torch.testing.assert_close(ours(x_NI), expected, **TOLERANCE)
            expected = x_NI @ layer.weight.T + more_NO + other_O
            kept = more_NO.clone()
            torch.testing.assert_close(ours.beside(x_NI, more_NO, other_O), expected, **TOLERANCE)
            assert torch.equal(more_NO, kept)
    assert (ours.packed is not None) <= packed
