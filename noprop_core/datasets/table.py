"""The data sets that can be named, and what is known of them without reading a file.

Imports nothing of torch's, so that a command line can be read and listed at once.
"""

from dataclasses import dataclass

from noprop_core.errors import UnknownName

VALIDATION_FRACTION = 0.1
"""Part of the training images held out; the test images are never used to choose anything."""


@dataclass(frozen=True)
class DataSet:
    """A data set by name: its classes, images `(C, H, W)`, and training images."""

    name: str
    title: str
    classes: int
    image_shape: tuple[int, int, int]
    train_images: int


DATASETS: dict[str, DataSet] = {
    d.name: d
    for d in (
        DataSet("digits", "8x8 digits of scikit-learn", 10, (1, 8, 8), 1438),
        DataSet("mnist", "MNIST", 10, (1, 28, 28), 60_000),
        DataSet("fashion-mnist", "Fashion-MNIST", 10, (1, 28, 28), 60_000),
        DataSet("kmnist", "Kuzushiji-MNIST", 10, (1, 28, 28), 60_000),
        DataSet("cifar10", "CIFAR-10", 10, (3, 32, 32), 50_000),
        DataSet("cifar100", "CIFAR-100", 100, (3, 32, 32), 50_000),
    )
}


def find(name: str) -> DataSet:
    """Return the data set called `name`; raises `UnknownName`."""
    if name not in DATASETS:
        raise UnknownName("data set", name, DATASETS)
    return DATASETS[name]


def training_size(name: str, train_images: int | None = None) -> int:
    """Count the images a run trains on, without reading any file."""
    published = find(name).train_images
    available = published - round(published * VALIDATION_FRACTION)
    return available if train_images is None else min(train_images, available)
