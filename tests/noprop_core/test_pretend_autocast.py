"""bfloat16 on the pretend device: every method trains so, by the rules that CUDA's autocast has."""

from collections.abc import Callable

import pytest
import torch
from on_both_devices import BATCH, Outcome, run_on, small_task
from pretend_device import DEVICE, on_pretend_device, on_the_cpu
from torch import nn
from torch.nn.functional import cross_entropy

from noprop_core import batch_norm, registry
from noprop_core.batch_norm import BatchNorm1d
from noprop_core.method import Method
from noprop_core.numerics import Numerics, autocast, numerics

pytestmark = pytest.mark.pretend

BF16 = Numerics("bf16")


@pytest.fixture
def normalised(monkeypatch) -> list[tuple[torch.dtype, ...]]:
    """Return the types of what batch norm is given, call by call: images, then all else."""
    seen = []
    real = torch.batch_norm

    def noted(x, *others):
        held = [t.dtype for t in others if isinstance(t, torch.Tensor)]
        seen.append((x.dtype, *held))
        return real(x, *others)

    monkeypatch.setattr(batch_norm.torch, "batch_norm", noted)
    return seen


def in_bf16(build: Callable[..., Method], **options) -> tuple[Outcome, Method, Numerics]:
    """Run on the device; no step but of methods that say so makes the host wait."""
    made: list[Method] = []
    with on_pretend_device() as host:
        task = small_task(DEVICE)
        with numerics(task.device, "bf16", None) as asked, autocast(task.device, asked):
            outcome = run_on(task, lambda t: made.append(build(t)) or made[0], host)
        return outcome, made[0], asked


@pytest.mark.parametrize("name", registry.names())
def test_every_method_trains_so_and_keeps_what_it_learns_in_float32(name, make, normalised):
    few = {"steps": 2} if "steps" in registry.find(name).Config.model_fields else {}

    def build(task):
        return make(name, task=task, timesteps=2, **few)

    exact = run_on(small_task(), build)
    normalised.clear()
    rounded, method, asked = in_bf16(build)
    assert asked.fell_back == []
    assert rounded.numbers[0] == pytest.approx(exact.numbers[0], rel=0.1)
    assert rounded.numbers[0] != exact.numbers[0]
    with_norm = any(
        isinstance(m, nn.modules.batchnorm._BatchNorm) for m in method.network.modules()
    )
    assert bool(normalised) is with_norm
    assert all(set(held) <= {torch.float32} for _, *held in normalised)
    kept = [s["exp_avg"] for o in method.optimizers for s in o.state.values()]
    gradients = [p.grad for p in method.network.parameters() if p.grad is not None]
    for value in (*rounded.weights.values(), *kept, *gradients):
        assert value.dtype != torch.bfloat16


def test_batch_norm_s_statistics_are_float32_s_of_what_is_in_bfloat16() -> None:
    torch.manual_seed(0)
    x_BF, norm, layer = torch.randn(64, 8), BatchNorm1d(4), nn.Linear(8, 4)
    with on_pretend_device():
        norm, layer = norm.to(DEVICE), layer.to(DEVICE)
        with autocast(torch.device(DEVICE), BF16):
            said_BF = layer(x_BF.to(DEVICE))
            norm(said_BF)
        mean_F = on_the_cpu(norm.running_mean)
        said_BF = on_the_cpu(said_BF)
    assert said_BF.dtype == torch.bfloat16
    assert mean_F.dtype == torch.float32
    torch.testing.assert_close(mean_F, said_BF.float().mean(dim=0) * 0.1, rtol=1e-5, atol=1e-6)


def test_a_product_is_rounded_and_a_loss_is_not() -> None:
    with on_pretend_device():
        x_BF = torch.ones(3, 4).to(DEVICE)
        with autocast(torch.device(DEVICE), BF16):
            logits_BK = x_BF @ x_BF.T
            loss = cross_entropy(logits_BK, torch.tensor([0, 1, 2], device=DEVICE))
            found = (logits_BK.dtype, loss.dtype, logits_BK.exp().dtype, logits_BK.sum().dtype)
            kept = (x_BF.double() @ x_BF.double().T).dtype, (logits_BK + 1).dtype
        outside = (x_BF @ x_BF.T).dtype
    assert found == (torch.bfloat16, torch.float32, torch.float32, torch.float32)
    assert kept == (torch.double, torch.bfloat16)
    assert outside == torch.float32


def test_a_wait_is_caught_under_autocast_too() -> None:
    with on_pretend_device() as host, autocast(torch.device(DEVICE), BF16):
        x_BF = torch.ones(BATCH, 4).to(DEVICE)
        with host.must_not_wait(), pytest.raises(RuntimeError, match="the host waits"):
            float((x_BF @ x_BF.T).sum())
