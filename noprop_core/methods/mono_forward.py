"""Mono-Forward: every hidden layer learns to tell the classes apart through its own projection."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor
from torch.nn.functional import cross_entropy

from noprop_core.layerwise import LayerwiseMethod
from noprop_core.perceptron import Perceptron, PerceptronConfig
from noprop_core.search import Choice, Space


class MonoForwardConfig(PerceptronConfig):
    """Options of `mono-forward`."""

    searched: ClassVar[Space] = {"prediction": Choice(values=["sum", "last"])}

    prediction: Literal["sum", "last"] = Field(
        "sum", description="the class of the largest goodness: of all layers' sum, or the last's"
    )


class MonoForward(LayerwiseMethod):
    """G_i = a_i M_iᵀ; cross-entropy on G_i trains W_i and M_i, and nothing below."""

    name = "mono-forward"
    title = "Mono-Forward: a projection to the classes and a cross-entropy per hidden layer"
    source = "Gong, Li & Abdulla 2025 (arXiv 2501.09238 v1)"
    networks = "hidden ReLU layers, each with a projection matrix M_i (K x units)"
    exact = (
        "each layer's loss and its gradient, against a plain reference",
        "a layer's update depends on no later layer, bit for bit",
    )
    deviations = (
        "The default size of the network is that of the other MLPs here, for a matched comparison; "
        "the replication github.com/Przemyslaw11/BeyondBackpropagation takes 2 layers of 1,000.",
        "The optimiser's defaults are those of this benchmark; the M_i start as torch's linear "
        "layers do. What the paper takes could not be confirmed.",
    )
    left_open = {"prediction": "which of the two ways to predict its main results use"}
    uses_timesteps = False
    replayable = True
    Config = MonoForwardConfig
    config: MonoForwardConfig
    network: Perceptron

    def build(self) -> Perceptron:
        """Build the hidden layers and a projection for each."""
        return Perceptron(
            self.image_shape, self.classes, self.config, heads=self.config.layers, bias=False
        )

    def goodness(self, x_BCHW: Tensor) -> Iterator[Tensor]:
        """Yield G_i `(B, K)` of every layer; no graph spans two of them."""
        a_BU = x_BCHW.flatten(1)
        for layer, projection in zip(self.network.hidden, self.network.heads, strict=True):
            a_BU = layer(a_BU.detach()).relu_()
            yield projection(a_BU)

    def layer_losses(self, x_BCHW: Tensor, y_B: Tensor) -> Iterator[Tensor]:
        """Yield each layer's cross-entropy."""
        for goodness_BK in self.goodness(x_BCHW):
            yield cross_entropy(goodness_BK, y_B)

    def layer_scores(self, x_BCHW: Tensor) -> list[Tensor]:
        """Return each layer's goodness."""
        return list(self.goodness(x_BCHW))

    def layers_that_count(self, encoded: list[Tensor]) -> list[Tensor]:
        """Return all layers' goodness, or the last one's."""
        return encoded if self.config.prediction == "sum" else encoded[-1:]

    def blocks(self) -> list[list[Tensor]]:
        """Return the weights of each hidden layer with its projection."""
        layers = zip(self.network.hidden, self.network.heads, strict=True)
        return [[*layer.parameters(), *projection.parameters()] for layer, projection in layers]
