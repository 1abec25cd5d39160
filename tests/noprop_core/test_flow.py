"""Solvers: the declared order is the measured one, and the adjoint gives the gradient."""

import math
from itertools import pairwise

import pytest
import torch

from noprop_core.flow import ORDER, euler, integrate, integrate_adjoint

A = torch.tensor([[-0.5, 1.0], [-1.0, -0.2]], dtype=torch.float64)
START = torch.tensor([[1.0, 0.5], [-2.0, 0.3]], dtype=torch.float64)


def linear(t: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    return z @ A.T


@pytest.mark.parametrize("solver", ORDER)
def test_on_a_linear_field_the_error_falls_at_the_declared_order(solver: str) -> None:
    exact = START @ torch.matrix_exp(A).T
    errors = [float((integrate(linear, START, solver, n) - exact).norm()) for n in (16, 32, 64)]
    for coarse, fine in pairwise(errors):
        assert math.log2(coarse / fine) == pytest.approx(ORDER[solver], abs=0.15)


@pytest.mark.parametrize("steps", [1, 3, 7, 10, 1000])
def test_there_are_as_many_steps_as_asked_for_and_all_alike(steps: int) -> None:
    seen = []

    def field(t: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        seen.append(float(t))
        return z

    integrate(field, START.float(), "euler", steps)
    assert seen == pytest.approx([i / steps for i in range(steps)], abs=1e-6)


@pytest.mark.parametrize("steps", [1, 7, 1000])
def test_euler_by_hand_is_torchdiffeq_s_to_the_bit(steps: int) -> None:
    field, start = nonlinear(A.float()), START.float()
    times_S = torch.linspace(0, 1, steps + 1)
    by_hand = euler(lambda step, z: field(times_S[step], z), start, times_S)
    assert torch.equal(by_hand, integrate(field, start, "euler", steps))


def nonlinear(weight: torch.Tensor):
    return lambda t, z: torch.tanh(z @ weight) * (1 + t)


def gradients(solve, solver: str, steps: int) -> list[torch.Tensor]:
    weight, start = A.clone().requires_grad_(), START.clone().requires_grad_()
    extra = () if solve is integrate else ((weight,),)
    solve(nonlinear(weight), start, solver, steps, *extra).pow(3).sum().backward()
    return [weight.grad, start.grad]


@pytest.mark.parametrize("solver", ORDER)
def test_the_adjoint_s_gradient_becomes_that_of_back_propagation(solver: str) -> None:
    errors = []
    for steps in (20, 40):
        both = (gradients(solve, solver, steps) for solve in (integrate, integrate_adjoint))
        pairs = zip(*both, strict=True)
        errors.append([float((exact - got).norm() / exact.norm()) for exact, got in pairs])
    assert max(errors[1]) < 0.05
    for coarse, fine in zip(*errors, strict=True):
        assert math.log2(coarse / fine) == pytest.approx(ORDER[solver], abs=0.5) or fine < 1e-11


def saved_bytes(solve, steps: int) -> int:
    """Count what the forward pass keeps for the backward pass."""
    kept = []

    def keep(x: torch.Tensor) -> torch.Tensor:
        kept.append(x.nelement() * x.element_size())
        return x

    weight = A.clone().requires_grad_()
    extra = () if solve is integrate else ((weight,),)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        solve(nonlinear(weight), START, "euler", steps, *extra)
    return sum(kept)


def test_the_adjoint_keeps_as_much_for_many_steps_as_for_few() -> None:
    assert saved_bytes(integrate_adjoint, 50) == saved_bytes(integrate_adjoint, 5)
    assert saved_bytes(integrate, 50) > 5 * saved_bytes(integrate, 5)
