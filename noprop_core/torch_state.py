"""Torch's switches for the whole process, which one method must not set for the next."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

SWITCHES: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_default_device, torch.set_default_device),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    (torch.random.get_rng_state, torch.random.set_rng_state),
)
"""How each is read, and how it is set."""


@contextmanager
def kept_as_it_is() -> Iterator[None]:
    """Set every switch back to what it was at the beginning, whatever was done inside."""
    before = [read() for read, _ in SWITCHES]
    try:
        yield
    finally:
        for (read, write), value in zip(SWITCHES, before, strict=True):
            # A default device, once set, is asked at every call: not set where it is as it was.
            now = read()
            if not (torch.equal(now, value) if isinstance(value, torch.Tensor) else now == value):
                write(value)
