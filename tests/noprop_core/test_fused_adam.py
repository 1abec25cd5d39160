"""One call of the kernel is torch's whole step, bit for bit, whoever has a gradient."""

import copy

import pytest
import torch
from torch import nn

from noprop_core.fused_adam import Adam, AdamW

KINDS = {Adam: torch.optim.Adam, AdamW: torch.optim.AdamW}
SETTINGS = {"lr": 0.01, "weight_decay": 0.1, "fused": True}


def network() -> nn.Sequential:
    """Convolutions in the order of memory that methods use, a norm, a layer that is never used."""
    torch.manual_seed(0)
    layers = (nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Conv2d(16, 8, 3), nn.Flatten(), nn.Linear(32, 5))
    made = nn.Sequential(*layers).to(memory_format=torch.channels_last)
    made.register_module("unused", nn.Linear(2, 2))
    return made


def gradients(made: nn.Sequential, seed: int, skipped: int | None = None) -> None:
    source = torch.Generator().manual_seed(seed)
    x_BCHW = torch.randn(7, 3, 6, 6, generator=source).to(memory_format=torch.channels_last)
    made.zero_grad()
    made[4](made[3](made[2](made[1](made[0](x_BCHW))))).square().sum().backward()
    if skipped is not None:
        made[skipped].zero_grad()


def assert_equal(ours, theirs) -> None:
    """Weights and every state are equal; states of the same parameters, with the same names."""
    mine, other = ours.state_dict(), theirs.state_dict()
    assert mine["state"].keys() == other["state"].keys()
    for index, expected in other["state"].items():
        found = mine["state"][index]
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[key], expected[key]) for key in expected)
        assert all(found[key].stride() == expected[key].stride() for key in expected)
    for group, expected in zip(ours.param_groups, theirs.param_groups, strict=True):
        assert all(map(torch.equal, group["params"], expected["params"]))
        assert {k: v for k, v in group.items() if k != "params"} == {
            k: v for k, v in expected.items() if k != "params"
        }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "skipped",
    [[None] * 4, [2, None, None, 4], [None, 4, 4, None], [0, 2, 4, 0]],
    ids=["all", "late", "pause", "turns"],
)
def test_steps_are_torch_s_whoever_has_a_gradient(kind, skipped) -> None:
    mine, other = network(), network()
    ours, theirs = kind(mine.parameters(), **SETTINGS), KINDS[kind](other.parameters(), **SETTINGS)
    for seed, layer in enumerate(skipped):
        for made, optimizer in ((mine, ours), (other, theirs)):
            gradients(made, seed, layer)
            optimizer.step()
        assert_equal(ours, theirs)


def test_each_group_has_settings_of_its_own_which_may_change() -> None:
    pairs = []
    for kind in (AdamW, torch.optim.AdamW):
        made = network()
        groups = [{"params": made[0].parameters()}, {"params": made[4].parameters(), "lr": 0.5}]
        pairs.append((made, kind(groups, **SETTINGS)))
    for seed, rate in enumerate((0.1, 0.01)):
        for made, optimizer in pairs:
            optimizer.param_groups[0]["lr"] = rate
            gradients(made, seed)
            optimizer.step()
        assert_equal(pairs[0][1], pairs[1][1])


def test_numbers_of_both_precisions_learn_side_by_side() -> None:
    pairs = []
    for kind in (Adam, torch.optim.Adam):
        single, double = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3).double())
        single.grad, double.grad = torch.ones(3), torch.ones(3).double()
        pairs.append(kind([single, double], **SETTINGS))
        pairs[-1].step()
    assert_equal(*pairs)


@pytest.mark.parametrize("copied", [False, True], ids=["other memory", "a copy of all"])
def test_parameters_given_other_memory_learn_there(copied) -> None:
    mine, other = network(), network()
    ours, theirs = (
        AdamW(mine.parameters(), **SETTINGS),
        torch.optim.AdamW(other.parameters(), **SETTINGS),
    )
    for seed in range(3):
        for made, optimizer in ((mine, ours), (other, theirs)):
            gradients(made, seed)
            optimizer.step()
        if copied:
            mine, ours = copy.deepcopy((mine, ours))
        for parameter in mine.parameters():
            parameter.data = parameter.data.clone()
        assert_equal(ours, theirs)


def test_its_state_is_torch_s_to_load_and_to_save() -> None:
    mine, other = network(), network()
    ours, theirs = AdamW(mine.parameters(), **SETTINGS), torch.optim.AdamW(mine.parameters())
    gradients(mine, 0)
    ours.step()
    theirs.load_state_dict(copy.deepcopy(ours.state_dict()))
    assert_equal(ours, theirs)
    other.load_state_dict(mine.state_dict())
    again = AdamW(other.parameters(), **SETTINGS)
    again.load_state_dict(copy.deepcopy(ours.state_dict()))
    for made, optimizer in ((mine, ours), (other, again)):
        gradients(made, 1)
        optimizer.step()
    assert_equal(ours, again)


def test_parameters_that_always_learn_together_have_one_counter() -> None:
    made = network()
    optimizer = Adam(made.parameters(), **SETTINGS)
    for seed in range(2):
        gradients(made, seed)
        optimizer.step()
    assert len({id(state["step"]) for state in optimizer.state.values()}) == 1
    gradients(made, 3, skipped=4)
    optimizer.step()
    counts = {float(state["step"]) for state in optimizer.state.values()}
    assert counts == {2.0, 3.0}


def test_a_gradient_in_another_order_of_memory_is_refused() -> None:
    weight = nn.Parameter(torch.ones(2, 3, 4, 4).to(memory_format=torch.channels_last))
    weight.grad = torch.ones(2, 3, 4, 4)
    with pytest.raises(RuntimeError, match=r"strides \(48, 16, 4, 1\), its parameter \(48, 1,"):
        Adam([weight], **SETTINGS).step()


def test_the_order_of_a_single_channel_is_nobody_s_business() -> None:
    weight = nn.Parameter(torch.ones(2, 1, 4, 4).to(memory_format=torch.channels_last))
    weight.grad = torch.ones(2, 1, 4, 4)
    Adam([weight], **SETTINGS).step()
    assert not bool((weight == 1).any())
