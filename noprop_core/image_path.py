"""The convolutional path of the paper's Fig. 6, left: an image becomes features.

Shapes: `B` batch, `C` channels, `H` x `W` pixels, `F` features. Each ReLU overwrites its input,
which no layer before it needs for its gradient: less memory, the same numbers.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from noprop_core.batch_norm import BatchNorm1d
from noprop_core.errors import InvalidSetting
from noprop_core.masks import mask_like
from noprop_core.method import MethodConfig

CHANNEL_STEP = 8
"""Scaled layer sizes are multiples of this, so that no width gives an odd, slow shape."""

POOLED_CONVOLUTIONS = (True, False, True, True)
"""Which of the convolutions 1 .. 4 a max-pool of 2 follows."""

Padding = Literal["none", "same"]


class ImagePathConfig(MethodConfig):
    """Options of methods whose networks see images through the path of Fig. 6."""

    historical: ClassVar[Mapping[str, Any]] = {"padding": "same", "fourth_convolution": False}

    padding: Literal["auto", Padding] = Field(
        "auto",
        description="of the 3x3 convolutions: none, with which the paper's published parameter "
        "counts are met to every digit; same, which keeps the image's size; auto: none where the "
        "image allows it (from 14x14 pixels on), else same",
    )
    fourth_convolution: bool = Field(
        False,
        description="add a convolution of 256 channels, max-pool and dropout, which comes within "
        "0.05 M parameters of the paper's counts on 64x64 images (Tiny ImageNet); what makes up "
        "the rest is not published",
    )


def scaled(size: int, width: float) -> int:
    """Scale a layer size of Fig. 6 by `width`, to the nearest multiple of 8, at least 8."""
    return max(CHANNEL_STEP, round(size * width / CHANNEL_STEP) * CHANNEL_STEP)


class Dropout(nn.Module):
    """Dropout whose masks come from a named stream instead of the process's global generator.

    So a run repeats bit for bit, and blocks trained in any order see the same masks.
    """

    def __init__(self, rate: float, generator: torch.Generator) -> None:
        """Drop each value with probability `rate`; `generator` lives on the network's device."""
        super().__init__()
        self.keep = 1 - rate
        self.generator = generator
        self.frozen = False
        self.mask: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Return `x`, in training with masked values zeroed and the others scaled up."""
        if not self.training:
            return x
        if self.mask is not None:
            return x * self.mask
        mask = self.draw_like(x).div_(self.keep)
        self.mask = mask if self.frozen else None
        return x * mask

    def skip(self, shape: tuple[int, ...]) -> None:
        """Leave the stream where a training pass over values of `shape` would leave it."""
        drawn = torch.empty(shape, device=self.generator.device, memory_format=torch.channels_last)
        self.draw_like(drawn)

    def draw_like(self, x: Tensor) -> Tensor:
        """Return a mask of zeros and ones that lies in memory as `x` does."""
        return mask_like(x, self.keep, self.generator)


@contextmanager
def frozen_masks(network: nn.Module) -> Iterator[None]:
    """Draw every dropout mask in `network` once for all that happens inside the block.

    What is solved inside is then one function, whose gradient is well defined.
    """
    layers = [module for module in network.modules() if isinstance(module, Dropout)]
    for layer in layers:
        layer.frozen = True
    try:
        yield
    finally:
        for layer in layers:
            layer.frozen, layer.mask = False, None


class ImagePath(nn.Sequential):
    """Image -> features: `x_BCHW` -> `(B, F)`, F = 256 at width 1.

    Maximum and ReLU commute, exactly and in their gradients; pooling first leaves ReLU a quarter
    of the values. The features end in batch norm in discrete time, in a ReLU in continuous time.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        config: ImagePathConfig,
        generator: torch.Generator,
        *,
        batch_norm: bool = True,
    ) -> None:
        """Build for images of `image_shape` (C, H, W).

        Raises `InvalidSetting` if they are too small.
        """
        channels, height, breadth = image_shape
        padding = padding_for(image_shape, config)
        edge = 1 if padding == "same" else 0
        layers: list[nn.Module] = []
        masks: list[tuple[Dropout, tuple[int, int, int]]] = []
        for size, pooled in _convolutions(config):
            outputs = scaled(size, config.width)
            layers.append(nn.Conv2d(channels, outputs, 3, padding=edge))
            layers += [nn.MaxPool2d(2)] if pooled else []
            layers += [nn.ReLU(inplace=True), dropout := Dropout(0.2, generator)]
            height, breadth = (after(n, padding, pooled) for n in (height, breadth))
            masks.append((dropout, (outputs, height, breadth)))
            channels = outputs
        features = scaled(256, config.width)
        super().__init__(
            *layers,
            nn.Flatten(),
            nn.Linear(channels * height * breadth, features),
            BatchNorm1d(features) if batch_norm else nn.ReLU(inplace=True),
        )
        self.features, self.padding, self.masks = features, padding, masks

    def skip_masks(self, batch: int) -> None:
        """Leave the stream of dropout masks where a training pass over `batch` images would."""
        for dropout, shape in self.masks:
            dropout.skip((batch, *shape))


def padding_for(image_shape: tuple[int, int, int], config: ImagePathConfig) -> Padding:
    """Return the padding that `config` means for images of `image_shape` (C, H, W).

    Raises `InvalidSetting` if they are too small.
    """
    _, *size = image_shape
    allowed: tuple[Padding, ...] = ("none", "same")
    for padding in allowed if config.padding == "auto" else (config.padding,):
        if min(size_left(length, padding, config) for length in size) > 0:
            return padding
    least = {padding: smallest(padding, config) for padding in allowed}
    raise InvalidSetting(
        f"images of {size[0]}x{size[1]} pixels are too small for padding '{config.padding}': the "
        f"convolutions need {least['none']}x{least['none']} at least without padding, "
        f"{least['same']}x{least['same']} with padding 'same'"
    )


def size_left(length: int, padding: Padding, config: ImagePathConfig) -> int:
    """Return what convolutions and pooling leave of `length` pixels; 0 or less: too small."""
    for _, pooled in _convolutions(config):
        length = after(length, padding, pooled)
    return length


def after(length: int, padding: Padding, pooled: bool) -> int:
    """Return what one convolution, and pooling if it is `pooled`, leaves of `length` pixels."""
    return (length - (2 if padding == "none" else 0)) // (2 if pooled else 1)


def smallest(padding: Padding, config: ImagePathConfig) -> int:
    """Return the shortest side of an image that the path can take."""
    return next(n for n in range(1, 1000) if size_left(n, padding, config) > 0)


def _convolutions(config: ImagePathConfig) -> list[tuple[int, bool]]:
    """Return the channels at width 1 of each convolution, and whether it is pooled."""
    channels = (32, 64, 128, 256) if config.fourth_convolution else (32, 64, 128)
    return list(zip(channels, POOLED_CONVOLUTIONS, strict=False))
