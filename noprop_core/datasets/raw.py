"""Images and labels as they were read, before any split: what a reader returns."""

from dataclasses import dataclass

from torch import Tensor

from noprop_core.seeding import Streams

SPLIT_STREAMS = Streams(0)
"""The split is a property of the data set, not of a run: always drawn from this seed."""


@dataclass(frozen=True)
class Labelled:
    """`images_NCHW` uint8 and `labels_N` int64, on the CPU."""

    images_NCHW: Tensor
    labels_N: Tensor

    def __len__(self) -> int:
        """Count the images."""
        return len(self.labels_N)

    def take(self, indices: Tensor) -> "Labelled":
        """Keep the images at `indices`, in that order."""
        return Labelled(self.images_NCHW[indices], self.labels_N[indices])


@dataclass(frozen=True)
class RawData:
    """The published training and test parts of a data set."""

    train: Labelled
    test: Labelled
