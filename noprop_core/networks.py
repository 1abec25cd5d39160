"""The networks of the paper's Fig. 6, at any width.

Shapes: `B` batch, `C` channels, `H` x `W` pixels, `F` features, `D` embedding, `K` classes.
Layer sizes in the code are the figure's; `width` scales them all. Each ReLU overwrites its input,
which no layer before it needs for its gradient: less memory, the same numbers.
"""

import torch
from torch import Tensor, nn

CHANNEL_STEP = 8
"""Scaled layer sizes are multiples of this, so that no width gives an odd, slow shape."""


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

    def forward(self, x: Tensor) -> Tensor:
        """Return `x`, in training with masked values zeroed and the others scaled up."""
        if not self.training:
            return x
        mask = torch.empty_like(x).bernoulli_(self.keep, generator=self.generator)
        return x * mask.div_(self.keep)


class ImagePath(nn.Sequential):
    """Image -> features: `x_BCHW` -> `(B, F)`, F = 256 at width 1 (Fig. 6, left).

    Fig. 6 does not give the padding; with padding 1 each convolution keeps the image's size. The
    features end in batch norm in discrete time, in a ReLU in continuous time.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        width: float,
        generator: torch.Generator,
        *,
        batch_norm: bool = True,
    ) -> None:
        """Build for images of `image_shape` (C, H, W)."""
        channels, height, breadth = image_shape
        first, second, third = (scaled(size, width) for size in (32, 64, 128))
        features = scaled(256, width)
        super().__init__(
            nn.Conv2d(channels, first, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            Dropout(0.2, generator),
            nn.Conv2d(first, second, 3, padding=1),
            nn.ReLU(inplace=True),
            Dropout(0.2, generator),
            nn.Conv2d(second, third, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            Dropout(0.2, generator),
            nn.Flatten(),
            nn.Linear(third * (height // 4) * (breadth // 4), features),
            nn.BatchNorm1d(features) if batch_norm else nn.ReLU(inplace=True),
        )
        self.features = features


class LabelAsImage(nn.Module):
    """Noised label of an image's size -> features: `z_BD` -> `(B, F)`, by a path like the image's.

    Fig. 6's choice where the embeddings are prototypes.
    """

    def __init__(self, path: ImagePath, latent_shape: tuple[int, ...]) -> None:
        """Send states of `latent_shape` (C, H, W) through `path`."""
        super().__init__()
        self.path, self.latent_shape, self.features = path, latent_shape, path.features

    def forward(self, z_BD: Tensor) -> Tensor:
        """Return features of the noised label."""
        features_BF: Tensor = self.path(z_BD.reshape(-1, *self.latent_shape))
        return features_BF


class LabelPath(nn.Module):
    """Noised label -> features: `z_BD` -> `(B, F)` (Fig. 6, middle; discrete time)."""

    def __init__(self, dimension: int, width: float) -> None:
        """Build for embeddings of `dimension` D."""
        super().__init__()
        self.features = features = scaled(256, width)
        self.enter = nn.Sequential(
            nn.Linear(dimension, features), nn.BatchNorm1d(features), nn.ReLU(inplace=True)
        )
        self.residual = nn.Sequential(
            nn.Linear(features, features),
            nn.BatchNorm1d(features),
            nn.ReLU(inplace=True),
            nn.Linear(features, features),
            nn.BatchNorm1d(features),
        )

    def forward(self, z_BD: Tensor) -> Tensor:
        """Return features of the noised label."""
        entered: Tensor = self.enter(z_BD)
        correction: Tensor = self.residual(entered)
        return entered + correction


class DenoisingBlock(nn.Module):
    """One block of the chain: image and noised label -> class logits (Fig. 6, discrete time).

    The image path does not see z: its features can be computed once and used for many z.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_shape: tuple[int, ...],
        classes: int,
        width: float,
        generator: torch.Generator,
    ) -> None:
        """Build one block for states of `latent_shape`, (D,) or (C, H, W), and `classes` K."""
        super().__init__()
        self.image_path = ImagePath(image_shape, width, generator)
        self.label_path: LabelPath | LabelAsImage
        if len(latent_shape) == 1:
            self.label_path = LabelPath(latent_shape[0], width)
        else:
            self.label_path = LabelAsImage(ImagePath(image_shape, width, generator), latent_shape)
        joined, narrowed = scaled(256, width), scaled(128, width)
        self.joined = nn.Sequential(
            nn.Linear(self.image_path.features + self.label_path.features, joined),
            nn.BatchNorm1d(joined),
            nn.ReLU(inplace=True),
            nn.Linear(joined, narrowed),
            nn.BatchNorm1d(narrowed),
            nn.ReLU(inplace=True),
            nn.Linear(narrowed, classes),
        )

    def logits(self, features_BF: Tensor, z_BD: Tensor) -> Tensor:
        """Return `(B, K)` logits from image features and noised labels."""
        joined: Tensor = self.joined(torch.cat((features_BF, self.label_path(z_BD)), dim=1))
        return joined

    def forward(self, x_BCHW: Tensor, z_BD: Tensor) -> Tensor:
        """Return `(B, K)` logits from images and noised labels."""
        return self.logits(self.image_path(x_BCHW), z_BD)
