"""Precision and determinism are switched for any method, and what cannot be had is said."""

import os
import warnings

import pytest
import torch
from on_both_devices import BATCH, small_task
from torch import nn

from noprop_core import registry
from noprop_core.batch_norm import BatchNorm1d
from noprop_core.numerics import (
    FIXED,
    WORKSPACE,
    Numerics,
    _switches,
    autocast,
    in_precision,
    noting_what_varies,
    numerics,
    tf32_is_on,
)
from noprop_core.training import read_losses, train_epoch

CPU, CUDA = torch.device("cpu"), torch.device("cuda:0")
BF16 = Numerics("bf16")


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    """Every test leaves torch's switches as they were, and has a card of its own idea."""
    monkeypatch.setenv(WORKSPACE, "")
    monkeypatch.delenv(WORKSPACE)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 0))
    before = _switches()
    yield
    assert _switches() == before


@pytest.mark.parametrize(("precision", "on"), [("fp32", False), ("tf32", True), ("bf16", False)])
def test_on_cuda_products_and_convolutions_run_alike(precision, on) -> None:
    assert tf32_is_on() == (False, True)  # torch's own choice: unlike
    with numerics(CUDA, precision, True) as asked:
        assert tf32_is_on() == (on, on)
        assert (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32) == (on, on)
    assert asked.fell_back == []


def test_what_is_not_asked_for_stays_as_torch_chooses() -> None:
    before = _switches()
    with numerics(CUDA, None, None):
        assert _switches() == before
    for precision in (None, "fp32", "bf16"):
        with numerics(CPU, precision, True):
            assert _switches() == before


def test_deterministic_algorithms_are_asked_for_or_not() -> None:
    for on in (True, False):
        with numerics(CUDA, "fp32", on):
            assert torch.are_deterministic_algorithms_enabled() == on
            assert torch.backends.cudnn.deterministic == on
            assert not torch.backends.cudnn.benchmark
    assert os.environ[WORKSPACE] == FIXED


def test_a_workspace_of_no_fixed_size_is_told(monkeypatch) -> None:
    monkeypatch.setenv(WORKSPACE, ":0:0")
    with numerics(CUDA, "fp32", True) as asked:
        assert asked.fell_back == [f"deterministic: {WORKSPACE} is :0:0, of no fixed size"]


def test_an_exception_brings_the_switches_back_too() -> None:
    with pytest.raises(ZeroDivisionError), numerics(CUDA, "tf32", True):
        raise ZeroDivisionError


def test_what_a_device_cannot_do_is_done_in_float32_and_told(monkeypatch) -> None:
    with numerics(CPU, "tf32", None) as asked:
        assert asked.precision == "fp32"
        assert asked.fell_back == ["precision tf32: no TF32 on device cpu; float32 instead"]
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    for precision in ("tf32", "bf16"):
        with numerics(CUDA, precision, True) as asked:
            assert tf32_is_on() == (False, False)
            assert asked.precision == "fp32"
            (said,) = asked.fell_back
            assert "compute capability is 7.5" in said


def vary_twice_and_warn(asked) -> None:
    with noting_what_varies(asked):
        for _ in range(2):
            torch.zeros(3).put_(torch.tensor([0, 1]), torch.ones(2))
        warnings.warn("of another kind", UserWarning, stacklevel=1)


def test_operations_that_do_not_repeat_are_noted_once_and_other_warnings_go_their_way() -> None:
    with numerics(CUDA, "fp32", True) as asked:
        with pytest.warns(UserWarning, match="of another kind"):
            vary_twice_and_warn(asked)
        (said,) = asked.fell_back
        assert said.startswith("deterministic: put_ does not have a deterministic implementation")
    with numerics(CUDA, "fp32", False) as asked, noting_what_varies(asked):
        torch.zeros(3).put_(torch.tensor([0, 1]), torch.ones(2))
        assert asked.fell_back == []


def test_autocast_computes_products_in_bfloat16_and_keeps_statistics_in_float32() -> None:
    torch.manual_seed(0)
    x_BF, norm, layer = torch.randn(64, 8), BatchNorm1d(4), nn.Linear(8, 4)
    with autocast(CPU, BF16):
        said_BF = layer(x_BF)
        norm(said_BF)
    assert said_BF.dtype == torch.bfloat16
    assert norm.running_mean.dtype == norm.running_var.dtype == torch.float32
    mean_F = said_BF.float().mean(dim=0) * 0.1
    # To float32's rounding, a hundred times finer than that of bfloat16.
    assert torch.allclose(norm.running_mean, mean_F, rtol=1e-5, atol=1e-6)


def test_a_weight_that_changes_within_a_step_is_cast_anew() -> None:
    layer, x_BF = nn.Linear(2, 2), torch.ones(1, 2)
    with autocast(CPU, BF16):
        before = layer(x_BF).detach().clone()
        with torch.no_grad():
            layer.weight.add_(1.0)
        assert torch.allclose(layer(x_BF), before + 2, atol=0.1)


def step_with(precision, name, make):
    with numerics(CPU, precision, None) as asked, autocast(CPU, asked):
        task = small_task()
        method = make(name, task=task, timesteps=2)
        batches = task.epoch_indices(BATCH, torch.Generator().manual_seed(0))
        losses = [read_losses(train_epoch(method, method.stages, task, batches), 1)]
        return losses, method


@pytest.mark.parametrize("name", registry.names())
def test_every_method_trains_in_bfloat16_with_weights_in_float32(name, make) -> None:
    exact, rounded = (step_with(p, name, make) for p in ("fp32", "bf16"))
    assert rounded[0] == pytest.approx(exact[0], rel=0.1)
    for value in rounded[1].network.state_dict().values():
        assert value.dtype != torch.bfloat16
    kept = [s for o in rounded[1].optimizers for s in o.state.values()]
    assert all(s["exp_avg"].dtype == torch.float32 for s in kept)
    pairs = zip(exact[1].network.parameters(), rounded[1].network.parameters(), strict=True)
    assert not all(torch.equal(a, b) for a, b in pairs)


def test_code_that_cannot_do_bfloat16_is_run_in_float32_and_that_is_told() -> None:
    layer, x_BF = nn.Linear(2, 2), torch.ones(1, 2)
    asked = Numerics("bf16")

    def compute():
        return torch.lerp(x_BF, layer(x_BF), 0.5)

    assert in_precision(CPU, asked, compute).dtype == torch.float32
    assert asked.precision == "fp32"
    (said,) = asked.fell_back
    assert said.startswith("precision bf16: expected dtype")
    assert said.endswith("; float32 instead")


def test_other_errors_are_no_matter_of_precision() -> None:
    def fail():
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        in_precision(CPU, Numerics("bf16"), fail)


def test_a_seed_gives_the_same_bits_in_bfloat16_too(make) -> None:
    one, two = (step_with("bf16", "noprop-dt", make)[0] for _ in range(2))
    assert one == two
