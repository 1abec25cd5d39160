"""The data sets that can be named, and what is known of them without reading a file.

Ours are in `DATASETS`. A package offers others under the entry-point group
`noprop_bench.datasets`, and anyone may name a function directly as `package.module:function`: it
takes the folder `--data-dir` and returns `noprop_core.datasets.raw.RawData`. A path names an `.npz`
or a folder of images per class (`noprop_core.datasets.own`).

Imports nothing of torch's, so that a command line can be read and listed at once.
"""

import os
from dataclasses import dataclass
from importlib.metadata import entry_points

from noprop_core.errors import InvalidSetting, UnknownName
from noprop_core.outside import imported

VALIDATION_FRACTION = 0.1
"""Part of the training images held out; the test images are never used to choose anything."""

ENTRY_POINT_GROUP = "noprop_bench.datasets"
"""Where other packages offer data sets of theirs."""


@dataclass(frozen=True)
class DataSet:
    """A data set by name, and the `package.module:function` that reads it."""

    name: str
    title: str
    reader: str


@dataclass(frozen=True)
class OwnData(DataSet):
    """An `.npz` or a folder of images; its name is its path, and so is what the reader takes."""


@dataclass(frozen=True)
class Published(DataSet):
    """A data set of which it is known what it must hold: classes, images `(C, H, W)`, how many."""

    classes: int
    image_shape: tuple[int, int, int]
    train_images: int


_IDX = "noprop_core.datasets.idx"
_FILES = "noprop_core.datasets.torchvision_files"

DATASETS: dict[str, Published] = {
    d.name: d
    for d in (
        Published(
            "digits",
            "8x8 digits of scikit-learn",
            "noprop_core.datasets.digits:read_digits",
            10,
            (1, 8, 8),
            1438,
        ),
        Published("mnist", "MNIST", f"{_IDX}:read_mnist", 10, (1, 28, 28), 60_000),
        Published(
            "fashion-mnist",
            "Fashion-MNIST",
            f"{_IDX}:read_fashion_mnist",
            10,
            (1, 28, 28),
            60_000,
        ),
        Published("kmnist", "Kuzushiji-MNIST", f"{_IDX}:read_kmnist", 10, (1, 28, 28), 60_000),
        Published("cifar10", "CIFAR-10", f"{_FILES}:read_cifar10", 10, (3, 32, 32), 50_000),
        Published("cifar100", "CIFAR-100", f"{_FILES}:read_cifar100", 100, (3, 32, 32), 50_000),
    )
}


def is_path(name: str) -> bool:
    """Tell whether `name` is an `.npz` or a folder: it ends so, or has a separator in it."""
    return name.endswith(".npz") or "/" in name or os.sep in name


def offered() -> dict[str, DataSet]:
    """Return the data sets that installed packages offer, without importing them."""
    return {
        entry.name: DataSet(entry.name, f"from another package: {entry.value}", entry.value)
        for entry in entry_points(group=ENTRY_POINT_GROUP)
        if entry.name not in DATASETS
    }


def find(name: str) -> DataSet:
    """Return the data set called `name`, or the one that a `package.module:function` reads.

    Raises `UnknownName` for a name nothing carries, `InvalidSetting` for a path that leads to no
    function.
    """
    if name in DATASETS:
        return DATASETS[name]
    if is_path(name):
        return OwnData(name, f"data of one's own: {name}", "noprop_core.datasets.own:read")
    others = offered()
    if name not in others and ":" not in name:
        raise UnknownName("data set", name, [*DATASETS, *others])
    found = others.get(name) or DataSet(name, name, name)
    if not callable(imported("data set", found.reader)):
        raise InvalidSetting(f"data set '{found.reader}' is no function")
    return found


def training_size(name: str, train_images: int | None = None) -> int | None:
    """Count the images a run trains on, without reading any file.

    None for a data set whose images are counted only when it is read. Raises as `find` does.
    """
    dataset = find(name)
    if not isinstance(dataset, Published):
        return None
    available = dataset.train_images - round(dataset.train_images * VALIDATION_FRACTION)
    return available if train_images is None else min(train_images, available)
