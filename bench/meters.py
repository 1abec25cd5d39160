"""Peak memory and synchronised time of a run on one device.

The CPU's peak counts bytes of tensors, from torch's own allocation events: the same number each
time, unlike the process's high-water mark. CUDA's comes from torch's caching allocator. Both
count from just before the model is built: model, optimiser state, gradients, activations and
batches, but not the data set.
"""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

# torch's profiler library logs to stderr whenever it starts; it reads this on first use.
os.environ.setdefault("KINETO_LOG_LEVEL", "99")


@dataclass(frozen=True)
class PeakMemory:
    """Peak bytes of tensors, and what counted them."""

    peak_bytes: int
    source: str


def synchronise(device: torch.device) -> None:
    """Wait until the device has done all it was asked to; the CPU always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@contextmanager
def cpu_threads(count: int | None) -> Iterator[None]:
    """Let one operation use `count` threads inside the context; None leaves torch's choice."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def measure_peak(device: torch.device, work: Callable[[], object]) -> PeakMemory:
    """Run `work` once and return the most tensor memory it held at any moment."""
    with _no_garbage_collection():
        return _cuda_peak(device, work) if device.type == "cuda" else _cpu_peak(work)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Keep what is garbage already where it is: freed in between, it would count as negative.

    Collecting it beforehand would do too, and takes longer than the measurement.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _cuda_peak(device: torch.device, work: Callable[[], object]) -> PeakMemory:
    torch.cuda.empty_cache()
    torch.cuda.synchronize(device)
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    work()
    torch.cuda.synchronize(device)
    return PeakMemory(
        torch.cuda.max_memory_allocated(device) - before, "torch.cuda.max_memory_allocated"
    )


def _cpu_peak(work: Callable[[], object]) -> PeakMemory:
    # torch.profiler.profile would do the same, and import half of torch's compiler to do it.
    with torch.autograd.profiler.profile(profile_memory=True) as profile:
        result = work()
        del result
    kineto = profile.kineto_results
    assert kineto is not None
    events = [event for event in kineto.events() if event.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=_start):
        held += event.nbytes()
        peak = max(peak, held)
    return PeakMemory(peak, "torch.profiler allocation events")


def _start(event: object) -> int:
    start_ns: int = event.start_ns()  # type: ignore[attr-defined]
    return start_ns
