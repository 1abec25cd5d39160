"""DiffusionBlocks against its formulas: slices, preconditioning, loss, Euler."""

import math
from itertools import pairwise

import pytest
import torch
from pydantic import ValidationError
from torch.nn.functional import cross_entropy

from noprop_core.methods.diffusion_blocks import DiffusionBlocksConfig


def probability(sigma: float) -> float:
    return 0.5 * (1 + math.erf((math.log(sigma) + 1.2) / (1.2 * math.sqrt(2))))


def test_slices_have_equal_probability_and_overlap_by_a_tenth(make) -> None:
    method = make("diffusion-blocks", timesteps=4)
    assert method.levels[0] == pytest.approx(80, rel=1e-4)
    assert method.levels[-1] == pytest.approx(0.002, rel=1e-4)
    shares = [probability(a) - probability(b) for a, b in pairwise(method.levels)]
    assert shares == pytest.approx([shares[0]] * 4, rel=1e-6)
    for (low, high), (above, below) in zip(method.slices, pairwise(method.levels), strict=True):
        inner = high - low - shares[0]
        edges = (probability(80) - high < 1e-9) + (low - probability(0.002) < 1e-9)
        assert inner == pytest.approx((2 - edges) * 0.1 * shares[0], rel=1e-5)
        assert low <= probability(below) < probability(above) <= high + 1e-12


@pytest.mark.parametrize(
    "options",
    [
        {"sigma_max": 1e-12},
        {"sigma_min": 80.0},
        {"sigma_min": 1e-300},
        {"p_mean": 1e9},
        {"p_mean": 1e300},
        {"p_std": 1e300},
        {"p_std": 5e-324},
        {"sigma_max": 1e9},
        {"sigma_max": 1e300},
    ],
)
def test_noise_levels_that_cannot_be_sliced_are_refused(options) -> None:
    """Slices without probability would end in a division by zero, or in infinite noise."""
    with pytest.raises(ValidationError, match=r"p_mean .* must have something below sigma_min"):
        DiffusionBlocksConfig.model_validate(options)


def test_noise_levels_of_a_block_are_log_normal_within_its_slice(make) -> None:
    method = make("diffusion-blocks", timesteps=3)
    for t in (1, 2, 3):
        sigma = method.draw_levels(t, 20_000).flatten().double()
        low, high = method.slices[t - 1]
        share = torch.tensor([(probability(float(s)) - low) / (high - low) for s in sigma])
        assert -1e-4 < float(share.min()) <= float(share.max()) < 1 + 1e-4
        assert float(share.mean()) == pytest.approx(0.5, abs=0.015)
        assert float(share.std()) == pytest.approx(12**-0.5, abs=0.01)


def test_the_loss_is_that_of_edm(make, batch) -> None:
    pair = [make("diffusion-blocks", embedding={"kind": "learned", "dimension": 5}) for _ in "ab"]
    for method in pair:
        method.network.double().eval()
        method.draw_levels = lambda t, n: torch.linspace(0.1, 3, n, dtype=torch.float64)[:, None]
    method, twin = pair
    x_BCHW, y_B = batch[0].double(), batch[1]
    loss = method.train_block(2, x_BCHW, y_B)

    weight = twin.network.embedding.weight_KD
    rows = weight / weight.norm(dim=1, keepdim=True)
    u, source, data = rows[y_B], twin.block_noise[1], 0.5
    noise, fresh = (torch.empty_like(u).normal_(generator=source) for _ in range(2))
    total = torch.zeros((), dtype=torch.float64)
    for i, sigma in enumerate(torch.linspace(0.1, 3, 24, dtype=torch.float64)):
        z = u[i] + sigma * noise[i]
        c_skip = data**2 / (sigma**2 + data**2)
        c_out = sigma * data / (sigma**2 + data**2).sqrt()
        c_in = 1 / (sigma**2 + data**2).sqrt()
        raw = twin.block(2)(x_BCHW[i : i + 1], (c_in * z)[None])[0] @ rows
        weighing = (sigma**2 + data**2) / (sigma * data) ** 2
        total = total + weighing * ((c_skip * z + c_out * raw - u[i]) ** 2).sum() / 24
    head = cross_entropy(twin.network.head.linear(u + 0.002 * fresh), y_B)
    expected = total + head
    torch.testing.assert_close(loss, expected.detach(), rtol=1e-9, atol=0)
    expected.backward()
    for name, parameter in twin.network.named_parameters():
        if parameter.grad is not None:
            got = method.network.get_parameter(name).grad
            torch.testing.assert_close(got, parameter.grad, rtol=1e-6, atol=1e-9)


def test_euler_with_a_perfect_denoiser_arrives_at_the_label(make) -> None:
    method = make("diffusion-blocks", timesteps=6)
    u_BD = torch.eye(3)[torch.arange(60) % 3]
    method.denoised = lambda t, features, z_BD, sigma: u_BD
    encoded = [torch.zeros(60, 1)] * 6
    classes = method.predict(encoded, torch.Generator().manual_seed(0))
    assert torch.equal(classes, torch.arange(60) % 3)


def test_every_block_takes_its_turn_with_every_batch(make, stripes) -> None:
    method, seen = make("diffusion-blocks"), []
    method.train_block = lambda t, x, y: seen.append((t, int(y.sum()))) or torch.zeros(())
    for stage in method.stages:
        for start in range(4):
            stage(torch.zeros(2), torch.tensor([start, 0]))
    assert sorted(seen) == sorted((t, batch) for t in (1, 2, 3) for batch in range(4))
    assert [t for t, _ in seen[:4]] == [1, 2, 3, 1]


@pytest.mark.parametrize("trained", [1, 3])
def test_a_block_s_step_leaves_every_other_bit_identical(make, batch, trained: int) -> None:
    method = make("diffusion-blocks")
    for t in (1, 2, 3):
        method.train_block(t, *batch)
    before = [[w.clone() for w in block.state_dict().values()] for block in method.network.blocks]
    method.train_block(trained, *batch)
    for t, block in enumerate(method.network.blocks, start=1):
        now = block.state_dict().values()
        same = all(torch.equal(a, b) for a, b in zip(before[t - 1], now, strict=True))
        assert same == (t != trained)
