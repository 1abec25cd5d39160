"""Convolutions seed by seed are each seed's own, values and gradients, bit for bit."""

import pytest
import torch

from noprop_core.seed_stack import one_by_one
from noprop_core.seed_stack.draws import in_rows, side_by_side
from noprop_core.seed_stack.one_by_one import convolved_one_by_one, is_better_one_by_one

SETTINGS = {"stride": 1, "padding": 1, "dilation": 1, "groups": 1}


def last(tensor: torch.Tensor) -> torch.Tensor:
    """Lay the channels of every seed's images or weights last."""
    return tensor.movedim(2, -1).contiguous().movedim(-1, 2)


@pytest.mark.parametrize("lie", [side_by_side, in_rows])
@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("images_learn", [True, False])
@pytest.mark.parametrize("changed", [{}, {"stride": (2, 1), "padding": (0, 2)}, {"groups": 2}])
def test_each_is_its_seed_s_own(lie, with_bias, images_learn, changed) -> None:
    source = torch.Generator().manual_seed(0)
    settings = SETTINGS | changed
    x = lie(torch.randn(3, 5, 4, 6, 6, generator=source)).requires_grad_(images_learn)
    inputs = 4 // settings["groups"]
    weight = last(torch.randn(3, 8, inputs, 3, 3, generator=source)).requires_grad_()
    bias = torch.randn(3, 8, generator=source).requires_grad_() if with_bias else None
    said = convolved_one_by_one(x, weight, bias, settings)
    sent = torch.randn(said.shape, generator=source)
    said.backward(sent)
    for seed in range(3):
        own_x = in_rows(x.detach())[seed].requires_grad_(images_learn)
        own_weight = weight.detach()[seed].requires_grad_()
        own_bias = None if bias is None else bias.detach()[seed].requires_grad_()
        alone = torch.conv2d(own_x, own_weight, own_bias, **settings)
        assert torch.equal(said[seed], alone)
        alone.backward(in_rows(sent)[seed])
        pairs = [(weight, own_weight)] + [(x, own_x)] * images_learn
        pairs += [] if bias is None or own_bias is None else [(bias, own_bias)]
        for ours, theirs in pairs:
            assert ours.grad is not None
            assert torch.equal(ours.grad[seed], theirs.grad)
    if not images_learn:
        assert x.grad is None


def test_what_is_small_is_computed_in_groups() -> None:
    x = torch.empty(2, 1, 1, 1, 1)
    assert not is_better_one_by_one(x, torch.empty(2, 32, 16, 3, 3), SETTINGS)
    assert is_better_one_by_one(x, torch.empty(2, 64, 32, 3, 3), SETTINGS)
    assert not is_better_one_by_one(x.to("meta"), torch.empty(2, 64, 32, 3, 3), SETTINGS)
    words = SETTINGS | {"padding": "same"}  # is not what the gradient's function takes
    assert not is_better_one_by_one(x, torch.empty(2, 64, 32, 3, 3), words)
    assert one_by_one.LARGE == 32 * 64
