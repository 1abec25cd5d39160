"""Integrating dz/dt = v(z, t) from t = 0 to 1 on an even grid, by torchdiffeq.

But for Euler's method in inference: torchdiffeq compares times on the host in every step, so that
the host waits for the device a thousand times.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor
from torchdiffeq import odeint, odeint_adjoint

Solver = Literal["euler", "midpoint", "rk4"]

ORDER: dict[Solver, int] = {"euler": 1, "midpoint": 2, "rk4": 4}
"""The error at t = 1 falls with this power of the number of steps."""

Field = Callable[[Tensor, Tensor], Tensor]
"""v(t, z): a scalar time and a state."""


def integrate(field: Field, z: Tensor, solver: Solver, steps: int) -> Tensor:
    """Return z at t = 1 from `z` at t = 0 in `steps` equal steps."""
    times = torch.tensor([0.0, 1.0], dtype=z.dtype, device=z.device)
    path: Tensor = odeint(field, z, times, method=solver, options=_even(steps))
    return path[-1]


def euler(field: Callable[[int, Tensor], Tensor], z: Tensor, times_S: Tensor) -> Tensor:
    """Return z at the last of `times_S` from `z` at the first, one step to each time in between.

    `field` is v at time number `step`: of `(step, z)`. The steps are torchdiffeq's bit for bit, and
    none makes the host wait for the device.
    """
    for step, length in enumerate(times_S.diff().unbind()):
        z = z + length * field(step, z)
    return z


def integrate_adjoint(
    field: Field, z: Tensor, solver: Solver, steps: int, parameters: Sequence[Tensor]
) -> Tensor:
    """Do as `integrate` does; the backward pass integrates the adjoint equation back to t = 0.

    Its memory does not grow with `steps`: no state in between is kept (Chen et al. 2018). The
    gradient reaches `z` and the `parameters` that `field` depends on, and nothing else.
    """
    times = torch.tensor([0.0, 1.0], dtype=z.dtype, device=z.device)
    path: Tensor = odeint_adjoint(
        field, z, times, method=solver, options=_even(steps), adjoint_params=tuple(parameters)
    )
    return path[-1]


def _even(steps: int) -> dict[str, Any]:
    def grid(field: Field, z: Tensor, times: Tensor) -> Tensor:
        # Forward from 0 to 1 and, for the adjoint, from 1 to 0. `step_size` would add a step
        # where 1 / steps is not a binary fraction.
        fraction = torch.linspace(0, 1, steps + 1, dtype=times.dtype, device=times.device)
        return torch.lerp(times[0], times[-1], fraction)

    return {"grid_constructor": grid}
