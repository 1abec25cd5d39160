"""Memory that a step frees stays with the process for the next one.

The C library gives freed memory back to the system, and the system clears it anew, page by page, at
the next step. When it does so depends on what the process freed before: of backprop's steps at the
paper's size up to 19,000 pages a step in one process, a few hundred in the next, some 5 % of its
time, and of `noprop-dt`'s a tenth of that. Kept, a step costs what the method makes of it.
"""

import ctypes
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

# Of glibc's malloc.h; see mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
NEVER = 2**31 - 1
"""Bytes free at the heap's top beyond which they are given back: the largest that can be said."""


def keep_freed_memory(device: "torch.device") -> None:
    """Have the C library of this process keep what is freed, until the process ends.

    Where the library is not glibc nothing happens; so on a GPU, whose allocator keeps it anyway.
    """
    if device.type == "cpu":
        with suppress(AttributeError, OSError, TypeError):
            library = ctypes.CDLL(None)
            library.mallopt(M_TRIM_THRESHOLD, NEVER)
            library.mallopt(M_MMAP_MAX, 0)  # what has a mapping of its own goes back at once
