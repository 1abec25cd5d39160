"""Adam and AdamW steps that refuse, on the device, to follow a loss that is not finite.

Reading a loss to see whether it is finite makes the host wait for the device at every step.
Instead the flag stays on the device and is handed to torch's fused optimisers, which skip an
update whose `found_inf` is set (the way gradient scaling for half precision does). Once set it
stays set, so from the first bad loss on no weight changes; the loop reads it once per epoch.

The optimisers are torch's, without the decorators that prepare them for `torch.compile`: those
import the whole compiler when the first optimiser is made, and nothing here is compiled. Beneath
them lie the same functions, so the numbers are the same bit for bit. Importing it once for all
cells, beside everything else, made two seeds of the study `quick` take 61.7 s instead of 58.1 s
(means of two runs each, in turns, on two idle cores), so it is avoided: here, in
`bench.measure.flops` and in `noprop_core.methods.noprop_shared`.
"""

import inspect
from collections.abc import Iterable
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from noprop_core.options import Options


class OptimizerConfig(Options):
    """The optimiser of a method; defaults are the paper's for discrete time (Table 3)."""

    name: Literal["adam", "adamw"] = Field("adamw", description="adam or adamw")
    learning_rate: float = Field(1e-3, gt=0, description="step size")
    weight_decay: float = Field(1e-3, ge=0, description="L2 (adam) or decoupled (adamw) decay")


class Adam(torch.optim.Adam):
    """Torch's Adam, which leaves the compiler alone."""

    add_param_group = inspect.unwrap(torch.optim.Adam.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.Adam.zero_grad)
    step = torch.no_grad()(inspect.unwrap(torch.optim.Adam.step))


class AdamW(torch.optim.AdamW):
    """Torch's AdamW, which leaves the compiler alone."""

    add_param_group = inspect.unwrap(torch.optim.AdamW.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.AdamW.zero_grad)
    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))


class Guard:
    """Remembers on the device whether any loss so far was not finite."""

    def __init__(self, device: torch.device | str) -> None:
        """Start untripped on `device`."""
        self.tripped = torch.zeros((), device=device)

    def check(self, loss: Tensor) -> None:
        """Trip, for good, if `loss` (a scalar on the device) is not finite. Does not wait."""
        # In place, so that a captured graph of the step sees a trip outside it, and the reverse.
        self.tripped.masked_fill_(~loss.isfinite(), 1.0)


def make_optimizer(
    parameters: Iterable[nn.Parameter], config: OptimizerConfig
) -> torch.optim.Optimizer:
    """Build a fused optimiser; one kernel for all parameters, and it obeys the guard."""
    kind = Adam if config.name == "adam" else AdamW
    return kind(parameters, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True)


def guarded_step(optimizer: torch.optim.Optimizer, guard: Guard) -> None:
    """Apply the gradients at hand unless the guard has tripped."""
    optimizer.found_inf = guard.tripped  # type: ignore[attr-defined]
    optimizer.step()
