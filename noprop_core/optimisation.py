"""Adam and AdamW steps that refuse, on the device, to follow a loss that is not finite.

Reading a loss to see whether it is finite makes the host wait for the device at every step.
Instead the flag stays on the device and is handed to torch's fused kernels, which skip an
update whose `found_inf` is set (the way gradient scaling for half precision does). Once set it
stays set, so from the first bad loss on no weight changes; the loop reads it once per epoch.
"""

from collections.abc import Iterable
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from noprop_core.fused_adam import Adam, AdamW
from noprop_core.options import Options
from noprop_core.search import Range, Space


class OptimizerConfig(Options):
    """The optimiser of a method; defaults are the paper's for discrete time (Table 3)."""

    searched: ClassVar[Space] = {
        "learning_rate": Range(low=1e-4, high=3e-2, log=True),
        "weight_decay": Range(low=1e-5, high=1e-1, log=True),
    }

    name: Literal["adam", "adamw"] = Field("adamw", description="adam or adamw")
    learning_rate: float = Field(1e-3, gt=0, description="step size")
    weight_decay: float = Field(1e-3, ge=0, description="L2 (adam) or decoupled (adamw) decay")


class Guard:
    """Remembers on the device whether any loss so far was not finite."""

    def __init__(self, device: torch.device | str) -> None:
        """Start untripped on `device`."""
        self.tripped = torch.zeros((), device=device)

    def check(self, loss: Tensor) -> None:
        """Trip, for good, if `loss` (a scalar on the device) is not finite. Does not wait."""
        # x - x is 0 for every finite x and NaN for all others: one operation where `isfinite` takes
        # four. In place, so that a captured graph of the step sees a trip outside it, and the
        # reverse.
        self.tripped.masked_fill_((loss - loss).ne(0), 1.0)


def make_optimizer(
    parameters: Iterable[nn.Parameter], config: OptimizerConfig
) -> torch.optim.Optimizer:
    """Build an optimiser that is one kernel for all parameters, and obeys the guard."""
    kind = Adam if config.name == "adam" else AdamW
    return kind(parameters, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True)


def guarded_step(optimizer: torch.optim.Optimizer, guard: Guard) -> None:
    """Apply the gradients at hand unless the guard has tripped."""
    if isinstance(optimizer, Adam | AdamW):
        optimizer.apply(guard.tripped)
        return
    optimizer.found_inf = guard.tripped  # type: ignore[attr-defined]
    optimizer.step()
