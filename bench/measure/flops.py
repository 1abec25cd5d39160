"""Floating-point operations of one epoch, by torch's own formulas, and where they are known from.

They know matrix products, convolutions and attention: nearly all that a network does. One batch of
every pass is counted; a batch's count is in proportion to its images.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

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
    return round(counter.flops * len(task.train) / len(indices_B))


class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up what torch's formulas say of every operation inside its context.

    As `torch.utils.flop_counter.FlopCounterMode` does, whose count it equals, but for two things:
    that one also counts by module, with hooks that fail inside `autograd.grad`, which `adjoint`
    calls (pytorch/pytorch#131753, open; there is no option to do without); and it imports torch's
    compiler: see `noprop_core.optimisation`.
    """

    def __init__(self) -> None:
        """Start from nothing."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.flops: int = 0
        self.whole: set[Any] = {torch.ops.prim.device.default}
        """Operations known to have no parts: to ask takes as long as to do a small one."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Have nothing of the compiler's around `__torch_dispatch__`: it would be imported."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Do the operation and count it, or its parts if there is no formula for the whole."""
        kwargs = kwargs or {}
        formula = flop_registry.get(func._overloadpacket)
        if formula is None and func not in self.whole:
            with self:
                parts = func.decompose(*args, **kwargs)
            if parts is not NotImplemented:
                return parts
            self.whole.add(func)
        result = func(*args, **kwargs)
        if formula is not None:
            self.flops += formula(*args, **kwargs, out_val=result)
        return result


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
