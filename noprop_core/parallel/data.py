"""Data parallelism: torch's DistributedDataParallel over one gradient of one loss.

Each rank takes its part of every batch; the gradients are averaged while the backward pass runs.
Batch norm sees a rank's part only, as is usual, and its running statistics are rank 0's; noise and
dropout masks are drawn on each rank from streams of its own.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from noprop_core.method import Method, Stage
from noprop_core.parallel.divided import Divided
from noprop_core.seeding import Streams

SMALLEST = 2
"""Images that batch norm needs."""


class RankStreams(Streams):
    """A run's streams, of which noise and masks are a rank's own."""

    def __init__(self, seed: int, rank: int) -> None:
        """Derive from the root `seed` of the run."""
        super().__init__(seed)
        object.__setattr__(self, "rank", rank)

    def derive(self, name: str) -> int:
        """Return the 63-bit seed of the stream called `name` on this rank."""
        rank: int = self.rank  # type: ignore[attr-defined]
        shared = rank == 0 or name == "initialisation"
        return super().derive(name if shared else f"{name}, rank {rank}")


class DataParallel(Divided):
    """Every rank has the whole network, and a part of every batch."""

    def streams(self, streams: Streams) -> Streams:
        """Return the streams of this rank's method."""
        return RankStreams(streams.seed, self.ranks.rank)

    def stages(self, method: Method) -> Sequence[Stage]:
        """Return one pass over this rank's parts of the batches."""
        wrapped = DistributedDataParallel(_Loss(method))

        def stage(x_BCHW: Tensor, y_B: Tensor) -> Tensor:
            # The average over ranks is then the mean over all images, however unequal the parts.
            loss = wrapped(x_BCHW, y_B) * next(self.weights)
            return method.minimise(loss, method.optimizer).reshape(1)

        return (stage,)

    def batches(self, batches: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return this rank's part of each batch; one too small for all ranks goes to each."""
        count, rank = self.ranks.count, self.ranks.rank
        parts, weights = [], []
        for indices_B in batches:
            fits = len(indices_B) >= SMALLEST * count
            part = torch.tensor_split(indices_B, count)[rank] if fits else indices_B
            parts.append(part)
            weights.append(len(part) * count / len(indices_B) if fits else 1.0)
        self.weights: Iterator[float] = iter(weights)
        return tuple(parts)


class _Loss(nn.Module):
    """A method's loss as a module: DistributedDataParallel follows a module's forward."""

    def __init__(self, method: Method) -> None:
        super().__init__()
        self.network = method.network
        self.loss = method.loss

    def forward(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        return self.loss(x_BCHW, y_B)
