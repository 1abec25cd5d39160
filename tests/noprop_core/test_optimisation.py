"""Guarded steps are torch's own until a loss is not finite; from then on there are none."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from noprop_core.optimisation import Guard, OptimizerConfig, guarded_step, make_optimizer

THEIRS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
CONFIGS = {
    name: OptimizerConfig(name=name, learning_rate=0.01, weight_decay=0.1) for name in THEIRS
}


def layer_of_ones() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(5, 3)


def loss_of(layer: nn.Linear, factor: float) -> torch.Tensor:
    return layer(torch.ones(4, 5)).square().sum() * factor


def weights_and_state(layer: nn.Linear, optimizer) -> list[torch.Tensor]:
    moments = [s[k] for s in optimizer.state.values() for k in ("exp_avg", "exp_avg_sq", "step")]
    return [*layer.parameters(), *moments]


@pytest.mark.parametrize("name", THEIRS)
@pytest.mark.parametrize("good", [0, 1, 5])
def test_steps_are_torch_s_to_the_bit_up_to_the_first_bad_loss(name: str, good: int) -> None:
    layer, guard = layer_of_ones(), Guard("cpu")
    optimizer = make_optimizer(layer.parameters(), CONFIGS[name])
    for factor in [*[1.0] * good, float("nan"), 1.0]:
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(layer, factor)
        loss.backward()
        guard.check(loss.detach())
        guarded_step(optimizer, guard)
    twin = layer_of_ones()
    theirs = THEIRS[name](twin.parameters(), lr=0.01, weight_decay=0.1, fused=True)
    for _ in range(good):
        theirs.zero_grad(set_to_none=True)
        loss_of(twin, 1.0).backward()
        theirs.step()
    ours = weights_and_state(layer, optimizer)
    if not good:  # torch makes the state in the first step
        assert all(not bool(value.any()) for value in ours[2:])
        ours = ours[:2]
    expected = weights_and_state(twin, theirs)
    assert len(ours) == len(expected)
    assert all(map(torch.equal, ours, expected))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_the_guard_trips_in_place_and_for_good(bad: float) -> None:
    guard = Guard("cpu")
    flag = guard.tripped
    for loss, tripped in ((1.0, 0.0), (bad, 1.0), (1.0, 1.0)):
        guard.check(torch.tensor(loss))
        assert guard.tripped is flag
        assert float(flag) == tripped


TRAINS = """
import sys, torch
from noprop_core import registry
from noprop_core.datasets import loading
from noprop_core.seeding import Streams
from bench.measure.flops import count_flops
task = loading.load("digits")
for name, kind in registry.built_in().items():
    if not kind.waits_for_device:  # adjoint: its solver imports what it likes
        method = kind(kind.Config(width=0.25), task, 2, Streams(0))
        count_flops(method, task, torch.arange(16))
print([name for name in ("torch._dynamo", "sympy") if name in sys.modules])
"""


def test_to_train_imports_neither_a_compiler_nor_its_symbols() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRAINS],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
