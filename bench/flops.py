"""Floating-point operations of one epoch, by torch's own counter, and where they are known from.

The counter knows matrix products, convolutions and attention: nearly all that a network does. It
sees one batch of every pass; a batch's count is in proportion to its images.
"""

from collections.abc import Iterable

import torch
from torch.utils.flop_counter import FlopCounterMode

from bench.cells import Cell
from bench.record import Record
from noprop_core.method import Method
from noprop_core.task import Task


def count_flops(method: Method, task: Task, indices_B: torch.Tensor) -> int:
    """Train `method` on one batch per pass; return what a whole epoch costs, backward included."""
    method.network.train()
    counter = FlopCounterMode(display=False)
    # By module it would count too, with hooks that fail inside `autograd.grad` (`adjoint`).
    counter.mod_tracker = _NoModules()  # type: ignore[assignment]
    with counter:
        for stage in method.stages:
            stage(*task.training_batch(indices_B))
    counted: int = counter.get_total_flops()
    return round(counted * len(task.train) / len(indices_B))


class _NoModules:
    """Stands in for what follows the modules: everything belongs to the whole."""

    parents = frozenset({"Global"})

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass


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
