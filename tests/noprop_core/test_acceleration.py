"""Replayed steps are eager ones, bit for bit, and what was not replayed is said.

Without a GPU: what a CUDA graph freezes is frozen on the CPU by recording a step's operations and
doing them again on the same storages. Python's numbers, the tensors' addresses and which branch
was taken stay as they were. Nothing is known here of streams, kernels or memory pools.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from noprop_core import registry
from noprop_core.acceleration import (
    WARM_UP_STEPS,
    Captured,
    ReplayedSteps,
    Step,
    StepsAsWritten,
    steps_of,
    why_not,
)
from noprop_core.facts import GRAPHS
from noprop_core.training import RunEnds, train_epoch, training

NAMES = registry.names()
REPLAYABLE = [name for name in NAMES if registry.find(name).replayable]


HOST_READS = {"aten._local_scalar_dense", "aten.nonzero", "aten.equal", "aten.is_nonzero"}


class Recording(TorchDispatchMode):
    """Notes every operation with its arguments and where its result lies."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[tuple[Any, Any, Any, Any]] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if str(func._overloadpacket) in HOST_READS:
            raise RuntimeError(f"{func}: the host would wait for a captured step")
        result = func(*args, **(kwargs or {}))
        in_place = any(value.alias_info is not None for value in func._schema.returns)
        self.operations.append((func, args, kwargs or {}, None if in_place else result))
        return result

    @torch.no_grad()
    def replay(self) -> None:
        """Do every operation again, each result to where it was."""
        for func, args, kwargs, result in self.operations:
            again = func(*args, **kwargs)
            if result is None:
                continue
            for old, new in zip(tree_leaves(result), tree_leaves(again), strict=True):
                if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)


@dataclass
class RecordedOnTheCPU:
    """Records steps in place of `noprop_core.acceleration.CudaCapture`."""

    captured: list[Recording] = field(default_factory=list)
    replays: int = 0

    def warm_up(self, step: Step) -> torch.Tensor:
        return step()

    def capture(self, step: Step) -> Captured:
        recording = Recording()
        with recording:
            loss = step()
        self.captured.append(recording)

        def replay() -> None:
            self.replays += 1
            recording.replay()

        return Captured(loss, replay)


def replayed(method, task) -> ReplayedSteps:
    return ReplayedSteps(method.stages, task, RecordedOnTheCPU())


@pytest.mark.parametrize("name", REPLAYABLE)
def test_replayed_steps_are_eager_ones_to_the_bit(name: str, make, stripes) -> None:
    eager, ours = make(name), make(name)
    steps = replayed(ours, stripes)
    for epoch in range(2):
        order = torch.Generator().manual_seed(epoch)
        batches = stripes.epoch_indices(20, order)  # the last is smaller
        assert len(batches) > WARM_UP_STEPS + 1
        expected = train_epoch(eager, eager.stages, stripes, batches)
        found = train_epoch(ours, ours.stages, stripes, batches, steps)
        assert all(map(torch.equal, found, expected))
    states = [method.network.state_dict() for method in (ours, eager)]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[1])
    stages, capture = len(ours.stages), steps.capture
    assert len(capture.captured) == stages
    assert capture.replays == stages * (2 * (len(batches) - 1) - WARM_UP_STEPS - 1)
    expected = f"{stages} of {stages} stages; {2 * stages} steps of other batch sizes as written"
    assert steps.facts() == {GRAPHS: expected}


@pytest.mark.parametrize("name", REPLAYABLE)
def test_after_a_loss_that_is_not_finite_nothing_moves_again(name: str, make, stripes) -> None:
    method = make(name)
    steps = replayed(method, stripes)
    batches = stripes.epoch_indices(16, torch.Generator().manual_seed(0))
    train_epoch(method, method.stages, stripes, batches, steps)
    assert steps.capture.replays
    scale = stripes.scale_C11.clone()
    stripes.scale_C11.fill_(float("nan"))  # the storage that the recorded steps read
    bad = train_epoch(method, method.stages, stripes, batches[:1], steps)
    stripes.scale_C11.copy_(scale)
    kept = [p.detach().clone() for p in method.network.parameters()]
    replays = steps.capture.replays
    train_epoch(method, method.stages, stripes, batches, steps)
    assert steps.capture.replays > replays
    assert not bool(torch.stack(bad).isfinite().all())
    assert all(map(torch.equal, kept, method.network.parameters()))


def test_a_step_that_cannot_be_recorded_is_taken_as_written_and_the_record_says_why(
    make, stripes
) -> None:
    eager, ours = make("classifier"), make("classifier")
    ours.replayable, step = True, ours.train_step

    def reads(x_BCHW: torch.Tensor, y_B: torch.Tensor) -> torch.Tensor:
        assert int(y_B.max()) < 3
        return step(x_BCHW, y_B)

    ours.train_step = reads
    steps = replayed(ours, stripes)
    batches = stripes.epoch_indices(16, torch.Generator().manual_seed(0))
    expected = train_epoch(eager, eager.stages, stripes, batches)
    assert all(map(torch.equal, train_epoch(ours, ours.stages, stripes, batches, steps), expected))
    assert steps.facts()[GRAPHS].startswith("0 of 1 stages; not captured: aten._local_scalar_dense")


def test_a_step_that_counts_is_told_from_one_that_may_be_replayed(make, stripes) -> None:
    """Why `diffusion-blocks` does not declare it: its blocks take turns."""
    eager, ours = make("diffusion-blocks"), make("diffusion-blocks")
    batches = stripes.epoch_indices(16, torch.Generator().manual_seed(0))
    expected = train_epoch(eager, eager.stages, stripes, batches)
    found = train_epoch(ours, ours.stages, stripes, batches, replayed(ours, stripes))
    assert not all(map(torch.equal, found, expected))


def test_what_stands_against_graphs_is_said(make) -> None:
    assert why_not(make("adjoint")) == "a step makes the host wait"
    assert "does not declare" in why_not(make("diffusion-blocks"))
    assert why_not(make("noprop-dt")) == "the device is cpu"


@pytest.mark.parametrize("asked", [True, False])
def test_a_run_without_graphs_says_so_where_they_were_asked_for(asked, make, stripes) -> None:
    method = make("classifier")
    assert isinstance(steps_of(method, method.stages, stripes, cuda_graphs=asked), StepsAsWritten)
    *_, end = training(
        method,
        stripes,
        method.streams,
        batch_size=32,
        goes_on=lambda history: not history,
        repeats=1,
        cuda_graphs=asked,
    )
    assert isinstance(end, RunEnds)
    assert end.facts.get(GRAPHS) == ("none: the device is cpu" if asked else None)
