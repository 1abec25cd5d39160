"""Synchronised time and threads of a run on one device."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from noprop_core.errors import InvalidSetting


def synchronise(device: torch.device) -> None:
    """Wait until the device has done all it was asked to; the CPU always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@contextmanager
def cpu_threads(count: int | None) -> Iterator[None]:
    """Let one operation use `count` threads inside the context; None leaves torch's choice.

    Raises `InvalidSetting` for a count that torch cannot take.
    """
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(count or before)
    except (RuntimeError, ValueError, OverflowError) as error:
        raise InvalidSetting(f"torch cannot use {count} threads: {error}") from error
    try:
        yield
    finally:
        torch.set_num_threads(before)
