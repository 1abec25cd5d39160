"""A data set on the device: split, normalised per batch, batched in a seeded order.

Shapes: `N` images, `B` batch, `C` channels, `H` x `W` pixels. Images stay uint8 on the device (a
quarter of the memory of float32) and become float batch by batch; there is no DataLoader, so a
training step never waits for the host.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from noprop_core.datasets.prototypes import prototypes
from noprop_core.errors import InvalidSetting

EVALUATION_BATCH = 1000
"""Images per batch in evaluation: large enough to be fast, small enough to stay below the
training step's peak memory. Predictions do not depend on it (batch norm is in evaluation mode)."""


@dataclass(frozen=True)
class Split:
    """One part of a data set: `images_NCHW` uint8, `labels_N` int64, on the device."""

    images_NCHW: Tensor
    labels_N: Tensor

    def __len__(self) -> int:
        """Count the images."""
        return len(self.labels_N)


@dataclass(frozen=True)
class Task:
    """Image classification with fixed train, validation and test parts on one device.

    `mean_C11` and `scale_C11` are of the training part, in units of uint8 pixel values;
    `checksum` is the SHA-256 of every image and label, so that results on different data are
    never mistaken for results on the same.
    """

    name: str
    classes: int
    train: Split
    validation: Split
    test: Split
    mean_C11: Tensor
    scale_C11: Tensor
    checksum: str

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of one image."""
        channels, height, width = self.train.images_NCHW.shape[1:]
        return channels, height, width

    @property
    def device(self) -> torch.device:
        """Where the images lie."""
        return self.train.images_NCHW.device

    @cached_property
    def class_prototypes(self) -> Tensor:
        """One training image per class, normalised and flattened, that is typical of it.

        Found once per data set, however many runs ask for it. Raises `InvalidSetting` if a class
        has no training image.
        """
        pixels_NP = self.normalise(self.train.images_NCHW).flatten(1)
        return prototypes(pixels_NP, self.train.labels_N, self.classes)

    def writes(self) -> tuple[int, ...]:
        """Return how often each part was written to in place, as torch counts it."""
        parts = (self.train, self.validation, self.test)
        return tuple(
            tensor._version for part in parts for tensor in (part.images_NCHW, part.labels_N)
        )

    def normalise(self, images_BCHW: Tensor) -> Tensor:
        """Return uint8 images as float32 with zero mean and unit variance per channel.

        They come in channels-last layout, in which convolution and pooling are faster.
        """
        x_BCHW = images_BCHW.to(torch.float32, memory_format=torch.channels_last)
        return x_BCHW.sub_(self.mean_C11).mul_(self.scale_C11)

    def epoch_indices(self, batch_size: int, order: torch.Generator) -> tuple[Tensor, ...]:
        """Draw one epoch's order from `order`, a CPU generator, and cut it into batches.

        The order is drawn on the CPU so that it is the same on every device, and copied once per
        epoch. Every image is seen exactly once; the last batch holds the remainder. A remainder
        of a single image joins the batch before it, because batch norm needs two.
        """
        if not 2 <= batch_size <= len(self.train):
            raise InvalidSetting(
                f"batch size {batch_size} does not fit {self.name}: "
                f"from 2 to its {len(self.train)} training images"
            )
        permutation_N = torch.randperm(len(self.train), generator=order)
        permutation_N = permutation_N.to(self.device, non_blocking=True)
        batches = list(torch.split(permutation_N, batch_size))
        if len(batches) > 1 and len(batches[-1]) == 1:
            batches[-2:] = [torch.cat(batches[-2:])]
        return tuple(batches)

    def training_batch(self, indices_B: Tensor) -> tuple[Tensor, Tensor]:
        """Fetch training images (normalised float32) and labels on the device."""
        images_BCHW = self.train.images_NCHW.index_select(0, indices_B)
        return self.normalise(images_BCHW), self.train.labels_N.index_select(0, indices_B)

    def evaluation_batches(self, split: Split) -> Iterator[tuple[Tensor, Tensor]]:
        """Walk through a part in its fixed order, normalised."""
        for start in range(0, len(split), EVALUATION_BATCH):
            part = slice(start, start + EVALUATION_BATCH)
            yield self.normalise(split.images_NCHW[part]), split.labels_N[part]
