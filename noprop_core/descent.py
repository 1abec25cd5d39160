"""A step of training as data: one loss, and the optimisers that go down it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Descent:
    """One gradient of one loss, followed by some of a method's optimisers."""

    loss: Callable[[Tensor, Tensor], Tensor]
    """`(x_BCHW, y_B) -> loss`, a scalar."""
    optimizers: Sequence[torch.optim.Optimizer]
    shown: float = 1.0
    """The step's loss as a stage returns it is `loss` times this."""


Descents = tuple[tuple[Descent, ...], ...]
"""By stage: what a step of it does, one descent after the other."""
