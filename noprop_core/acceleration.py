"""How an epoch's steps are taken: one by one as written, or replayed as CUDA graphs.

On a GPU most of a small step is the host's launching its hundreds of kernels. A graph is one launch
of them all. What it freezes, a method must declare that it may: `Method.replayable`. The first
batches of a stage are steps like all others, taken on a stream of their own as capturing wants it;
the next is captured, from fetching the images to the optimiser's step, and replayed from then on,
its images named by a buffer of indices. Batches of another size are taken as written, as is all of
a stage that cannot be captured; `facts` says which.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from noprop_core.datasets.task import Task
from noprop_core.facts import GRAPHS
from noprop_core.method import Method, Stage

WARM_UP_STEPS = 2
"""Steps of a stage before one is captured: optimisers and libraries set themselves up in them."""

Step = Callable[[], Tensor]


@dataclass(frozen=True)
class Captured:
    """A step that can be taken again on the same storages; `loss` is where it leaves its loss."""

    loss: Tensor
    replay: Callable[[], None]


class Capture(Protocol):
    """Whatever can record a step."""

    def warm_up(self, step: Step) -> Tensor:
        """Take a step as it will be captured later; return its loss."""

    def capture(self, step: Step) -> Captured:
        """Take a step and record it. Raises `RuntimeError` if it cannot be recorded."""


class Steps(Protocol):
    """What `noprop_core.training` takes an epoch's steps by."""

    def __call__(self, number: int, indices_B: Tensor) -> Tensor:
        """Take a step of stage `number` on the images `indices_B`; return its loss on the device.

        The loss is the caller's to keep.
        """

    def facts(self) -> Mapping[str, str]:
        """Return, for the record, how the steps were taken, where it was asked for graphs."""


def steps_of(
    method: Method,
    stages: Sequence[Stage],
    task: Task,
    *,
    cuda_graphs: bool = False,
    divided: bool = False,
) -> Steps:
    """Return how steps of `method` are taken: with `cuda_graphs` replayed where they can be.

    `divided`: other processes do a part of the run.
    """
    if not cuda_graphs:
        return StepsAsWritten(stages, task)
    reason = "the run is divided over processes" if divided else why_not(method)
    if reason:
        return StepsAsWritten(stages, task, f"none: {reason}")
    return ReplayedSteps(stages, task, CudaCapture(task.device, method.generators))


def why_not(method: Method) -> str:
    """Return why steps of `method` cannot be graphs; empty if they can, as far as is declared."""
    if method.waits_for_device:
        return "a step makes the host wait"
    if not method.replayable:
        return f"{method.name} does not declare its steps replayable"
    return "" if method.device.type == "cuda" else f"the device is {method.device.type}"


class StepsAsWritten:
    """Every step by calling its stage."""

    def __init__(self, stages: Sequence[Stage], task: Task, said: str = "") -> None:
        """Take steps of `stages`; `said` is for the record."""
        self.stages, self.task, self.said = stages, task, said

    def __call__(self, number: int, indices_B: Tensor) -> Tensor:
        """Take a step."""
        return self.stages[number](*self.task.training_batch(indices_B))

    def facts(self) -> Mapping[str, str]:
        """Return why there are no graphs, where there should have been."""
        return {GRAPHS: self.said} if self.said else {}


@dataclass
class _Recorded:
    """One stage: how many steps it has taken, and what they left."""

    stage: Stage
    indices_B: Tensor | None = None
    warm: int = 0
    captured: Captured | None = None
    failure: str = ""


class ReplayedSteps:
    """Steps of the size of a stage's first batch by replaying one of them, others as written."""

    def __init__(self, stages: Sequence[Stage], task: Task, capture: Capture) -> None:
        """Take steps of `stages`, recorded by `capture`."""
        self.task, self.capture = task, capture
        self.stages = [_Recorded(stage) for stage in stages]
        self.other_sizes = 0

    def __call__(self, number: int, indices_B: Tensor) -> Tensor:
        """Take a step: a warm-up, the one that is captured, a replay, or as written."""
        stage = self.stages[number]
        if stage.indices_B is None:
            stage.indices_B = torch.empty_like(indices_B)
        if indices_B.shape != stage.indices_B.shape:
            self.other_sizes += 1
            return stage.stage(*self.task.training_batch(indices_B))
        if stage.failure:
            return stage.stage(*self.task.training_batch(indices_B))
        stage.indices_B.copy_(indices_B)
        if stage.captured is not None:
            stage.captured.replay()
            return stage.captured.loss.clone()
        return self._not_yet_captured(stage, stage.indices_B)

    def _not_yet_captured(self, stage: _Recorded, indices_B: Tensor) -> Tensor:
        def step() -> Tensor:
            return stage.stage(*self.task.training_batch(indices_B))

        if stage.warm < WARM_UP_STEPS:
            stage.warm += 1
            return self.capture.warm_up(step).clone()
        try:
            stage.captured = self.capture.capture(step)
        except RuntimeError as error:
            stage.failure = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            return step()
        return stage.captured.loss.clone()

    def facts(self) -> Mapping[str, str]:
        """Return how many stages are graphs, and what was taken as written."""
        made = sum(stage.captured is not None for stage in self.stages)
        said = [f"{made} of {len(self.stages)} stages"]
        if self.other_sizes:
            said.append(f"{self.other_sizes} steps of other batch sizes as written")
        failures = dict.fromkeys(stage.failure for stage in self.stages if stage.failure)
        return {GRAPHS: "; ".join([*said, *(f"not captured: {words}" for words in failures)])}


class CudaCapture:
    """Records steps as CUDA graphs that share one pool of memory."""

    def __init__(self, device: torch.device, generators: Sequence[torch.Generator]) -> None:
        """Record on `device`; `generators` are all that the steps draw from."""
        self.generators = generators
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self.pool = torch.cuda.graph_pool_handle()

    def warm_up(self, step: Step) -> Tensor:
        """Take a step on the stream that is captured later, after and before all else."""
        outside = torch.cuda.current_stream(self.stream.device)
        self.stream.wait_stream(outside)
        with torch.cuda.stream(self.stream):
            loss = step()
        outside.wait_stream(self.stream)
        return loss

    def capture(self, step: Step) -> Captured:
        """Record a step, which runs nothing yet, and replay it once."""
        graph = torch.cuda.CUDAGraph()
        for generator in self.generators:
            graph.register_generator_state(generator)
        # Other threads may go on using the device: only what this one does is held against it.
        with torch.cuda.graph(
            graph, pool=self.pool, stream=self.stream, capture_error_mode="thread_local"
        ):
            loss = step()
        graph.replay()
        return Captured(loss, graph.replay)
