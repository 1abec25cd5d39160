"""Local prediction loss: every layer of a CNN learns through a linear classifier of its own."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from noprop_core.facts import PADDING
from noprop_core.image_path import ImagePath, ImagePathConfig, padding_for
from noprop_core.layerwise import LayerwiseMethod
from noprop_core.local_layers import local_layers
from noprop_core.optimisation import OptimizerConfig


class LocalPredConfig(ImagePathConfig):
    """Options of `local-pred`; the optimiser is that of the code published with the source."""

    optimizer: OptimizerConfig = OptimizerConfig(name="adam", learning_rate=5e-4, weight_decay=0.0)
    classifier_inputs: int = Field(
        4096,
        ge=1,
        description="a convolution's classifier sees at most so many values, averaged over "
        "neighbouring pixels; `dim-in-decoder` of github.com/anokland/local-loss, at any width",
    )
    classifier_start: Literal["zero", "default"] = Field(
        "zero", description="start of the classifiers' weights: zero as in the code, or torch's"
    )


class LocalPred(LayerwiseMethod):
    """Cross-entropy of a linear classifier per layer; the last layer's classifier predicts."""

    name = "local-pred"
    title = "local prediction loss: a linear classifier and a cross-entropy per layer of a CNN"
    source = "Nøkland & Eidnes 2019 (arXiv 1901.06656), prediction loss (`pred`)"
    networks = "the layers of `classifier`, each with a linear classifier"
    exact = (
        "each layer's loss and its gradient, against a plain reference",
        "a layer's update depends on no later layer, bit for bit",
        "the layers start as those of `classifier`",
    )
    deviations = (
        "The layers are those of `classifier`, for a matched comparison: no batch norm after a "
        "convolution, and plain dropout after pooling, not by feature map before it.",
        "No further output layer over the last hidden layer: the classifier that trains it is one.",
        "Where pooling windows do not fit the image, the last one averages what is left of it; the "
        "published code pads with zeros on both sides.",
        "The learning rate does not decay.",
    )
    uses_timesteps = False
    replayable = True
    Config = LocalPredConfig
    config: LocalPredConfig
    network: nn.ModuleList

    def build(self) -> nn.ModuleList:
        """Build the image path of `classifier`, cut it into layers, and add the classifiers."""
        return local_layers(
            ImagePath(self.image_shape, self.config, self.noise),
            self.image_shape,
            self.classes,
            self.config.classifier_inputs,
            zero_start=self.config.classifier_start == "zero",
        )

    def layer_logits(self, x: Tensor) -> Iterator[Tensor]:
        """Yield the logits `(B, K)` of every layer's classifier; no graph spans two layers."""
        for layer in self.network:
            logits_BK, x = layer(x)
            yield logits_BK

    def layer_losses(self, x_BCHW: Tensor, y_B: Tensor) -> Iterator[Tensor]:
        """Yield each layer's cross-entropy."""
        for logits_BK in self.layer_logits(x_BCHW):
            yield cross_entropy(logits_BK, y_B)

    def layer_scores(self, x_BCHW: Tensor) -> list[Tensor]:
        """Return the logits of each layer's classifier."""
        return list(self.layer_logits(x_BCHW))

    def facts(self) -> Mapping[str, float | str]:
        """Return what `auto` padding came to."""
        return {PADDING: padding_for(self.image_shape, self.config)}

    def blocks(self) -> list[list[Tensor]]:
        """Return the weights of each layer with its classifier."""
        return [list(layer.parameters()) for layer in self.network]
