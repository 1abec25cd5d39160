"""Block parallelism: each rank trains blocks of its own, as NoProp's independence allows.

With fixed embeddings nothing is sent while an epoch is trained: noise comes from a stream for each
block, and a rank takes the head's steps of the other ranks' blocks too, which need no block. The
weights are those of one process, bit for bit.
"""

from collections.abc import Sequence

from torch import Tensor

from noprop_core.method import Method, Stage
from noprop_core.parallel.divided import Divided
from noprop_core.parallel.shares import Shares


class BlockParallel(Divided):
    """Every rank has some blocks, and a copy of what all blocks share."""

    def stages(self, method: Method) -> Sequence[Stage]:
        """Return the passes of this rank's blocks; lets go of all the others."""
        self.shares = Shares(method.network, method.blocks(), self.ranks)
        stages = method.stages_of(self.shares.mine)
        method.add_up = self._add_up
        self.shares.let_go()
        return stages

    def bring(self, method: Method) -> None:
        """Bring every block to rank 0."""
        self.shares.gather()

    def let_go(self, method: Method) -> None:
        """Keep only this rank's own blocks."""
        self.shares.let_go()

    def _add_up(self, shared: Sequence[Tensor]) -> None:
        for parameter in shared:
            if parameter.grad is not None:
                self.ranks.add(parameter.grad)
