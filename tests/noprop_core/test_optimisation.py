"""The optimisers are torch's to the bit, and bring no compiler along."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from noprop_core.optimisation import Guard, OptimizerConfig, guarded_step, make_optimizer

THEIRS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def weights_after(optimizer_of, losses):
    """Train a small layer down each of `losses`, times its output; return weights and state."""
    torch.manual_seed(0)
    layer, guard = nn.Linear(5, 3), Guard("cpu")
    optimizer = optimizer_of(layer.parameters())
    for factor in losses:
        optimizer.zero_grad(set_to_none=True)
        loss = layer(torch.ones(4, 5)).square().sum() * factor
        loss.backward()
        guard.check(loss.detach())
        guarded_step(optimizer, guard)
    moments = [s[k] for s in optimizer.state.values() for k in ("exp_avg", "exp_avg_sq", "step")]
    return [*layer.parameters(), *moments]


@pytest.mark.parametrize("name", THEIRS)
@pytest.mark.parametrize("losses", [[1.0] * 5, [1.0, 2.0, float("nan"), 1.0]], ids=["good", "nan"])
def test_every_step_is_torch_s_to_the_bit(name, losses):
    config = OptimizerConfig(name=name, learning_rate=0.01, weight_decay=0.1)
    settings = {"lr": 0.01, "weight_decay": 0.1, "fused": True}
    ours = weights_after(lambda parameters: make_optimizer(parameters, config), losses)
    theirs = weights_after(lambda parameters: THEIRS[name](parameters, **settings), losses)
    assert len(ours) == len(theirs) == 2 + 2 * 3
    assert all(map(torch.equal, ours, theirs))


@pytest.mark.parametrize("name", THEIRS)
def test_a_step_is_for_profilers_and_hooks_what_torch_s_is(name):
    layer = nn.Linear(2, 2)
    optimizer = make_optimizer(layer.parameters(), OptimizerConfig(name=name))
    assert isinstance(optimizer, THEIRS[name])
    seen = []
    optimizer.register_step_post_hook(lambda *_: seen.append("a step"))
    layer(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    assert seen == ["a step"]


TRAINS = """
import sys, torch
from noprop_core import registry
from noprop_core.datasets import loading
from noprop_core.seeding import Streams
from bench.measure.flops import count_flops
task = loading.load("digits")
for name in sys.argv[1:]:
    method = registry.find(name)
    count_flops(method(method.Config(width=0.25), task, 2, Streams(0)), task, torch.arange(8))
print([name for name in ("torch._dynamo", "sympy") if name in sys.modules])
"""


def test_to_train_imports_neither_a_compiler_nor_its_symbols():
    methods = ["backprop", "noprop-dt", "classifier", "joint-shared", "noprop-shared"]
    done = subprocess.run(
        [sys.executable, "-c", TRAINS, *methods],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"
