"""What a training step holds, in parts: parameters, gradients, optimiser state, activations.

A throwaway model is built and takes a few steps. Everything is counted from just before it is
built: the model and its training, but not the data set.

On the CPU torch's own allocation events are added up in order: the same number each time, unlike
the process's high-water mark. On CUDA the caching allocator is asked before and after each step.
What one steady step holds at its peak beyond what it began with is called activations: tensors
kept for the backward pass, the batch, and what an operation needs meanwhile. Parameters,
gradients and optimiser state that a method keeps between steps are not among them.
"""

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from torch import Tensor
from torch._C._autograd import _disable_profiler, _enable_profiler, _prepare_profiler
from torch._C._profiler import RecordScope
from torch.autograd.profiler import profile, record_function

from bench.measure import card
from noprop_core.method import Method

# torch's profiler library logs to stderr whenever it starts; it reads this on first use.
os.environ.setdefault("KINETO_LOG_LEVEL", "99")

STEADY = "noprop-bench steady step"
"""Name of the mark around a step whose optimiser state and gradients were there before it."""

Step = Callable[[], object]
M = TypeVar("M")


@dataclass(frozen=True)
class MemoryUse:
    """Bytes of tensors: peak, what is held after the last step, most activations of one step.

    `activations_bytes` is None if no step was steady. `reserved_bytes` is what CUDA's caching
    allocator had taken from the device at its peak, all of the process; None on the CPU.
    """

    peak_bytes: int
    held_bytes: int
    activations_bytes: int | None
    reserved_bytes: int | None
    source: str


class _Meter(Protocol):
    def __enter__(self) -> object: ...
    def __exit__(self, *error: object) -> object: ...
    def steady(self) -> AbstractContextManager[object]:
        """Surround one steady step."""

    def use(self) -> MemoryUse:
        """Return what was counted; the context has ended."""


def measure(
    device: torch.device, build: Callable[[], M], passes: Callable[[M], Iterable[Sequence[Step]]]
) -> tuple[M, MemoryUse]:
    """Build something, take every step of its `passes`, and return it and what it held.

    The first step of each pass may create optimiser state and gradients; the others are steady.
    """
    meter = _CudaMeter(device) if device.type == "cuda" else _CpuMeter()
    with _no_garbage_collection():
        with meter:
            built = build()
            for steps in passes(built):
                for number, step in enumerate(steps):
                    with meter.steady() if number else nullcontext():
                        step()
        return built, meter.use()


def held_by(method: Method) -> dict[str, int]:
    """Return the bytes that `method` holds now, by the names of `MemoryParts`.

    Tensors that share storage count once.
    """
    # Stacked blocks' gradients are of the stacked weights, which are no parameters of a block.
    learning = [p for o in method.optimizers for g in o.param_groups for p in g["params"]]
    parameters = [*method.network.parameters(), *learning]
    states = [state for optimizer in method.optimizers for state in optimizer.state.values()]
    return {
        "parameters_bytes": _bytes([*parameters, *method.network.buffers()]),
        "gradients_bytes": _bytes([p.grad for p in parameters if p.grad is not None]),
        "optimizer_bytes": _bytes(
            [value for state in states for value in state.values() if isinstance(value, Tensor)]
        ),
    }


def process_peak_bytes() -> int:
    """Return the process's high-water mark: everything it ever held at once, libraries included."""
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _bytes(tensors: Iterable[Tensor]) -> int:
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
    return sum(storages.values())


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


class _CudaMeter:
    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.peak = self.activations = -1

    def __enter__(self) -> None:
        card.take_workspaces(self.device)
        torch.cuda.empty_cache()
        torch.cuda.synchronize(self.device)
        self.before = torch.cuda.memory_allocated(self.device)
        torch.cuda.reset_peak_memory_stats(self.device)

    def __exit__(self, *error: object) -> None:
        torch.cuda.synchronize(self.device)
        self._note_peak()
        self.held = torch.cuda.memory_allocated(self.device) - self.before

    @contextmanager
    def steady(self) -> Iterator[None]:
        torch.cuda.synchronize(self.device)
        self._note_peak()
        start = torch.cuda.memory_allocated(self.device)
        torch.cuda.reset_peak_memory_stats(self.device)
        yield
        torch.cuda.synchronize(self.device)
        peak = torch.cuda.max_memory_allocated(self.device)
        self.activations = max(self.activations, peak - start)

    def _note_peak(self) -> None:
        peak = torch.cuda.max_memory_allocated(self.device) - self.before
        self.peak = max(self.peak, peak)

    def use(self) -> MemoryUse:
        return MemoryUse(
            peak_bytes=self.peak,
            held_bytes=self.held,
            activations_bytes=self.activations if self.activations >= 0 else None,
            reserved_bytes=torch.cuda.max_memory_reserved(self.device),
            source="torch.cuda.max_memory_allocated",
        )


class _CpuMeter:
    def __init__(self) -> None:
        self.settings = profile(profile_memory=True)

    def __enter__(self) -> None:
        # As `profile` and `torch.profiler` do it, but for one thing: of all that could be noted,
        # allocations and our own marks. To note every operation takes as long as to do it.
        config = self.settings.config()  # type: ignore[no-untyped-call]
        activities = self.settings.kineto_activities
        _prepare_profiler(config, activities)
        _enable_profiler(config, activities, {RecordScope.USER_SCOPE})  # type: ignore[call-arg]

    def __exit__(self, *error: object) -> None:
        self.events = _disable_profiler().events()

    def steady(self) -> AbstractContextManager[object]:
        return record_function(STEADY)

    def use(self) -> MemoryUse:
        # At equal times a step begins before and ends after what is allocated in it.
        moments: list[tuple[int, int, int]] = []
        for event in self.events:
            name = event.name()
            if name == "[memory]":
                change: int = event.nbytes()  # type: ignore[attr-defined]
                moments.append((event.start_ns(), 1, change))
            elif name == STEADY:
                moments.append((event.start_ns(), 0, 0))
                moments.append((event.start_ns() + event.duration_ns(), 2, 0))
        moments.sort(key=lambda moment: moment[:2])
        held = peak = start = 0
        activations, steady = -1, False
        for _, kind, more in moments:
            if kind == 1:
                held += more
                peak = max(peak, held)
            else:
                steady, start = kind == 0, held
            if steady:
                activations = max(activations, held - start)
        return MemoryUse(
            peak_bytes=peak,
            held_bytes=held,
            activations_bytes=activations if activations >= 0 else None,
            reserved_bytes=None,
            source="torch.profiler allocation events",
        )
