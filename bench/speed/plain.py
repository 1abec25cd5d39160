"""A method as one would write it with torch's own parts: what the lean step is measured against.

Torch's fused optimiser through its own `step`, torch's batch norm, masks by `bernoulli_`, and
`isfinite` for the guard.
The numbers are the same bit for bit, which a test checks for every method.
"""

from typing import Any

import torch
from torch import Tensor, nn

from noprop_core.image_path import Dropout
from noprop_core.method import Method
from noprop_core.optimisation import Guard

NORMS: dict[str, type[nn.BatchNorm1d | nn.BatchNorm2d]] = {
    "BatchNorm1d": nn.BatchNorm1d,
    "BatchNorm2d": nn.BatchNorm2d,
}


def plain(kind: type[Method]) -> type[Method]:
    """Return `kind` with torch's own optimiser, batch norm, masks and check of the loss."""

    class Plain(kind):  # type: ignore[valid-type,misc]
        """The same steps, plainly."""

        def build(self) -> nn.Module:
            network: nn.Module = super().build()
            return _with_torch_s_parts(network)

        def prepare(self) -> None:
            self.guard = PlainGuard(self.device)
            super().prepare()

        def make_optimizer(self, *modules: nn.Module) -> torch.optim.Optimizer:
            config = self.config.optimizer
            made = torch.optim.Adam if config.name == "adam" else torch.optim.AdamW
            parameters = [p for module in modules for p in module.parameters()]
            settings: Any = {"lr": config.learning_rate, "weight_decay": config.weight_decay}
            optimizer = made(parameters, fused=True, **settings)
            self.optimizers.append(optimizer)
            return optimizer

    return Plain


class PlainGuard(Guard):
    """The guard by torch's own question."""

    def check(self, loss: Tensor) -> None:
        """Trip, for good, if `loss` is not finite."""
        self.tripped.masked_fill_(~loss.isfinite(), 1.0)


class PlainDropout(Dropout):
    """Dropout whose masks torch draws, value by value."""

    def draw_like(self, x: Tensor) -> Tensor:
        """Return a mask of zeros and ones that lies in memory as `x` does."""
        return torch.empty_like(x).bernoulli_(self.keep, generator=self.generator)


def _with_torch_s_parts(module: nn.Module) -> nn.Module:
    for name, child in module.named_children():
        if isinstance(child, Dropout):
            dropout = PlainDropout(0.0, child.generator)
            dropout.keep = child.keep
            setattr(module, name, dropout)
        elif norm := NORMS.get(type(child).__name__):
            theirs = norm(child.num_features, eps=child.eps, affine=child.affine)  # type: ignore[arg-type]
            theirs.load_state_dict(child.state_dict(), strict=False)
            setattr(module, name, theirs)
        else:
            _with_torch_s_parts(child)
    return module
