"""A plain convolutional classifier: what a practitioner would train without any of this."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from noprop_core.image_path import ImagePath, ImagePathConfig, padding_for
from noprop_core.method import Method

LAYERS = (nn.Conv2d, nn.Linear)


class Classifier(Method):
    """The image path of one block, a linear layer, cross-entropy, back-propagation."""

    name = "classifier"
    title = "plain CNN with cross-entropy and back-propagation; no chain, no T"
    source = "image path of Fig. 6 (arXiv 2503.24322 v1) under a linear layer"
    networks = "the image path of Fig. 6 and a linear layer"
    uses_timesteps = False
    independent_blocks = False
    deterministic_inference = True
    Config = ImagePathConfig
    config: ImagePathConfig

    def build(self) -> nn.Module:
        """Build the image path and a linear layer over its features."""
        image_path = ImagePath(self.image_shape, self.config, self.noise)
        return nn.Sequential(image_path, nn.ReLU(), nn.Linear(image_path.features, self.classes))

    def facts(self) -> Mapping[str, float | str]:
        """Return what `auto` padding came to."""
        return {"padding": padding_for(self.image_shape, self.config)}

    def blocks(self) -> list[list[Tensor]]:
        """Return the weights of every layer."""
        return [list(m.parameters()) for m in self.network.modules() if isinstance(m, LAYERS)]

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Take one step down the cross-entropy."""
        return self.minimise(cross_entropy(self.network(x_BCHW), y_B), self.optimizer)

    def encode(self, x_BCHW: Tensor) -> Tensor:
        """Return the logits: no randomness enters."""
        logits_BK: Tensor = self.network(x_BCHW)
        return logits_BK

    def logits(self, encoded: Tensor, generator: torch.Generator) -> Tensor:
        """Return what `encode` computed."""
        return encoded
