"""A throwaway model's first steps: memory peaks and caches fill before the run itself begins."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch

from bench.measure import memory
from bench.records.record import Memory, MemoryParts
from noprop_core import acceleration
from noprop_core.acceleration import steps_of
from noprop_core.datasets.task import Task
from noprop_core.division import UNDIVIDED, Undivided
from noprop_core.method import Method

WARM_UP_STEPS = 2
"""Steps per pass for the throwaway model: the first creates optimiser state, the second is a
step like all others, so peak memory has been reached."""


def warm_up(
    build: Callable[[], Method],
    task: Task,
    batches: Sequence[torch.Tensor],
    device: torch.device,
    division: Undivided = UNDIVIDED,
    cuda_graphs: bool = False,
) -> tuple[Method, Memory, MemoryParts]:
    """Build a model and take its first steps, on the images of `batches`.

    Return the model, the peak and the parts of what it held; the process's own peak is not known.
    Of a divided run it is what this process does and holds. With `cuda_graphs` the steps are taken
    as the run will take them: what graphs keep between steps is held.
    """
    count = WARM_UP_STEPS + (acceleration.WARM_UP_STEPS if cuda_graphs else 0)
    taken = division.batches(tuple(batches[n % len(batches)] for n in range(count)))

    def passes(method: Method) -> Iterator[Sequence[memory.Step]]:
        method.network.train()
        stages, divided = division.stages(method), division is not UNDIVIDED
        steps = steps_of(method, stages, task, cuda_graphs=cuda_graphs, divided=divided)
        for number in range(len(stages)):
            yield [partial(steps, number, indices_B) for indices_B in taken]

    method, use = memory.measure(device, build, passes)
    held = memory.held_by(method)
    parts = MemoryParts(
        **held,
        other_bytes=max(0, use.held_bytes - sum(held.values())),
        activations_bytes=use.activations_bytes,
        reserved_bytes=use.reserved_bytes,
        process_peak_bytes=None,
    )
    return method, Memory(peak_bytes=use.peak_bytes, source=use.source), parts
