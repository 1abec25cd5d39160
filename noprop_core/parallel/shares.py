"""Which rank has which blocks, and how the others' weights come and go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from noprop_core.errors import InvalidSetting
from noprop_core.parallel.ranks import Ranks


@dataclass(frozen=True)
class Held:
    """Parameters and buffers of one block, which one rank trains."""

    owner: int
    tensors: tuple[Tensor, ...]


class Shares:
    """Consecutive blocks for each rank, as equally many as can be.

    A rank keeps the weights of its own blocks only. While rank 0 evaluates it has those of all.
    """

    def __init__(
        self, network: nn.Module, blocks: Sequence[Sequence[Tensor]], ranks: Ranks
    ) -> None:
        """Share out `blocks`, the parameters of each block of `network`.

        Raises `InvalidSetting` where there are fewer blocks than ranks.
        """
        if len(blocks) < ranks.count:
            raise InvalidSetting(
                f"{len(blocks)} blocks cannot be shared out over {ranks.count} ranks: timesteps of "
                f"at least {ranks.count} would fit"
            )
        self.ranks = ranks
        edges = [len(blocks) * rank // ranks.count for rank in range(ranks.count + 1)]
        owners = [rank for rank in range(ranks.count) for _ in range(edges[rank], edges[rank + 1])]
        self.mine = [t for t, owner in enumerate(owners, start=1) if owner == ranks.rank]
        """Numbers of this rank's blocks, from 1."""
        self.held = [
            Held(owner, (*parameters, *_buffers_beside(network, parameters)))
            for owner, parameters in zip(owners, blocks, strict=True)
        ]
        self.layouts = {id(t): (t.size(), t.stride()) for held in self.held for t in held.tensors}

    def let_go(self) -> None:
        """Free the memory of every block that another rank trains."""
        for tensor in self._others():
            tensor.data = tensor.data.new_empty(0)

    def gather(self) -> None:
        """Bring every block's weights to rank 0."""
        if self.ranks.rank == 0:
            for tensor in self._others():
                tensor.data = torch.empty_strided(
                    *self.layouts[id(tensor)], dtype=tensor.dtype, device=tensor.device
                )
        for held in self.held:
            if held.owner:
                self.ranks.bring([tensor.data for tensor in held.tensors], held.owner, 0)

    def _others(self) -> Iterator[Tensor]:
        for held in self.held:
            if held.owner != self.ranks.rank:
                yield from held.tensors


def _buffers_beside(network: nn.Module, parameters: Sequence[Tensor]) -> list[Tensor]:
    """Return the buffers of those modules that hold one of `parameters` themselves."""
    wanted = {id(parameter) for parameter in parameters}
    return [
        buffer
        for module in network.modules()
        if any(id(p) in wanted for p in module.parameters(recurse=False))
        for buffer in module.buffers(recurse=False)
    ]
