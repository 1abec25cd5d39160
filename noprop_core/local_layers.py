"""The image path of Fig. 6 cut into layers, each with a linear classifier of its own.

The layers are `ImagePath`'s, so with equal seeds they start from the weights of the method
`classifier`. Shapes: `B` batch, `K` classes; `x` and `a` are `(B, C, H, W)`, then `(B, F)`.
"""

from math import ceil, prod

import torch
from torch import Tensor, nn

from noprop_core.image_path import Dropout, ImagePath

ONWARD = (nn.MaxPool2d, Dropout, nn.Flatten)
"""What lies between a layer's activities and the next layer."""


class LocalLayer(nn.Module):
    """One layer with weights, what lies between it and the next, and its classifier."""

    def __init__(self, activity: nn.Sequential, onward: nn.Sequential) -> None:
        """Join the weights up to the ReLU, and the pooling and dropout that follow it."""
        super().__init__()
        self.activity, self.onward = activity, onward
        self.classifier = nn.Sequential()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the classifier's logits `(B, K)` and the next layer's input, detached.

        The classifier sees the activities before pooling and dropout.
        """
        a = self.activity(x)
        return self.classifier(a), self.onward(a.detach())


def local_layers(
    image_path: ImagePath,
    image_shape: tuple[int, int, int],
    classes: int,
    inputs: int,
    *,
    zero_start: bool,
) -> nn.ModuleList:
    """Cut `image_path` before each layer with weights, and give each part a classifier.

    A classifier sees at most `inputs` values. The last one is drawn first: like that of the
    method `classifier`, it follows the image path in the stream of initial weights.
    """
    layers = cut(image_path)
    shapes = activity_shapes(layers, image_shape)
    for layer, shape in zip(reversed(layers), reversed(shapes), strict=True):
        layer.classifier = local_classifier(shape, classes, inputs)
        if zero_start:
            nn.init.zeros_(layer.classifier[-1].get_parameter("weight"))
    return nn.ModuleList(layers)


def cut(image_path: ImagePath) -> list[LocalLayer]:
    """Return the image path's layers; the last gets the ReLU that `classifier` puts there."""
    parts: list[list[nn.Module]] = []
    for module in (*image_path, nn.ReLU(inplace=True)):
        if isinstance(module, nn.Conv2d | nn.Linear):
            parts.append([])
        parts[-1].append(module)
    layers = []
    for part in parts:
        # ReLU before pooling, which it commutes with: the classifier sees what is not yet pooled.
        later = [module for module in part if isinstance(module, ONWARD)]
        activity = [module for module in part if not isinstance(module, ONWARD)]
        layers.append(LocalLayer(nn.Sequential(*activity), nn.Sequential(*later)))
    return layers


@torch.no_grad()
def activity_shapes(
    layers: list[LocalLayer], image_shape: tuple[int, int, int]
) -> list[tuple[int, ...]]:
    """Return the shape of each layer's activities for one image."""
    x, shapes = torch.zeros(1, *image_shape), []
    for layer in layers:
        layer.eval()  # one image is too few for batch norm, and no dropout mask is drawn
        a = layer.activity(x)
        shapes.append(tuple(a.shape[1:]))
        x = layer.onward(a)
        layer.train()
    return shapes


def local_classifier(shape: tuple[int, ...], classes: int, inputs: int) -> nn.Sequential:
    """Build a linear classifier over activities of `shape`, (C, H, W) or (F,).

    While there are more than `inputs` of them, twice as many neighbours are averaged: in height
    and in width by turns.
    """
    if len(shape) == 1:
        return nn.Sequential(nn.Linear(*shape, classes))
    channels, *size = shape
    kernel, side = [1, 1], 0
    while prod(left := _pooled(size, kernel)) > 1 and channels * prod(left) > inputs:
        kernel[side] *= 2
        side = 1 - side
    return nn.Sequential(
        nn.AvgPool2d((kernel[0], kernel[1]), ceil_mode=True),
        nn.Flatten(),
        nn.Linear(channels * prod(left), classes),
    )


def _pooled(size: list[int], kernel: list[int]) -> list[int]:
    return [ceil(length / window) for length, window in zip(size, kernel, strict=True)]
