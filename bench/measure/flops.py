"""Floating-point operations of one epoch, by torch's own formulas, and where they are known from.

They know matrix products, convolutions and attention: nearly all that a network does. One batch of
every pass is counted; a batch's count is in proportion to its images.
"""

from collections.abc import Iterable
from contextlib import nullcontext

import torch
from torch.utils.flop_counter import FlopCounterMode

from bench.records.record import Record
from bench.study.cells import Cell
from noprop_core.datasets.task import Task
from noprop_core.method import Method


def count_flops(method: Method, task: Task, indices_B: torch.Tensor) -> int:
    """Train `method` on one batch per pass; return what a whole epoch costs, backward included."""
    method.network.train()
    counter = Counter()
    with counter:
        for stage in method.stages:
            stage(*task.training_batch(indices_B))
    return round(counter.get_total_flops() * len(task.train) / len(indices_B))


class Counter(FlopCounterMode):
    """Torch's counter, for the whole and not by module.

    What follows the modules hangs hooks on tensors that fail inside `autograd.grad`, which
    `adjoint` calls (pytorch/pytorch#131753, open; there is no option to do without).
    """

    def __init__(self) -> None:
        """Start from nothing."""
        super().__init__(display=False)
        self.mod_tracker = _NoModules()  # type: ignore[assignment]


class _NoModules(nullcontext[None]):
    parents = frozenset({"Global"})


class KnownFlops:
    """Counts that records hold. A seed changes none: cells that differ in it share one."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        """Start with what `records` know; another torch may count differently."""
        self.counts: dict[str, int] = {}
        for record in records:
            if record.environment.torch == torch.__version__:
                self.add(record)

    def add(self, record: Record) -> None:
        """Learn from one more record."""
        if record.flops_per_epoch is not None:
            self.counts[_but_for_the_seed(record.cell)] = record.flops_per_epoch

    def of(self, cell: Cell) -> int | None:
        """Return the count of an epoch of `cell`, if it is known."""
        return self.counts.get(_but_for_the_seed(cell))


def _but_for_the_seed(cell: Cell) -> str:
    return cell.model_copy(update={"seed": 0}).model_dump_json()
