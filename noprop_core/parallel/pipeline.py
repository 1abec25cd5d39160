"""Pipeline parallelism of a chain: torch.distributed.pipelining (GPipe) over its blocks.

A batch is cut into micro-batches, so that the ranks work at the same time. Every rank has the
images; only z and its gradient are sent. Batch norm sees one micro-batch at a time; with one
micro-batch the weights are those of one process, bit for bit, and the ranks work in turns.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from noprop_core.errors import InvalidSetting
from noprop_core.method import Method, Stage
from noprop_core.methods.backprop import Backprop
from noprop_core.optimisation import guarded_step
from noprop_core.parallel.divided import Divided
from noprop_core.parallel.ranks import Ranks
from noprop_core.parallel.shares import Shares

MICRO_BATCHES = 4
"""Into how many a batch is cut, or the largest number below that divides it. More would shorten
the time in which ranks wait for each other, and give batch norm fewer images."""


class PipelineParallel(Divided):
    """Every rank has some consecutive blocks of the chain."""

    def __init__(self, ranks: Ranks, micro_batches: int = MICRO_BATCHES) -> None:
        """Divide over `ranks`, each batch into `micro_batches`."""
        super().__init__(ranks)
        self.micro_batches = micro_batches

    def stages(self, method: Method) -> Sequence[Stage]:
        """Return one pass through this rank's blocks; lets go of all the others.

        Raises `InvalidSetting` for trained embeddings, which every block mixes.
        """
        assert isinstance(method, Backprop)
        if method.network.embedding.trained:
            raise InvalidSetting(f"{method.name}: a pipeline needs fixed embeddings (one-hot)")
        from torch.distributed.pipelining import PipelineStage, ScheduleGPipe  # seconds to import

        ranks = self.ranks
        self.shares = Shares(method.network, method.blocks(), ranks)
        part = method.part(self.shares.mine)
        self.shares.let_go()
        schedules: dict[int, Any] = {}

        def loss_of(z_BD: Tensor, y_B: Tensor) -> Tensor:
            return cross_entropy(method.class_logits(z_BD), y_B)

        def schedule_for(batch: int) -> Any:
            if batch not in schedules:
                cuts = max(n for n in range(1, self.micro_batches + 1) if batch % n == 0)
                # Known, so that no pass is made to find it, which would draw masks.
                size = (batch // cuts, method.network.embedding.dimension)
                z_BD, sent_BD = (
                    torch.empty(size, device=method.device, requires_grad=follows)
                    for follows in (ranks.rank > 0, True)
                )
                place = PipelineStage(
                    part,
                    ranks.rank,
                    ranks.count,
                    method.device,
                    input_args=z_BD,
                    output_args=sent_BD,
                )
                # Torch 2.8 refuses fewer parts than ranks, and computes them all the same.
                made = ScheduleGPipe(place, max(cuts, ranks.count), loss_fn=loss_of)
                made._n_microbatches = cuts
                schedules[batch] = made
            return schedules[batch]

        def stage(x_BCHW: Tensor, y_B: Tensor) -> Tensor:
            method.optimizer.zero_grad(set_to_none=True)
            schedule = schedule_for(len(y_B))
            first, last = ranks.rank == 0, ranks.rank == ranks.count - 1
            start = (method.pure_noise(len(y_B), method.noise),) if first else ()
            losses: list[Tensor] = []
            end: dict[str, Any] = {"target": y_B, "losses": losses} if last else {}
            schedule.step(*start, x_BCHW=x_BCHW, **end)
            found = [loss.detach() for loss in losses]
            for loss in found:
                method.guard.check(loss)
            guarded_step(method.optimizer, method.guard)
            mean = sum(found[1:], found[0]) / len(found) if found else x_BCHW.new_empty(0)
            return mean.reshape(-1)

        return (stage,)

    def bring(self, method: Method) -> None:
        """Bring every block and its gate to rank 0, and the head, which the last rank trains."""
        assert isinstance(method, Backprop)
        self.shares.gather()
        self.ranks.bring(
            [p.data for p in method.network.head.parameters()], self.ranks.count - 1, 0
        )
        gates_T = method.network.get_parameter("gates_T").data
        for rank, theirs_T in enumerate(self.ranks.of_all(gates_T.to("cpu"))):
            for t, held in enumerate(self.shares.held):
                if held.owner == rank:
                    gates_T[t] = theirs_T[t]

    def let_go(self, method: Method) -> None:
        """Keep only this rank's own blocks."""
        self.shares.let_go()
