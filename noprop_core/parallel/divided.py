"""What every way of dividing a run has in common."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from noprop_core.division import Undivided
from noprop_core.method import Method, Stage
from noprop_core.parallel.ranks import Ranks

R = TypeVar("R")


class Divided(Undivided):
    """Every rank trains; rank 0 evaluates, and tells the others what it found."""

    def __init__(self, ranks: Ranks) -> None:
        """Divide over `ranks`; every rank makes the same division."""
        self.ranks = ranks

    def stages(self, method: Method) -> Sequence[Stage]:
        """Return the passes of this rank; each way of dividing has its own."""
        raise NotImplementedError(f"{type(self).__name__} does not define stages")

    def bring(self, method: Method) -> None:
        """Bring to rank 0 what it lacks of the weights."""

    def let_go(self, method: Method) -> None:
        """Let go, after an evaluation, of what `bring` brought."""

    def together(self, losses: list[Tensor]) -> list[Tensor]:
        """Return every rank's losses, as scalars on the CPU, rank by rank."""
        mine = torch.cat([loss.detach().reshape(-1) for loss in losses]).to("cpu")
        return list(torch.cat(self.ranks.of_all(mine)))

    def evaluated(self, method: Method, compute: Callable[[], R]) -> R:
        """Return what rank 0 computed."""
        self.bring(method)
        found = compute() if self.ranks.rank == 0 else None
        self.let_go(method)
        return self.ranks.from_first(found)

    def align(self) -> None:
        """Wait for the others."""
        self.ranks.wait()

    def slowest(self, seconds: float) -> float:
        """Return the longest of all ranks' `seconds`."""
        return max(self.ranks.of_all(seconds))
