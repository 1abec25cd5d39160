"""How one training run is divided over processes; by default it is not.

The loop is the same in every process. A division says which passes an epoch has here, puts the
losses of all processes together, and has evaluations done where the weights are. What it does in
`stages` is timed, the rest is not.
"""

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

from torch import Tensor

from noprop_core.method import Method, Stage
from noprop_core.seeding import Streams

Way = Literal["none", "blocks", "data", "pipeline"]
"""blocks: each process trains its own blocks; data: each takes its part of every batch
(DistributedDataParallel); pipeline: each holds a part of the chain (torch.distributed.pipelining).
"""

R = TypeVar("R")


class Undivided:
    """One process does everything."""

    def streams(self, streams: Streams) -> Streams:
        """Return the streams that this process's method draws from."""
        return streams

    def batches(self, batches: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return what this process takes of an epoch's batches of indices."""
        return batches

    def stages(self, method: Method) -> Sequence[Stage]:
        """Return the passes over the data that this process makes in an epoch."""
        return method.stages

    def together(self, losses: list[Tensor]) -> list[Tensor]:
        """Return the losses of every process's steps, in one order; `losses` are of this one."""
        return losses

    def evaluated(self, method: Method, compute: Callable[[], R]) -> R:
        """Return `compute()`, done once, with all weights of `method` up to date."""
        return compute()

    def align(self) -> None:
        """Return when every process is ready for the next epoch."""

    def slowest(self, seconds: float) -> float:
        """Return the longest of all processes' `seconds`."""
        return seconds


UNDIVIDED = Undivided()
