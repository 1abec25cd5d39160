"""Blocks computed as one take the steps that they take one by one."""

import pytest
import torch
from pydantic import ValidationError

from noprop_core.errors import InvalidSetting
from noprop_core.evaluation import accuracies
from noprop_core.methods.noprop_dt import NoPropDTConfig

NAMES = ["noprop-dt", "blocks-without-z"]
ONE_BY_ONE = {"order": "together"}
STACKED = {"order": "together", "block_execution": "stacked"}


def pair(make, name: str, **options):
    return make(name, **ONE_BY_ONE, **options), make(name, **STACKED, **options)


def gradients(method) -> list[torch.Tensor]:
    """Return every parameter's gradient in the blocks' own order, of stacked weights by parts."""
    if method.stacked is None:
        return [p.grad for p in method.network.parameters()]
    found = {}
    blocks, stacked = list(method.network.blocks), method.stacked
    for block in zip(*(list(b.modules()) for b in blocks), strict=True):
        if block[0] in stacked.weights:
            for name, whole in zip(("weight", "bias"), stacked.weights[block[0]], strict=True):
                linear = isinstance(block[0], torch.nn.Linear)
                parts = whole.grad.unbind() if linear else whole.grad.chunk(len(blocks))
                for layer, part in zip(block, parts, strict=True):
                    found[layer.get_parameter(name)] = part
    return [found.get(p, p.grad) for p in method.network.parameters()]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["one-hot", "learned"])
def test_a_step_has_every_block_s_own_gradient(name: str, kind: str, make, batch) -> None:
    methods = pair(make, name, embedding={"kind": kind}, width=0.25)
    losses = []
    for method in methods:
        method.network.train()
        losses.append(method.train_together(*batch))
    torch.testing.assert_close(losses[1], losses[0], rtol=1e-5, atol=0)
    expected, found = map(gradients, methods)
    assert len(expected) > 50
    # A bias before batch norm has no gradient but rounding: to a millionth of the largest.
    largest = max(float(one.abs().max()) for one in expected)
    for one, other in zip(expected, found, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-3, atol=1e-6 * largest)


def test_steps_stay_together_and_so_do_streams_and_statistics(make, stripes) -> None:
    one_by_one, stacked = methods = pair(make, "noprop-dt", optimizer={"learning_rate": 1e-4})
    for method in methods:
        method.network.train()
        for start in range(0, 96, 24):
            method.train_together(*stripes.training_batch(torch.arange(start, start + 24)))
    for ours, theirs in zip(stacked.block_noise, one_by_one.block_noise, strict=True):
        assert torch.equal(ours.get_state(), theirs.get_state())
    ours, theirs = (method.network.state_dict() for method in (stacked, one_by_one))
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        # Adam's first steps are as long as the learning rate whatever the gradient's size: where
        # it is all rounding, the two may go apart by that much a step.
        torch.testing.assert_close(ours[key], expected, rtol=2e-3, atol=4 * 2 * 1e-4)


def test_the_weights_lie_once_and_a_block_by_itself_has_them(make, stripes, batch) -> None:
    method = make("noprop-dt", **STACKED)
    storages = {p.untyped_storage().data_ptr() for p in method.stacked.parameters()}
    held = {p.untyped_storage().data_ptr() for p in method.network.blocks.parameters()}
    assert held == storages
    before = [p.detach().clone() for p in method.network.parameters()]
    method.network.train()
    method.train_together(*batch)
    assert not any(map(torch.equal, before, method.network.parameters()))
    kept = {key: value.clone() for key, value in method.network.state_dict().items()}
    method.train_together(*batch)
    method.network.load_state_dict(kept)
    held = {p.untyped_storage().data_ptr() for p in method.network.blocks.parameters()}
    assert held == storages


def test_it_learns(make, stripes) -> None:
    method = make("noprop-dt", **STACKED, optimizer={"learning_rate": 5e-3})
    method.network.train()
    for _ in range(12):
        for start in range(0, 96, 16):
            method.train_together(*stripes.training_batch(torch.arange(start, start + 16)))
    noise = [torch.Generator().manual_seed(0)]
    assert min(accuracies(method, stripes, stripes.test, noise)[0]) > 0.9


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"order": "interleaved"}, 'needs order = "together", got "interleaved"'),
        (
            {"order": "together", "embedding": {"kind": "prototype"}},
            'needs embedding.kind "one-hot"',
        ),
    ],
)
def test_what_cannot_be_stacked_is_refused_with_the_configuration(options, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        NoPropDTConfig.model_validate({"block_execution": "stacked", **options})


def test_stacked_blocks_are_not_divided_over_processes(make) -> None:
    with pytest.raises(InvalidSetting, match="all blocks in one process"):
        make("noprop-dt", **STACKED).stages_of([1])
