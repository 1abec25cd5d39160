"""Methods in which every layer has a loss of its own, and nothing is sent back.

Such a method defines `layer_losses`, one after the other, and `layer_scores`, what each layer says
about the classes. Shapes: `L` layers.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from noprop_core.method import Method
from noprop_core.optimisation import guarded_step


class LayerwiseMethod(Method):
    """A training step, a prediction and controls for methods with a loss per layer."""

    independent_blocks = True
    deterministic_inference = True

    @abstractmethod
    def layer_losses(self, x_BCHW: Tensor, y_B: Tensor) -> Iterator[Tensor]:
        """Yield the loss of each layer, first to last.

        Each may depend on the weights of its own layer only: inputs from below come detached.
        """

    @abstractmethod
    def layer_scores(self, x_BCHW: Tensor) -> list[Tensor]:
        """Return each layer's scores `(B, K)`, first to last; the largest is its class."""

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train every layer on its own loss; return the sum of the losses.

        Each gradient is taken before the next layer begins, which frees what it needed: no more
        than one layer's activities are held. The layers see each other as they were before the
        step, so one optimiser stepping once, elementwise as it is, equals one per layer.
        """
        self.optimizer.zero_grad(set_to_none=True)
        total = torch.zeros((), device=self.device)
        for loss in self.layer_losses(x_BCHW, y_B):
            loss.backward()  # type: ignore[no-untyped-call]
            total = total + loss.detach()
        self.guard.check(total)
        guarded_step(self.optimizer, self.guard)
        return total

    def encode(self, x_BCHW: Tensor) -> list[Tensor]:
        """Return each layer's scores: no randomness enters."""
        return self.layer_scores(x_BCHW)

    def logits(self, encoded: list[Tensor], generator: torch.Generator) -> Tensor:
        """Return the sum of the scores of the layers that count."""
        return torch.stack(self.layers_that_count(encoded)).sum(dim=0)

    def layers_that_count(self, encoded: list[Tensor]) -> list[Tensor]:
        """Return the scores whose sum decides; by default the last layer's."""
        return encoded[-1:]

    def controls(self, encoded: list[Tensor], generator: torch.Generator) -> Mapping[str, Tensor]:
        """Return what the first and the last layer say by themselves.

        If the first does as well as the prediction, the layers above it add nothing.
        """
        return {
            "first block alone": encoded[0].argmax(dim=1),
            "last block alone": encoded[-1].argmax(dim=1),
        }
