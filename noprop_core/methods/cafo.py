"""Cascaded Forward: random convolutions that are never trained, and a trained predictor on each."""

from collections.abc import Iterator

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from noprop_core.batch_norm import BatchNorm2d
from noprop_core.errors import InvalidSetting
from noprop_core.image_path import scaled
from noprop_core.layerwise import LayerwiseMethod
from noprop_core.method import MethodConfig
from noprop_core.optimisation import OptimizerConfig


class CaFoConfig(MethodConfig):
    """Options of `cafo`; the optimiser is that of the code published with the source."""

    optimizer: OptimizerConfig = OptimizerConfig(name="adam", weight_decay=0.0)
    depth: int = Field(3, ge=1, le=3, description="blocks; 3 as in the source's code")


class CascadedBlock(nn.Module):
    """Convolution, ReLU, max-pool and batch norm as they were drawn, under a linear predictor."""

    def __init__(self, channels: int, outputs: int, side: tuple[int, int], classes: int) -> None:
        """Build for images of `channels` whose pooled size is `side`."""
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, outputs, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            BatchNorm2d(outputs, eps=1e-4, affine=False),
        ).requires_grad_(False)
        self.predictor = nn.Linear(outputs * side[0] * side[1], classes, bias=False)


class CaFo(LayerwiseMethod):
    """Each predictor minimises its own cross-entropy; the sum of their probabilities decides."""

    name = "cafo"
    title = "Cascaded Forward: fixed random convolutions, a trained linear predictor on each block"
    source = "Zhao et al. 2023 (arXiv 2303.09728), CaFo with cross-entropy"
    networks = "blocks of convolution, ReLU, max-pool and batch norm; a linear predictor each"
    exact = (
        "each predictor's loss and its gradient, against a plain reference",
        "the convolutions are never trained",
        "the sum of the predictors' probabilities decides",
    )
    deviations = (
        "Predictors are trained together on every batch, not block after block on all images at "
        "once: they share nothing, so that each learns the same.",
        "Adam as in the code's option `BP`, with ε and learning rate of this benchmark; its option "
        "`CE` takes full-batch gradient descent for 5,000 epochs.",
        "Only random blocks: the source also trains blocks by direct feedback alignment.",
    )
    uses_timesteps = False
    replayable = True
    Config = CaFoConfig
    config: CaFoConfig
    network: nn.ModuleList

    def build(self) -> nn.ModuleList:
        """Build the blocks, with 32, 128 and 512 channels at width 1.

        Raises `InvalidSetting` if pooling leaves nothing of the image.
        """
        channels, *size = self.image_shape
        blocks = []
        for index in range(self.config.depth):
            size = [length // 2 for length in size]
            if min(size) < 1:
                raise InvalidSetting(
                    f"{self.name} halves the image {self.config.depth} times; images of "
                    f"{self.image_shape[1]}x{self.image_shape[2]} pixels allow depth {index}"
                )
            outputs = scaled(32 * 4**index, self.config.width)
            blocks.append(CascadedBlock(channels, outputs, (size[0], size[1]), self.classes))
            channels = outputs
        return nn.ModuleList(blocks)

    def said(self, x_BCHW: Tensor) -> Iterator[Tensor]:
        """Yield every predictor's logits `(B, K)`."""
        features = x_BCHW
        for block in self.network:
            assert isinstance(block, CascadedBlock)
            features = block.features(features)
            yield block.predictor(features.flatten(1))

    def layer_losses(self, x_BCHW: Tensor, y_B: Tensor) -> Iterator[Tensor]:
        """Yield each predictor's cross-entropy."""
        for logits_BK in self.said(x_BCHW):
            yield cross_entropy(logits_BK, y_B)

    def layer_scores(self, x_BCHW: Tensor) -> list[Tensor]:
        """Return each predictor's probabilities."""
        return [logits_BK.softmax(dim=1) for logits_BK in self.said(x_BCHW)]

    def layers_that_count(self, encoded: list[Tensor]) -> list[Tensor]:
        """Return the probabilities of all predictors."""
        return encoded

    def logits(self, encoded: list[Tensor], generator: torch.Generator) -> Tensor:
        """Return the logarithm of the predictors' mean probabilities."""
        return torch.stack(encoded).mean(dim=0).log()

    def blocks(self) -> list[list[Tensor]]:
        """Return the weights of the predictors: all that is trained."""
        return [list(block.get_submodule("predictor").parameters()) for block in self.network]
