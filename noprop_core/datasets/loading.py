"""A data set's name becomes a task: read, split, put on the device.

Every reader returns raw uint8 images; `load` splits them the same way for every run, whatever its
seed.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from noprop_core.datasets import digits
from noprop_core.datasets.contents import classes_of
from noprop_core.datasets.raw import SPLIT_STREAMS, Labelled, RawData
from noprop_core.datasets.table import VALIDATION_FRACTION, DataSet, OwnData, Published, find
from noprop_core.datasets.task import Split, Task
from noprop_core.errors import DataUnavailable, InvalidSetting, UserError
from noprop_core.outside import harmless, imported
from noprop_core.words import one_line


def preload() -> None:
    """Read what is small and comes with the project, without computing anything on a tensor.

    A process forked after this finds it in memory.
    """
    digits.contents()


def read(dataset: DataSet, data_dir: Path) -> RawData:
    """Return what the data set's reader finds in `data_dir`.

    Raises `DataUnavailable`, whatever goes wrong in another package's reader.
    """
    reader: Callable[[Path], RawData] = imported("data set", dataset.reader)
    try:
        with harmless():
            return reader(Path(dataset.name) if isinstance(dataset, OwnData) else data_dir)
    except (UserError, KeyboardInterrupt):
        raise
    except BaseException as error:
        if isinstance(dataset, Published):  # read by our own code: a bug
            raise
        raise DataUnavailable(f"{dataset.name}: cannot be read: {one_line(error)}") from error


def load(
    name: str,
    data_dir: Path = Path("data"),
    device: torch.device | str = "cpu",
    train_images: int | None = None,
) -> Task:
    """Read a data set, split it and put it on `device`.

    `train_images` keeps only so many images of the training part, and of the validation part
    as many in proportion. Raises `UnknownName`, `InvalidSetting` and `DataUnavailable`.
    """
    dataset = find(name)
    raw = read(dataset, data_dir)
    classes = classes_of(dataset, raw)
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
        classes,
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
