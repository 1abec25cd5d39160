"""What a run's record says of an exception that ended it."""

import torch

from bench.records.record import Status
from noprop_core.errors import Diverged
from noprop_core.words import one_line


def failure_words(error: Exception) -> str:
    """Return what an exception says, on one line of at most 500 characters."""
    return one_line(error, 500)


def status_of(error: Exception) -> Status:
    """Return the outcome that an exception stands for."""
    if isinstance(error, Diverged):
        return "diverged"
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return "out-of-memory"
    # The CPU's allocator has no exception of its own; its words differ between systems.
    cpu = ("not enough memory", "can't allocate memory", "Cannot allocate memory")
    if isinstance(error, RuntimeError) and any(words in str(error) for words in cpu):
        return "out-of-memory"
    return "error"
