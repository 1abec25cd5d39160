"""Zeros and ones by `bernoulli_`, the same bit for bit, in less time.

On the CPU torch asks a distribution for every single value. What it does for one is to draw a
uniform number in float64 and see whether it is below the probability; many drawn at once and then
compared take little more than half the time. On processors of Intel's torch has MKL draw other
numbers: there it is left to torch, as on any other device.
"""

import threading
from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.overrides import has_torch_function

PROBED = 1000
"""Values by which it is seen that both are the same here."""
AT_ONCE = 1 << 16
"""Uniform numbers drawn at once: few enough to stay in a core's cache."""


class _Scratch(threading.local):
    """Where a thread's uniform numbers lie until they are compared.

    The memory is numpy's: like other libraries' workspaces, and like cuBLAS's on CUDA, it is no
    part of what a method is measured to hold.
    """

    def __init__(self) -> None:
        self.numbers_N = torch.from_numpy(np.empty(AT_ONCE))


_scratch = _Scratch()


def mask_like(x: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """Return `torch.empty_like(x).bernoulli_(probability, generator=generator)`, bit for bit.

    Whoever watches torch's functions, as stacked seeds do, sees that very call.
    """
    mask = torch.empty_like(x)
    if has_torch_function((x,)) or x.device.type != "cpu" or not _are_uniform_numbers():
        return mask.bernoulli_(probability, generator=generator)
    _fill(mask, probability, generator)
    return mask


def draw_mask(row: Tensor, probability: float, generator: torch.Generator) -> None:
    """Fill `row` as `row.bernoulli_(probability)` would in the order of its dimensions' strides."""
    row.copy_(mask_like(row, probability, generator))


def _fill(mask: Tensor, probability: float, generator: torch.Generator) -> None:
    """Fill `mask`, which lies without gaps, in the order of memory, as torch does."""
    in_memory_N = mask.as_strided((mask.numel(),), (1,))
    for part_N in torch.split(in_memory_N, AT_ONCE):
        numbers_N = _scratch.numbers_N[: len(part_N)]
        # Compared in place: from bool to float32 is the slower way.
        part_N.copy_(numbers_N.uniform_(generator=generator).lt_(probability))


@cache
def _are_uniform_numbers() -> bool:
    """Return whether torch's masks are, on this processor, what is drawn here."""
    ours, theirs = (torch.Generator().manual_seed(0) for _ in range(2))
    mask, drawn = torch.empty(PROBED), torch.empty(PROBED)
    mask.bernoulli_(0.8, generator=theirs)
    _fill(drawn, 0.8, ours)
    same_state = torch.equal(ours.get_state(), theirs.get_state())
    return same_state and torch.equal(drawn, mask)
