"""Adam and AdamW steps that refuse, on the device, to follow a loss that is not finite.

Reading a loss to see whether it is finite makes the host wait for the device at every step.
Instead the flag stays on the device and is handed to torch's fused optimisers, which skip an
update whose `found_inf` is set (the way gradient scaling for half precision does). Once set it
stays set, so from the first bad loss on no weight changes; the loop reads it once per epoch.
"""

from collections.abc import Iterable
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn


class OptimizerConfig(BaseModel):
    """The optimiser of a method; defaults are the paper's for discrete time (Table 3)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

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
        self.tripped = torch.maximum(self.tripped, (~loss.isfinite()).to(torch.float32))


def make_optimizer(
    parameters: Iterable[nn.Parameter], config: OptimizerConfig
) -> torch.optim.Optimizer:
    """Build a fused optimiser; one kernel for all parameters, and it obeys the guard."""
    kinds: dict[str, type[torch.optim.Adam]] = {
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
    }
    return kinds[config.name](
        parameters, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
    )


def guarded_step(optimizer: torch.optim.Optimizer, guard: Guard) -> None:
    """Apply the gradients at hand unless the guard has tripped."""
    optimizer.found_inf = guard.tripped  # type: ignore[attr-defined]
    optimizer.step()
