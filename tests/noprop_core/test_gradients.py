"""Norms of gradients are those of a plain computation, and looking at them changes nothing."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from noprop_core import registry
from noprop_core.errors import InvalidSetting
from noprop_core.gradients import gradient_norms
from noprop_core.training import GradientsSeen, training

NAMES = registry.names()
STACKED = {"order": "together", "block_execution": "stacked"}


def run(method, task, *, epochs: int = 2, gradient_norms: bool):
    return list(
        training(
            method,
            task,
            method.streams,
            batch_size=16,
            goes_on=lambda history: len(history) < epochs,
            repeats=2,
            gradient_norms=gradient_norms,
        )
    )


@pytest.mark.parametrize("name", NAMES)
def test_looking_changes_no_weight_no_loss_and_no_noise(name: str, make, stripes) -> None:
    looking, plain = make(name), make(name)
    seen = run(looking, stripes, gradient_norms=True)
    norms = [event for event in seen if isinstance(event, GradientsSeen)]
    rest = [event for event in seen if not isinstance(event, GradientsSeen)]
    assert rest == run(plain, stripes, gradient_norms=False)
    ours, theirs = looking.network.state_dict(), plain.network.state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    assert len(norms) == 2
    assert all(len(event.norms) == len(plain.blocks()) for event in norms)
    assert all(norm is not None and norm > 0 for event in norms for norm in event.norms)


def test_stacked_blocks_are_looked_at_one_by_one(make, stripes) -> None:
    """Their weights are parts of common parameters, which alone have gradients."""
    stacked, plain = make("noprop-dt", **STACKED), make("noprop-dt", order="together")
    x_BCHW, y_B = stripes.training_batch(torch.arange(16))
    ours = gradient_norms(stacked, stacked.stages, x_BCHW, y_B)
    theirs = gradient_norms(plain, plain.stages, x_BCHW, y_B)
    assert len(ours) == 3
    assert ours == pytest.approx(theirs, rel=1e-5)


def plain_norms(losses, blocks) -> list[float]:
    """Return each block's norm by autograd alone: of one loss, or of a loss per block."""
    norms = []
    for number, block in enumerate(blocks):
        loss = losses[number] if isinstance(losses, list) else losses
        gradients = torch.autograd.grad(loss, block, retain_graph=True)
        norms.append(sum(float(g.double().square().sum()) for g in gradients) ** 0.5)
    return norms


def test_they_agree_with_a_plain_gradient_through_the_chain(make, stripes) -> None:
    looked_at, plain = make("backprop"), make("backprop")
    x_BCHW, y_B = stripes.training_batch(torch.arange(16))
    plain.network.train()
    z_BD = plain.pure_noise(len(y_B), plain.noise)
    gates_T = torch.tanh(plain.network.get_parameter("gates_T"))
    for t in range(1, 4):
        said_BK = plain.block(t)(x_BCHW, z_BD).softmax(dim=1)
        estimate_BD = said_BK @ plain.network.embedding.weight_KD
        z_BD = (1 - gates_T[t - 1]) * z_BD + gates_T[t - 1] * estimate_BD
    loss = cross_entropy(plain.class_logits(z_BD), y_B)
    expected = plain_norms(loss, plain.blocks())
    assert gradient_norms(looked_at, looked_at.stages, x_BCHW, y_B) == pytest.approx(
        expected, rel=1e-6
    )


def test_they_agree_with_a_plain_gradient_of_every_block_s_loss(make, stripes) -> None:
    looked_at, plain = make("noprop-dt"), make("noprop-dt")
    x_BCHW, y_B = stripes.training_batch(torch.arange(16))
    plain.network.train()
    losses = [plain.block_loss(t, x_BCHW, y_B) for t in (1, 2, 3)]
    expected = plain_norms(losses, plain.blocks())
    assert gradient_norms(looked_at, looked_at.stages, x_BCHW, y_B) == pytest.approx(
        expected, rel=1e-6
    )


def test_a_tripped_guard_and_gradients_at_hand_stay(make, stripes) -> None:
    method = make("classifier")
    batch = stripes.training_batch(torch.arange(16))
    method.train_step(*batch)
    before = [parameter.grad for parameter in method.network.parameters()]
    method.guard.tripped.fill_(1.0)
    gradient_norms(method, method.stages, *batch)
    assert float(method.guard.tripped) == 1.0
    assert all(p.grad is g for p, g in zip(method.network.parameters(), before, strict=True))


def test_a_gradient_that_is_not_finite_has_no_norm(make, stripes) -> None:
    method = make("backprop")
    x_BCHW, y_B = stripes.training_batch(torch.arange(16))
    norms = gradient_norms(method, method.stages, x_BCHW * float("inf"), y_B)
    assert norms == [None] * 3
    assert all(bool(p.isfinite().all()) for p in method.network.parameters())


def test_a_divided_run_is_refused(make, stripes) -> None:
    from noprop_core.division import Undivided

    method = make("backprop")
    with pytest.raises(InvalidSetting, match="gradient_norms needs all blocks"):
        training(
            method,
            stripes,
            method.streams,
            batch_size=16,
            goes_on=lambda history: False,
            repeats=1,
            division=Undivided(),
            gradient_norms=True,
        )
