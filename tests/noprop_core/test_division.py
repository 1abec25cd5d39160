"""Blocks shared out over processes: the same weights as in one, without any process."""

import pytest
import torch

from noprop_core import registry
from noprop_core.division import UNDIVIDED
from noprop_core.errors import InvalidSetting
from noprop_core.parallel.ranks import Ranks
from noprop_core.parallel.shares import Shares
from noprop_core.parallel.ways import division_of
from noprop_core.training import train_epoch, training

BY_BLOCKS = [name for name in registry.names() if "blocks" in registry.find(name).divides]
SHARES = ([1, 3], [2])
"""Of three blocks, no two consecutive ones together: the order must not matter."""


def trained(method, task, stages, epochs: int = 2) -> dict[str, torch.Tensor]:
    order = torch.Generator().manual_seed(3)
    for _ in range(epochs):
        train_epoch(method, stages, task, task.epoch_indices(17, order))
    return method.network.state_dict()


def of_blocks(method, mine: list[int]) -> set[str]:
    wanted = {id(p) for t in mine for p in method.blocks()[t - 1]}
    return {name for name, p in method.network.named_parameters() if id(p) in wanted}


@pytest.mark.parametrize("name", BY_BLOCKS)
def test_blocks_apart_come_out_as_blocks_in_one_process(name: str, make, stripes) -> None:
    whole_method = make(name)
    whole = trained(whole_method, stripes, whole_method.stages)
    for mine in SHARES:
        method = make(name)
        part = trained(method, stripes, method.stages_of(mine))
        others = of_blocks(method, [t for share in SHARES if share != mine for t in share])
        assert of_blocks(method, mine)
        for key, value in part.items():
            if key in others:
                assert torch.equal(value, make(name).network.state_dict()[key])
            elif key in of_blocks(method, mine) or not key.startswith(("blocks", "0", "1", "2")):
                assert torch.equal(value, whole[key]), key


@pytest.mark.parametrize("order", ["sequential", "interleaved"])
@pytest.mark.parametrize("name", ["noprop-dt", "blocks-without-z"])
def test_the_head_comes_out_alike_in_every_process(name: str, order: str, make, stripes) -> None:
    method = make(name, order=order)
    whole = trained(method, stripes, method.stages)
    for mine in SHARES:
        method = make(name, order=order)
        part = trained(method, stripes, method.stages_of(mine))
        heads = [key for key in whole if key.startswith("head")]
        assert heads
        assert all(torch.equal(part[key], whole[key]) for key in heads)


@pytest.mark.parametrize("name", BY_BLOCKS)
def test_a_step_returns_the_losses_of_its_own_blocks(name: str, make, batch) -> None:
    method = make(name)
    losses = [stage(*batch) for stage in method.stages_of([1, 3])]
    assert torch.cat(losses).shape == (2,)


def test_trained_embeddings_need_blocks_that_learn_together(make) -> None:
    method = make("noprop-dt", embedding={"kind": "learned"})
    with pytest.raises(InvalidSetting, match='order = "together"'):
        method.stages_of([1])


@pytest.mark.parametrize("kind", ["one-hot", "learned"])
def test_blocks_together_take_one_step_down_the_sum_of_their_gradients(
    kind: str, make, batch
) -> None:
    """The shared weights move as the sum of the parts' gradients says; a part adds them up."""
    options = {"order": "together", "embedding": {"kind": kind}}
    whole, parts = make("noprop-dt", **options), [make("noprop-dt", **options) for _ in SHARES]
    whole.stages[0](*batch)
    gradients = []
    for part, mine in zip(parts, SHARES, strict=True):
        part.add_up = lambda shared: gradients.append([p.grad.clone() for p in shared])
        part.stages_of(mine)[0](*batch)
    shared = [*whole.network.head.parameters(), *whole.network.embedding.parameters()]
    for parameter, *grads in zip(shared, *gradients, strict=True):
        torch.testing.assert_close(parameter.grad, sum(grads))


def test_what_can_be_divided_follows_from_what_is_defined() -> None:
    ways = {name: set(registry.find(name).divides) for name in registry.names()}
    assert ways["noprop-dt"] == ways["classifier-ensemble"] == {"blocks"}
    assert ways["backprop"] == {"data", "pipeline"}
    assert ways["classifier"] == {"data"}
    assert ways["backprop-deep"] == set(), "its step is not the gradient of `loss`"


def test_a_part_of_the_chain_is_the_chain(make, batch) -> None:
    method = make("backprop")
    method.network.eval()
    x_BCHW, _ = batch
    with torch.no_grad():
        z_BD = method.pure_noise(len(x_BCHW), torch.Generator().manual_seed(0))
        through = method.part([3])(method.part([1, 2])(z_BD, x_BCHW), x_BCHW)
        assert torch.equal(through, method.run_from(z_BD, method.encode(x_BCHW)))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_every_block_is_trained_once(count: int, make) -> None:
    method = make("noprop-dt", timesteps=5)
    shares = [Shares(method.network, method.blocks(), Ranks(r, count)).mine for r in range(count)]
    assert [t for mine in shares for t in mine] == [1, 2, 3, 4, 5]
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_what_another_rank_trains_takes_no_memory(make) -> None:
    method = make("noprop-dt")
    shares = Shares(method.network, method.blocks(), Ranks(0, 3))
    shares.let_go()
    sizes = [sum(p.numel() for p in block) for block in method.blocks()]
    assert sizes[0] > 0
    assert sizes[1:] == [0, 0]


def test_more_ranks_than_blocks_is_one_clear_line(make) -> None:
    method = make("noprop-dt")
    with pytest.raises(InvalidSetting, match="3 blocks cannot be shared out over 4 ranks"):
        Shares(method.network, method.blocks(), Ranks(0, 4))


def test_one_process_alone_divides_nothing() -> None:
    assert division_of("none", None) is UNDIVIDED
    with pytest.raises(InvalidSetting, match="torchrun"):
        division_of("blocks", None)


def test_the_best_weights_are_kept_by_one_process_only(make, stripes) -> None:
    with pytest.raises(InvalidSetting, match="one process"):
        training(
            make("noprop-dt"),
            stripes,
            make("noprop-dt").streams,
            batch_size=16,
            goes_on=lambda history: False,
            repeats=1,
            keep="best",
            division=division_of("blocks", Ranks(0, 1)),
        )
