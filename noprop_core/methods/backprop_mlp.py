"""A plain fully connected network: the baseline of the rivals native to it."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from noprop_core.descent import Descent, Descents
from noprop_core.method import Method, MethodConfig
from noprop_core.perceptron import Perceptron, PerceptronConfig


class BackpropMLP(Method):
    """Hidden ReLU layers, a linear head, cross-entropy, back-propagation."""

    name = "backprop-mlp"
    title = "fully connected ReLU network with cross-entropy and back-propagation; no T"
    source = "the matched baseline of forward-forward, mono-forward and dfa"
    networks = "hidden ReLU layers and a linear head"
    exact = ("the hidden layers start as those of the methods it is the baseline of",)
    uses_timesteps = False
    replayable = True
    independent_blocks = False
    deterministic_inference = True
    Config = PerceptronConfig
    config: PerceptronConfig
    network: Perceptron

    def build(self) -> Perceptron:
        """Build the hidden layers and one head."""
        return Perceptron(self.image_shape, self.classes, self.config, heads=1)

    @classmethod
    def stacks_seeds(cls, config: MethodConfig) -> bool:
        """They can: a step is one descent."""
        return True

    @property
    def descents(self) -> Descents:
        """Return the one descent."""
        return ((Descent(self.cross_entropy, self.optimizers),),)

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Take one step down the cross-entropy."""
        return self.minimise(self.cross_entropy(x_BCHW, y_B), self.optimizer)

    def cross_entropy(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Return the loss of one batch."""
        return cross_entropy(self.network(x_BCHW), y_B)

    def encode(self, x_BCHW: Tensor) -> Tensor:
        """Return the logits: no randomness enters."""
        logits_BK: Tensor = self.network(x_BCHW)
        return logits_BK

    def logits(self, encoded: Tensor, generator: torch.Generator) -> Tensor:
        """Return what `encode` computed."""
        return encoded

    def blocks(self) -> list[list[Tensor]]:
        """Return the weights of the hidden layers and of the head."""
        layers = (*self.network.hidden, *self.network.heads)
        return [list(layer.parameters()) for layer in layers]
