"""Where each data set comes from, and how it is split.

`digits` ships with scikit-learn and needs no files. The others are read by torchvision, which
downloads them where a network exists. Every reader returns raw uint8 images; `load` splits them
the same way for every run, whatever its seed, and puts them on the device.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from noprop_core.datasets import digits, torchvision_files
from noprop_core.datasets.raw import Labelled, RawData
from noprop_core.datasets.table import VALIDATION_FRACTION, DataSet, find
from noprop_core.datasets.task import Split, Task
from noprop_core.errors import DataUnavailable, InvalidSetting
from noprop_core.seeding import Streams

SPLIT_STREAMS = Streams(0)
"""The split is a property of the data set, not of a run: always drawn from this seed."""


def read_digits(data_dir: Path) -> RawData:
    """Read scikit-learn's 1,797 digits (UCI, Alpaydin & Kaynak 1998); pixels 0-16 become 0-255.

    It has no test part of its own: a fixed fifth is set apart.
    """
    images, labels = digits.arrays()
    pixels = torch.from_numpy(images).mul(255 / 16).round().to(torch.uint8)
    data = Labelled(pixels.unsqueeze(1), torch.from_numpy(labels).long())
    order = torch.randperm(len(data), generator=SPLIT_STREAMS.generator("digits test part"))
    held_out = len(data) // 5
    return RawData(train=data.take(order[held_out:]), test=data.take(order[:held_out]))


READERS: dict[str, Callable[[Path], RawData]] = {
    "digits": read_digits,
    "mnist": torchvision_files.read_mnist,
    "fashion-mnist": torchvision_files.read_fashion_mnist,
    "kmnist": torchvision_files.read_kmnist,
    "cifar10": torchvision_files.read_cifar10,
    "cifar100": torchvision_files.read_cifar100,
}


def preload() -> None:
    """Read what is small and comes with the project, without computing anything on a tensor.

    A process forked after this finds it in memory.
    """
    digits.arrays()


def load(
    name: str,
    data_dir: Path = Path("data"),
    device: torch.device | str = "cpu",
    train_images: int | None = None,
) -> Task:
    """Read a data set, split it and put it on `device`.

    `train_images` keeps only so many images of the training part, and of the validation part
    as many in proportion. Raises `UnknownName` and `DataUnavailable`.
    """
    dataset = find(name)
    raw = READERS[name](data_dir)
    _check_contents(dataset, raw)
    order = torch.randperm(len(raw.train), generator=SPLIT_STREAMS.generator(f"{name} validation"))
    held_out = round(len(raw.train) * VALIDATION_FRACTION)
    train, validation = raw.train.take(order[held_out:]), raw.train.take(order[:held_out])
    if train_images is not None:
        if not 2 <= train_images <= len(train):
            raise InvalidSetting(
                f"train_images {train_images} does not fit {name}: from 2 to {len(train)}"
            )
        share = max(1, round(len(validation) * train_images / len(train)))
        train, validation = (
            train.take(torch.arange(train_images)),
            validation.take(torch.arange(share)),
        )
    return build_task(
        dataset.name,
        dataset.classes,
        train=train,
        validation=validation,
        test=raw.test,
        device=device,
    )


def build_task(
    name: str,
    classes: int,
    *,
    train: Labelled,
    validation: Labelled,
    test: Labelled,
    device: torch.device | str = "cpu",
) -> Task:
    """Put three parts on `device`, normalised by the training part's mean and deviation."""
    pixels_NCHW = train.images_NCHW.double()
    mean_C = pixels_NCHW.mean(dim=(0, 2, 3))
    # A channel that never changes carries nothing: leave it at zero rather than divide by zero.
    deviation_C = pixels_NCHW.std(dim=(0, 2, 3), correction=0).clamp_min(1.0)

    def on_device(part: Labelled) -> Split:
        return Split(part.images_NCHW.to(device), part.labels_N.to(device))

    def per_channel(values_C: Tensor) -> Tensor:
        return values_C.float().reshape(-1, 1, 1).to(device)

    return Task(
        name=name,
        classes=classes,
        train=on_device(train),
        validation=on_device(validation),
        test=on_device(test),
        mean_C11=per_channel(mean_C),
        scale_C11=per_channel(1 / deviation_C),
        checksum=_checksum(train, validation, test),
    )


def _checksum(*parts: Labelled) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.images_NCHW.contiguous().numpy().tobytes())
        digest.update(part.labels_N.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _check_contents(dataset: DataSet, raw: RawData) -> None:
    for title, part in (("training", raw.train), ("test", raw.test)):
        shape = tuple(part.images_NCHW.shape[1:])
        if shape != dataset.image_shape or len(part.labels_N) != len(part.images_NCHW):
            raise DataUnavailable(
                f"{dataset.name}: the {title} files hold {len(part.images_NCHW)} images of "
                f"{shape} and {len(part.labels_N)} labels; expected images of "
                f"{dataset.image_shape}, a label each"
            )
        if len(part.labels_N) == 0 or int(part.labels_N.max()) >= dataset.classes:
            raise DataUnavailable(
                f"{dataset.name}: the {title} labels do not fit {dataset.classes} classes"
            )
