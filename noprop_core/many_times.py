"""The denoiser of the continuous-time methods at many times over the same images, for inference.

What does not change from step to step is worked out once: the images' share of the joined layer,
which the caller has, the times' share, and the order in which weights lie in memory. Shapes: as in
`noprop_core.continuous`; `S` times.
"""

import torch
from torch import Tensor, nn

from noprop_core.packed_linear import PackedLinear

TIMES_AT_ONCE = 1024
"""The times' share of the joined layer is computed for so many together: 1 MB at width 1."""


class ManyTimes:
    """A denoiser as it stands now, to be asked at the times `t_S`, one after the other."""

    @torch.no_grad()
    def __init__(self, denoiser: nn.Module, projected_BJ: Tensor, t_S: Tensor) -> None:
        """Prepare `denoiser` for images whose share of the joined layer is `projected_BJ`."""
        rows = len(projected_BJ)
        label_path = denoiser.get_submodule("label_path")
        if isinstance(label_path, nn.Sequential):
            self.label_path: PackedLinear | nn.Module = PackedLinear(label_path[0], rows, relu=True)
        else:
            self.label_path = label_path
        self.from_label = PackedLinear(denoiser.get_submodule("from_label"), rows)
        _, narrow, _, last = denoiser.get_submodule("rest").children()
        self.narrow = PackedLinear(narrow, rows, relu=True)
        self.last = PackedLinear(last, rows)
        self.time_path = denoiser.get_submodule("time_path")
        self.from_time = denoiser.get_submodule("from_time")
        self.projected_BJ, self.t_S, self.first = projected_BJ, t_S, -TIMES_AT_ONCE
        self.time_rows: tuple[Tensor, ...] = ()

    @torch.no_grad()
    def logits(self, step: int, z_BD: Tensor) -> Tensor:
        """Return `(B, K)` logits of the states at time `t_S[step]`."""
        label_BF = self.label_path(z_BD)
        joined_BJ = self.from_label.beside(label_BF, self.projected_BJ, self._time(step))
        logits_BK = self.last(self.narrow(joined_BJ.relu_()))
        return logits_BK

    def _time(self, step: int) -> Tensor:
        """Return the share `(J,)` of the joined layer that is the time's."""
        if not self.first <= step < self.first + TIMES_AT_ONCE:
            self.first = step - step % TIMES_AT_ONCE
            t_S = self.t_S[self.first : self.first + TIMES_AT_ONCE]
            self.time_rows = self.from_time(self.time_path(t_S)).unbind()
        return self.time_rows[step - self.first]
