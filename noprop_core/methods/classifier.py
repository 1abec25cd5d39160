"""A plain convolutional classifier: what a practitioner would train without any of this."""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from noprop_core.facts import PADDING
from noprop_core.image_path import ImagePath, ImagePathConfig, padding_for
from noprop_core.method import Method, MethodConfig
from noprop_core.networks import DenoisingBlock

LAYERS = (nn.Conv2d, nn.Linear)


class ClassifierConfig(ImagePathConfig):
    """Options of `classifier`."""

    historical: ClassVar[Mapping[str, Any]] = {"chain_of": 0}

    chain_of: int = Field(
        0,
        ge=0,
        le=1000,
        description="T: as many parameters as a chain of so many blocks at this `width` has, in "
        "wider layers; 0: as wide as `width` says",
    )


class Classifier(Method):
    """The image path of one block, a linear layer, cross-entropy, back-propagation."""

    name = "classifier"
    title = "plain CNN with cross-entropy and back-propagation; no chain, no T"
    source = "image path of Fig. 6 (arXiv 2503.24322 v1) under a linear layer"
    networks = "the image path of Fig. 6 and a linear layer"
    uses_timesteps = False
    replayable = True
    independent_blocks = False
    deterministic_inference = True
    Config = ClassifierConfig
    config: ClassifierConfig

    def build(self) -> nn.Module:
        """Build the image path and a linear layer over its features."""
        config: ImagePathConfig = self.config
        if self.config.chain_of:
            config = config.model_copy(update={"width": self.width_of_a_chain()})
        image_path = ImagePath(self.image_shape, config, self.noise)
        return nn.Sequential(image_path, nn.ReLU(), nn.Linear(image_path.features, self.classes))

    def facts(self) -> Mapping[str, float | str]:
        """Return what `auto` padding came to."""
        return {PADDING: padding_for(self.image_shape, self.config)}

    @classmethod
    def stacks_seeds(cls, config: MethodConfig) -> bool:
        """They can: a step is one descent."""
        return True

    def width_of_a_chain(self) -> float:
        """Return the width at which parameters come nearest to those of a chain of blocks."""
        shape, classes = self.image_shape, self.classes
        with torch.device("meta"):
            block = DenoisingBlock(shape, (classes,), classes, self.config, self.noise)
            wanted = self.config.chain_of * _parameters(block)

            def excess(width: float) -> int:
                config = self.config.model_copy(update={"width": width})
                path = ImagePath(shape, config, self.noise)
                return _parameters(path) + (path.features + 1) * classes - wanted

            low, high = 0.0, 8.0 * self.config.chain_of
            while high - low > 1e-3:
                middle = (low + high) / 2
                low, high = (middle, high) if excess(middle) < 0 else (low, middle)
            return min((low, high), key=lambda width: abs(excess(width)))

    def blocks(self) -> list[list[Tensor]]:
        """Return the weights of every layer."""
        return [list(m.parameters()) for m in self.network.modules() if isinstance(m, LAYERS)]

    def loss(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Return the cross-entropy."""
        return cross_entropy(self.network(x_BCHW), y_B)

    def encode(self, x_BCHW: Tensor) -> Tensor:
        """Return the logits: no randomness enters."""
        logits_BK: Tensor = self.network(x_BCHW)
        return logits_BK

    def logits(self, encoded: Tensor, generator: torch.Generator) -> Tensor:
        """Return what `encode` computed."""
        return encoded


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
