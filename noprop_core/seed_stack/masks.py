"""Zeros and ones by `bernoulli_`, the same bit for bit, in less time.

On the CPU torch asks a distribution for every single value. What it does for one is to draw a
uniform number in float64 and see whether it is below the probability; drawn all at once and then
compared, that takes less time. On processors of Intel's torch has MKL draw other numbers:
there it is left to torch, as on any other device.
"""

from functools import cache

import torch
from torch import Tensor

PROBED = 1000
"""Values by which it is seen that both are the same here."""


def draw_mask(row: Tensor, probability: float, generator: torch.Generator) -> None:
    """Fill `row` as `row.bernoulli_(probability)` would in the order of its dimensions' strides."""
    if not (row.device.type == "cpu" and _are_uniform_numbers()):
        row.copy_(torch.empty_like(row).bernoulli_(probability, generator=generator))
        return
    row.copy_(_by_uniform_numbers(row, probability, generator))


def _by_uniform_numbers(like: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    drawn = torch.empty_like(like, dtype=torch.float64).uniform_(generator=generator)
    return drawn.lt_(probability)  # in place: from bool to float32 is the slower way


@cache
def _are_uniform_numbers() -> bool:
    """Return whether torch's masks are, on this processor, what is drawn here."""
    ours, theirs = (torch.Generator().manual_seed(0) for _ in range(2))
    mask = torch.empty(PROBED).bernoulli_(0.8, generator=theirs)
    drawn = _by_uniform_numbers(mask, 0.8, ours)
    same_state = torch.equal(ours.get_state(), theirs.get_state())
    return same_state and torch.equal(drawn, mask.double())
