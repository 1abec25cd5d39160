"""T plain classifiers of a block's size, averaged: what NoProp-DT's compute buys without it."""

import math
from collections.abc import Collection, Iterable, Mapping
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from noprop_core.descent import Descent, Descents
from noprop_core.facts import PADDING
from noprop_core.image_path import ImagePathConfig, padding_for
from noprop_core.method import Method, MethodConfig, Stage
from noprop_core.networks import DenoisingBlock


class ClassifierEnsemble(Method):
    """Each member minimises its own cross-entropy on every batch; their probabilities are averaged.

    The members share nothing, so training them at once is training each by itself.
    """

    name = "classifier-ensemble"
    title = "T plain classifiers of a block's size, each on its own, their probabilities averaged"
    source = "a control of this project for Li, Teh & Pascanu 2025 (arXiv 2503.24322 v1)"
    networks = "T blocks of Fig. 6 (discrete time), with features of the image in place of z"
    exact = ("a member's step leaves every other member as it was, bit for bit",)
    deviations = (
        "The label path stays, over features of the image: a member has the layers and operations "
        "of a block of `noprop-dt`, and with equal seeds starts from its weights (one-hot).",
    )
    uses_timesteps = True
    replayable = True
    independent_blocks = True
    deterministic_inference = True
    same_flops_as = "noprop-dt"
    Config = ImagePathConfig
    config: ImagePathConfig
    network: nn.ModuleList

    def build(self) -> nn.ModuleList:
        """Build T members, each with its own stream of dropout masks."""
        shape, latent = self.image_shape, (self.classes,)
        return nn.ModuleList(
            DenoisingBlock(shape, latent, self.classes, self.config, self.stream(f"block {t}"))
            for t in range(1, self.timesteps + 1)
        )

    def prepare(self) -> None:
        """Give every member an optimiser of its own."""
        self.member_optimizers = [self.make_optimizer(member) for member in self.network]

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train every member on one batch, one after the other; return the mean loss."""
        return self.train_members(range(self.timesteps), x_BCHW, y_B).mean()

    @classmethod
    def stacks_seeds(cls, config: MethodConfig) -> bool:
        """They can: a step is one descent for each member."""
        return True

    @property
    def descents(self) -> Descents:
        """Return every member's own, one after the other."""
        return (
            tuple(
                Descent(partial(self.member_loss, index), (optimizer,))
                for index, optimizer in enumerate(self.member_optimizers)
            ),
        )

    def member_loss(self, index: int, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Return the cross-entropy of one member."""
        return cross_entropy(self.member_logits(index, x_BCHW), y_B)

    def stages_of(self, mine: Collection[int]) -> tuple[Stage, ...]:
        """Return one pass in which the members `mine` see each batch."""
        return (partial(self.train_members, [t - 1 for t in sorted(mine)]),)

    def train_members(self, indices: Iterable[int], x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train some members on one batch, one after the other; return their losses."""
        losses = [
            self.minimise(self.member_loss(index, x_BCHW, y_B), self.member_optimizers[index])
            for index in indices
        ]
        return torch.stack(losses)

    @property
    def passes_per_epoch(self) -> int:
        """Return T: every member sees every image once."""
        return self.timesteps

    def member_logits(self, index: int, x_BCHW: Tensor) -> Tensor:
        """Return what a member says `(B, K)`."""
        member = self.network[index]
        assert isinstance(member, DenoisingBlock)
        return member.logits_without_z(member.image_path(x_BCHW), self.classes)

    def encode(self, x_BCHW: Tensor) -> list[Tensor]:
        """Return every member's logits: no randomness enters."""
        return [self.member_logits(index, x_BCHW) for index in range(self.timesteps)]

    def logits(self, encoded: list[Tensor], generator: torch.Generator) -> Tensor:
        """Return the logarithm of the members' mean probabilities."""
        each_TBK = torch.stack(encoded).log_softmax(dim=2)
        return each_TBK.logsumexp(dim=0) - math.log(len(encoded))

    def controls(self, encoded: list[Tensor], generator: torch.Generator) -> Mapping[str, Tensor]:
        """Return what the first member says by itself."""
        return {"first block alone": encoded[0].argmax(dim=1)}

    def facts(self) -> Mapping[str, float | str]:
        """Return what `auto` padding came to."""
        return {PADDING: padding_for(self.image_shape, self.config)}

    def blocks(self) -> list[list[Tensor]]:
        """Return the weights of each member."""
        return [list(member.parameters()) for member in self.network]
