"""Memory that a step frees stays with the process for the next one.

The C library gives the top of its heap back to the system as soon as a little more than the largest
block that it ever freed is free there, and the system clears it anew, page by page, at the next
step. A stack's tensors are as many times as large as it has seeds, so that every step passes that
mark: of the steps of 16 seeds it took 2 to 15 % of the time.
"""

import torch

LARGEST_BLOCK = 31 * 2**20
"""Bytes; the largest that glibc learns from is 32 MiB. Never touched, so that it costs nothing."""


def keep_freed_memory(device: torch.device) -> None:
    """Teach the C library of this process that blocks of this size come and go.

    In glibc the threshold is twice the largest block that was freed (mallopt(3), on dynamic
    adjustment); other libraries learn nothing from it, and lose nothing.
    """
    if device.type == "cpu":
        torch.empty(LARGEST_BLOCK, dtype=torch.uint8)
