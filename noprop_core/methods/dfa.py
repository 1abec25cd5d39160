"""Direct feedback alignment: the output error reaches every layer through fixed random weights."""

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import cross_entropy

from noprop_core.labels import one_hot
from noprop_core.method import Method
from noprop_core.optimisation import guarded_step
from noprop_core.perceptron import Perceptron, PerceptronConfig


class DFAConfig(PerceptronConfig):
    """Options of `dfa`."""

    feedback_scale: float = Field(
        1.0,
        gt=0,
        le=1e6,
        description="B_i is uniform in ± this / √units; 1 as in the author's code "
        "(github.com/anokland/dfa-torch)",
    )


class DFA(Method):
    """δ_i = (B_i e) ⊙ f'(a_i) with e = softmax - one-hot, for every hidden layer i."""

    name = "dfa"
    title = "direct feedback alignment: the output error through a fixed random matrix per layer"
    source = "Nøkland 2016 (arXiv 1609.01596), direct feedback alignment"
    networks = "hidden ReLU layers and a linear head; a fixed feedback matrix per hidden layer"
    exact = (
        "every layer's gradient, against one written out by hand",
        "the feedback matrices never change",
        "with the head's transpose as B of the last hidden layer, that layer and the head learn "
        "as by back-propagation",
    )
    deviations = (
        "ReLU started as torch does, where the paper's networks are mostly tanh from zero weights; "
        "the author's code starts ReLU networks so, too.",
        "Softmax and cross-entropy, the same loss as the other methods; the author's code takes "
        "logistic outputs with binary cross-entropy unless told otherwise.",
        "Adam or AdamW; the author's code takes RMSprop with a learning rate of 1e-4.",
    )
    uses_timesteps = False
    replayable = True
    independent_blocks = False
    deterministic_inference = True
    Config = DFAConfig
    config: DFAConfig
    network: Perceptron

    def build(self) -> Perceptron:
        """Build hidden layers and head as `backprop-mlp` does; then draw the feedback matrices."""
        network = Perceptron(self.image_shape, self.classes, self.config, heads=1)
        bound = self.config.feedback_scale * network.units**-0.5
        feedback_LKU = torch.empty(self.config.layers, self.classes, network.units)
        network.register_buffer("feedback_LKU", feedback_LKU.uniform_(-bound, bound))
        return network

    @torch.no_grad()
    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Send the output error straight to every layer, and take one step."""
        images_BP, *activities = self.network.activities(x_BCHW)
        logits_BK = self.network.heads[0](activities[-1])
        loss = cross_entropy(logits_BK, y_B)
        error_BK = (logits_BK.softmax(dim=1) - one_hot(y_B, self.classes)) / len(y_B)
        _hand_gradient(self.network.heads[0], activities[-1], error_BK)
        layers = zip(self.network.hidden, [images_BP, *activities], activities, strict=False)
        for (layer, below, a_BU), feedback_KU in zip(layers, self.feedback, strict=True):
            _hand_gradient(layer, below, (error_BK @ feedback_KU).mul_(a_BU > 0))
        self.guard.check(loss)
        guarded_step(self.optimizer, self.guard)
        return loss

    @property
    def feedback(self) -> Tensor:
        """The feedback matrices `(L, K, U)`, the transposes of the B_i."""
        return self.network.get_buffer("feedback_LKU")

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


def _hand_gradient(layer: torch.nn.Module, inputs_BI: Tensor, delta_BO: Tensor) -> None:
    """Give a linear layer the gradient of a loss whose gradient at its output is `delta_BO`."""
    weight_OI, bias_O = layer.get_parameter("weight"), layer.get_parameter("bias")
    # In float32 already, unless autocast has the products in bfloat16.
    weight_OI.grad = (delta_BO.T @ inputs_BI).to(weight_OI.dtype)
    bias_O.grad = delta_BO.sum(dim=0).to(bias_O.dtype)
