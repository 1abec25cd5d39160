"""Our batch norm is torch's without the counter: outputs, gradients, running statistics."""

import pytest
import torch
from torch import nn

from noprop_core.batch_norm import BatchNorm1d, BatchNorm2d

LAYERS = [
    (BatchNorm1d(6), nn.BatchNorm1d(6), (9, 6)),
    (
        BatchNorm2d(6, eps=1e-4, affine=False),
        nn.BatchNorm2d(6, eps=1e-4, affine=False),
        (4, 6, 3, 5),
    ),
]


@pytest.mark.parametrize(("ours", "theirs", "shape"), LAYERS, ids=["1d", "2d"])
def test_it_is_torch_s_to_the_bit(ours: nn.Module, theirs: nn.Module, shape) -> None:
    source = torch.Generator().manual_seed(0)
    for training in (True, True, False):
        x = torch.randn(shape, generator=source)
        seen = []
        for layer in (ours.train(training), theirs.train(training)):
            layer.zero_grad()
            inputs = x.clone().requires_grad_()
            output = layer(inputs)
            (output * torch.arange(x.numel()).reshape(shape)).sum().backward()
            learnt = [p.grad for p in layer.parameters()]
            seen.append([output, inputs.grad, *learnt, layer.running_mean, layer.running_var])
        assert all(map(torch.equal, *seen))


@pytest.mark.parametrize(("ours", "theirs", "shape"), LAYERS, ids=["1d", "2d"])
def test_it_keeps_what_torch_keeps_but_for_the_counter(ours, theirs, shape) -> None:
    kept = theirs.state_dict()
    assert int(kept.pop("num_batches_tracked")) >= 0
    assert ours.state_dict().keys() == kept.keys()
    ours.load_state_dict(dict(kept))  # without torch's notes of versions, too


def test_a_batch_without_variance_is_refused() -> None:
    with pytest.raises(ValueError, match="more than one value per feature"):
        BatchNorm1d(3)(torch.ones(1, 3))
    BatchNorm1d(3).eval()(torch.ones(1, 3))
