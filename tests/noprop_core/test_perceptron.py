"""The network the fully connected rivals share with their baseline."""

import pytest
import torch
from torch import nn

from noprop_core.perceptron import Perceptron, PerceptronConfig

RIVALS = ["dfa", "forward-forward", "mono-forward"]


def test_layers_are_of_the_configured_size() -> None:
    config = PerceptronConfig(layers=2, units=100, width=0.5)
    network = Perceptron((3, 4, 5), 7, config, heads=1)
    sizes = [(m.in_features, m.out_features) for m in network.modules() if isinstance(m, nn.Linear)]
    assert sizes == [(60, 48), (48, 48), (48, 7)]


def test_every_hidden_layer_is_followed_by_a_relu() -> None:
    network = Perceptron((1, 2, 2), 3, PerceptronConfig(layers=2, units=8), heads=1)
    x_BCHW = torch.randn(5, 1, 2, 2)
    hidden, (head,) = network.hidden, network.heads
    expected = head(hidden[1](hidden[0](x_BCHW.flatten(1)).clamp(min=0)).clamp(min=0))
    torch.testing.assert_close(network(x_BCHW), expected)


@pytest.mark.parametrize("rival", RIVALS)
@pytest.mark.parametrize("layers", [1, 3])
def test_rivals_start_from_the_hidden_weights_of_the_baseline(make, rival, layers: int) -> None:
    baseline = make("backprop-mlp", layers=layers).network.hidden.state_dict()
    other = make(rival, layers=layers).network.hidden.state_dict()
    assert baseline.keys() == other.keys()
    assert all(torch.equal(baseline[key], other[key]) for key in baseline)


@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize("rival", ["backprop-mlp", *RIVALS])
def test_any_depth_trains_and_every_weight_is_in_one_block(make, batch, rival, layers) -> None:
    method = make(rival, layers=layers)
    assert bool(method.train_step(*batch).isfinite())
    weights = [id(w) for block in method.blocks() for w in block]
    assert sorted(weights) == sorted(id(p) for p in method.network.parameters())
    local = rival in ("forward-forward", "mono-forward")
    assert len(method.blocks()) == layers + (0 if local else 1)


@pytest.mark.parametrize("rival", ["backprop-mlp", *RIVALS])
def test_images_in_either_memory_layout_are_read_alike(make, rival) -> None:
    method = make(rival)
    method.network.eval()
    x_BCHW = torch.randn(4, 3, 4, 8)  # 96 values, as many as an image of the task has
    layouts = (x_BCHW.contiguous(), x_BCHW.contiguous(memory_format=torch.channels_last))
    with torch.no_grad():
        first, second = (method.encode(x) for x in layouts)
    torch.testing.assert_close(first, second)
