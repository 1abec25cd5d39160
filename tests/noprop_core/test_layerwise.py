"""A loss per layer: no gradient crosses a layer, and one optimiser is as many."""

import pytest
import torch

from noprop_core import registry
from noprop_core.layerwise import LayerwiseMethod
from noprop_core.training import train_epoch

NAMES = [
    name for name, method in registry.built_in().items() if issubclass(method, LayerwiseMethod)
]


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def copies(blocks) -> list[list[torch.Tensor]]:
    return [[weight.detach().clone() for weight in block] for block in blocks]


def equal(first: list[torch.Tensor], second: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_the_rivals_with_local_losses_are_here() -> None:
    assert NAMES == ["cafo", "forward-forward", "local-pred", "local-predsim", "mono-forward"]


def test_every_layer_learns_and_no_weight_is_outside_a_block(name: str, make, batch) -> None:
    method = make(name)
    weights = [id(w) for block in method.blocks() for w in block]
    assert sorted(weights) == sorted(id(p) for p in method.network.parameters() if p.requires_grad)
    before = copies(method.blocks())
    for _ in range(2):  # with classifiers started at zero, layers learn from the second step on
        method.train_step(*batch)
    assert not any(map(equal, before, copies(method.blocks())))


@pytest.mark.parametrize("changed", [1, 2])
def test_no_layer_notices_what_a_later_layer_weighs(name: str, make, batch, changed: int) -> None:
    left, right = make(name), make(name)
    with torch.no_grad():
        for weight in right.blocks()[changed]:
            weight.add_(0.1)
    for method in (left, right):
        for _ in range(3):
            method.train_step(*batch)
    same = list(map(equal, copies(left.blocks()), copies(right.blocks())))
    assert same[:changed] == [True] * changed
    assert not same[changed]


def test_a_loss_has_gradients_at_its_own_layer_alone(name: str, make, batch) -> None:
    method = make(name)
    method.train_step(*batch)
    method.network.zero_grad()
    for index, loss in enumerate(method.layer_losses(*batch)):
        loss.backward()
        reached = [any(w.grad is not None for w in block) for block in method.blocks()]
        assert reached == [i == index for i in range(len(reached))]
        method.network.zero_grad()


def test_one_optimiser_over_all_layers_equals_one_per_layer(name: str, make, stripes) -> None:
    one, many = make(name), make(name)
    optimizers = [many.make_optimizer(torch.nn.ParameterList(b)) for b in many.blocks()]

    def train_layer_by_layer(x_BCHW, y_B):
        losses = many.layer_losses(x_BCHW, y_B)
        total = torch.zeros(())
        for loss, optimizer in zip(losses, optimizers, strict=True):
            total = total + many.minimise(loss, optimizer)
        return total

    many.train_step = train_layer_by_layer
    losses = []
    for method in (one, many):
        order = torch.Generator().manual_seed(0)
        losses.append(train_epoch(method, method.stages, stripes, stripes.epoch_indices(16, order)))
    assert equal(*losses)
    assert all(map(equal, copies(one.blocks()), copies(many.blocks())))


def test_the_step_returns_the_sum_of_the_losses(name: str, make, batch) -> None:
    method, twin = make(name), make(name)
    expected = sum(loss.detach() for loss in twin.layer_losses(*batch))
    torch.testing.assert_close(method.train_step(*batch), expected)


def test_controls_are_the_first_and_the_last_layer(name: str, make, batch) -> None:
    method = make(name)
    method.network.eval()
    with torch.no_grad():
        encoded = method.encode(batch[0])
    controls = method.controls(encoded, torch.Generator())
    assert torch.equal(controls["first block alone"], encoded[0].argmax(dim=1))
    assert torch.equal(controls["last block alone"], encoded[-1].argmax(dim=1))
    assert len(encoded) == len(method.blocks())
