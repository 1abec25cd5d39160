"""One block of the paper's Fig. 6 (discrete time), at any width.

Shapes: `B` batch, `C` channels, `H` x `W` pixels, `F` features, `D` embedding, `K` classes.
Layer sizes in the code are the figure's; `width` scales them all.
"""

import torch
from torch import Tensor, nn

from noprop_core.batch_norm import BatchNorm1d
from noprop_core.image_path import ImagePath, ImagePathConfig, scaled


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
            nn.Linear(dimension, features), BatchNorm1d(features), nn.ReLU(inplace=True)
        )
        self.residual = nn.Sequential(
            nn.Linear(features, features),
            BatchNorm1d(features),
            nn.ReLU(inplace=True),
            nn.Linear(features, features),
            BatchNorm1d(features),
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
        config: ImagePathConfig,
        generator: torch.Generator,
    ) -> None:
        """Build one block for states of `latent_shape`, (D,) or (C, H, W), and `classes` K."""
        super().__init__()
        width = config.width
        self.image_path = ImagePath(image_shape, config, generator)
        self.label_path: LabelPath | LabelAsImage
        if len(latent_shape) == 1:
            self.label_path = LabelPath(latent_shape[0], width)
        else:
            self.label_path = LabelAsImage(ImagePath(image_shape, config, generator), latent_shape)
        joined, narrowed = scaled(256, width), scaled(128, width)
        self.joined = nn.Sequential(
            nn.Linear(self.image_path.features + self.label_path.features, joined),
            BatchNorm1d(joined),
            nn.ReLU(inplace=True),
            nn.Linear(joined, narrowed),
            BatchNorm1d(narrowed),
            nn.ReLU(inplace=True),
            nn.Linear(narrowed, classes),
        )

    def logits(self, features_BF: Tensor, z_BD: Tensor) -> Tensor:
        """Return `(B, K)` logits from image features and noised labels."""
        joined: Tensor = self.joined(torch.cat((features_BF, self.label_path(z_BD)), dim=1))
        return joined

    def logits_without_z(self, features_BF: Tensor, dimension: int) -> Tensor:
        """Return `(B, K)` logits of a plain classifier with the same layers and operations.

        The label path is given `dimension` of the image's own features, so that it is of use.
        (Zeros would leave its batch norm without variance, and useless in evaluation.)
        """
        features = features_BF.shape[1]
        chosen_D = torch.arange(dimension, device=features_BF.device) % features
        return self.logits(features_BF, features_BF.index_select(1, chosen_D))

    def forward(self, x_BCHW: Tensor, z_BD: Tensor) -> Tensor:
        """Return `(B, K)` logits from images and noised labels."""
        return self.logits(self.image_path(x_BCHW), z_BD)
