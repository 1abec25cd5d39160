"""Back-propagation through the chain, with a loss at every block as well as at the end."""

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import cross_entropy

from noprop_core.descent import Descent, Descents
from noprop_core.method import MethodConfig
from noprop_core.methods.backprop import Backprop, BackpropConfig


class BackpropDeepConfig(BackpropConfig):
    """Options of `backprop-deep`."""

    block_weight: float = Field(
        1.0, gt=0, description="weight of the mean of the blocks' losses beside that of head(z_T)"
    )


class BackpropDeep(Backprop):
    """Adds the cross-entropy of every block's own logits; gradients pass through all of it."""

    name = "backprop-deep"
    title = "end-to-end back-propagation through the chain, with a loss at every block's estimate"
    source = (
        "Lee et al. 2015 (arXiv 1409.5185), deep supervision, on the chain of Li, Teh & Pascanu "
        "2025 (arXiv 2503.24322 v1), Eq. 17-19"
    )
    exact = ("the chain and both parts of its loss, against a plain reference",)
    deviations = (
        "The loss at û_t is the cross-entropy of the block's logits, of which û_t is the mixture; "
        "the source puts a classifier of its own on every hidden layer.",
    )
    uses_timesteps = True
    replayable = True
    same_flops_as = "noprop-dt"
    Config = BackpropDeepConfig
    config: BackpropDeepConfig

    @classmethod
    def stacks_seeds(cls, config: MethodConfig) -> bool:
        """They can: a step is one descent of both losses."""
        return True

    @property
    def descents(self) -> Descents:
        """Return the one descent."""
        return ((Descent(self.both_losses, self.optimizers),),)

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Run the chain from noise, and send both losses back through it."""
        return self.minimise(self.both_losses(x_BCHW, y_B), self.optimizer)

    def both_losses(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Return the loss at the end of the chain, and the blocks' own, weighted."""
        said: list[Tensor] = []
        features = self.encode(x_BCHW)
        z_BD = self.run_from(self.pure_noise(len(y_B), self.noise), features, said.append)
        blocks = torch.stack([cross_entropy(logits_BK, y_B) for logits_BK in said]).mean()
        return cross_entropy(self.class_logits(z_BD), y_B) + self.config.block_weight * blocks
