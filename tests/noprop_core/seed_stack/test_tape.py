"""What a tape plays is what the code computes, on whatever numbers, bit for bit."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from noprop_core.seed_stack.tape import record


def numbers(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def network_and_gradients(x: Tensor, y: Tensor) -> list[Tensor | None]:
    """Compute a loss of views, joined and changed in place, and its gradient."""
    weight, unused = WEIGHT, torch.ones(2, requires_grad=True)
    joined = torch.cat((x, y), dim=1) @ weight
    halves = joined.relu_().chunk(2, dim=1)
    normal = functional.batch_norm(halves[0] * halves[1].square(), MEAN, VARIANCE, training=True)
    loss = normal.mul_(y.mean()).square().mean() + joined.view(-1)[3:9].sum()
    found = torch.autograd.grad(loss, (weight, unused), allow_unused=True)
    return [loss.detach(), *found]


WEIGHT = numbers(9, 8, 6).requires_grad_()
MEAN, VARIANCE = torch.zeros(3), torch.ones(3)


def test_playing_is_computing_on_other_numbers() -> None:
    tape, first = record(network_and_gradients, (numbers(0, 7, 5), numbers(1, 7, 3)))
    assert tape is not None
    assert first[2] is None
    for seed in (2, 4, 6):
        given = numbers(seed, 7, 5), numbers(seed + 1, 7, 3)
        MEAN.zero_(), VARIANCE.fill_(1.0)
        expected = network_and_gradients(*given)
        statistics = MEAN.clone(), VARIANCE.clone()
        MEAN.zero_(), VARIANCE.fill_(1.0)
        with torch.no_grad():
            played = tape.play(given)
        assert played[2] is None
        for ours, theirs in zip(played[:2], expected[:2], strict=True):
            assert torch.equal(ours, theirs)
            assert ours.stride() == theirs.stride()
        assert torch.equal(MEAN, statistics[0])
        assert torch.equal(VARIANCE, statistics[1])


def test_weights_are_used_where_they_lie() -> None:
    layer = nn.Linear(4, 2)
    tape, _ = record(lambda x: [layer(x)], (numbers(0, 3, 4),))
    assert tape is not None
    with torch.no_grad():
        layer.weight.mul_(-2)
        assert torch.equal(tape.play((numbers(1, 3, 4),))[0], layer(numbers(1, 3, 4)))


def test_what_is_given_may_be_what_comes_out() -> None:
    x = numbers(0, 3)
    tape, _ = record(lambda x, y: [x, y.detach(), x.view(1, 3)[0]], (x, x.clone()))
    assert tape is not None
    one, other = numbers(1, 3), numbers(2, 3)
    played = tape.play((one, other))
    assert all(map(torch.equal, played, (one, other, one)))


@pytest.mark.parametrize("read", [lambda x: x.sum().item(), lambda x: bool((x > 0).all())])
def test_a_step_that_reads_a_number_is_not_recorded(read) -> None:
    tape, (found,) = record(lambda x: [x + read(x)], (torch.ones(3),))
    assert tape is None
    assert found.shape == (3,)


def test_nothing_is_held_that_a_later_call_does_not_use() -> None:
    """Of a chain of large tensors one or two live at a time, as in the code itself."""

    def chain(x: Tensor) -> list[Tensor]:
        for _ in range(5):
            x = x * 2
        return [x]

    tape, _ = record(chain, (torch.ones(3),))
    assert tape is not None
    assert all(call.dead for call in tape.calls)
