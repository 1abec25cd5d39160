"""A denoiser asked at many times says what it says at each by itself."""

import math

import pytest
import torch

from noprop_core import packed_linear
from noprop_core.many_times import TIMES_AT_ONCE, ManyTimes

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


@pytest.mark.parametrize(
    ("packed_from", "few"), [(0, 0), (math.inf, 0), (0, 1000)], ids=["packed", "rows", "columns"]
)
@pytest.mark.parametrize("name", NAMES)
def test_after_a_thousand_steps_the_classes_are_the_same(
    name: str, packed_from: float, few: int, make, stripes, monkeypatch
) -> None:
    """From the same noise: logits to 1e-3 of their size, of a trained network."""
    if packed_from == few == 0 and not torch.backends.mkldnn.is_available():
        pytest.skip("this torch has no oneDNN")
    monkeypatch.setattr(packed_linear, "_packed_from", lambda: packed_from)
    monkeypatch.setattr(packed_linear, "FEW", few)
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
