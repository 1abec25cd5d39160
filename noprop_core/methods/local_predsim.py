"""Local errors with prediction and similarity: two losses per layer, nothing sent back."""

from collections.abc import Iterator

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from noprop_core.labels import one_hot
from noprop_core.local_layers import LocalLayer
from noprop_core.methods.local_pred import LocalPred, LocalPredConfig

TINY = 1e-8
"""Keeps the length of features that are all alike from being divided by."""


class LocalPredSimConfig(LocalPredConfig):
    """Options of `local-predsim`."""

    beta: float = Field(
        0.99,
        ge=0,
        le=1,
        description="weight of the similarity loss, 1 - β that of the prediction loss; .99 as in "
        "the code published with the source",
    )


class LocalPredSim(LocalPred):
    """Adds to `local-pred` a loss on how alike the images of a batch look to each layer."""

    name = "local-predsim"
    title = "local prediction and similarity losses: two losses per layer of a CNN"
    source = "Nøkland & Eidnes 2019 (arXiv 1901.06656), both losses (`predsim`)"
    networks = "the layers of `classifier`, each with a linear classifier and a similarity layer"
    exact = (
        "each layer's loss and its gradient, against a plain reference",
        "a layer's update depends on no later layer, bit for bit",
        "the layers start as those of `classifier`",
    )
    uses_timesteps = False
    replayable = True
    Config = LocalPredSimConfig
    config: LocalPredSimConfig

    def build(self) -> nn.ModuleList:
        """Build what `local-pred` does; then a similarity layer as wide as each layer."""
        layers = super().build()
        for layer in layers:
            assert isinstance(layer, LocalLayer)
            layer.similarity = _similarity_layer(layer.activity[0])
        return layers

    def layer_losses(self, x_BCHW: Tensor, y_B: Tensor) -> Iterator[Tensor]:
        """Yield each layer's two losses, weighted."""
        labels_BB = similarity(one_hot(y_B, self.classes, x_BCHW.dtype))
        x, beta = x_BCHW, self.config.beta
        for layer in self.network:
            assert isinstance(layer, LocalLayer)
            a = layer.activity(x)
            layers_BB = similarity(layer.get_submodule("similarity")(a))
            prediction = cross_entropy(layer.classifier(a), y_B)
            yield (1 - beta) * prediction + beta * mse_loss(layers_BB, labels_BB)
            x = layer.onward(a.detach())


def _similarity_layer(layer: nn.Module) -> nn.Module:
    if isinstance(layer, nn.Conv2d):
        return nn.Conv2d(layer.out_channels, layer.out_channels, 3, padding=1, bias=False)
    assert isinstance(layer, nn.Linear)
    return nn.Linear(layer.out_features, layer.out_features, bias=False)


def similarity(features: Tensor) -> Tensor:
    """Return the adjusted cosine similarity `(B, B)` of images.

    Of maps with more than 3 channels, each channel counts by its standard deviation over pixels.
    """
    if features.ndim == 4 and features.shape[1] > 3 and features.shape[2] > 1:
        features = torch.std(features.flatten(2), dim=2)
    features_BF = features.flatten(1)
    centred_BF = features_BF - features_BF.mean(dim=1, keepdim=True)
    length_B1 = centred_BF.square().sum(dim=1, keepdim=True).sqrt()
    unit_BF = centred_BF / (length_B1 + TINY)
    return (unit_BF @ unit_BF.T).clamp(-1, 1)
