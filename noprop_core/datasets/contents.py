"""Whether what a reader returned can be learnt from, and is what it should be."""

import torch

from noprop_core.datasets.raw import Labelled, RawData
from noprop_core.datasets.table import DataSet, Published
from noprop_core.errors import DataUnavailable

FEWEST = 10
"""Training images that leave one for validation, and two to learn from."""


def classes_of(dataset: DataSet, raw: object) -> int:
    """Return the number of classes in `raw`, once it is known to be sound.

    Raises `DataUnavailable` for what is no `RawData`, for images or labels of the wrong kind, and
    for contents that differ from those of a published data set.
    """
    if not isinstance(raw, RawData):
        raise DataUnavailable(
            f"{dataset.name}: its reader returned {type(raw).__name__}, not RawData"
        )
    published = dataset if isinstance(dataset, Published) else None
    shape = published.image_shape if published else _shape_of(raw.train)
    classes = published.classes if published else None
    for title, part in (("training", raw.train), ("test", raw.test)):
        problem = _problem(part, shape, classes)
        if problem:
            raise DataUnavailable(f"{dataset.name}: the {title} {problem}")
    if len(raw.train) < FEWEST:
        raise DataUnavailable(
            f"{dataset.name}: {len(raw.train)} training images are too few; {FEWEST} would do"
        )
    return _classes_in(dataset.name, raw) if classes is None else classes


def _classes_in(name: str, raw: RawData) -> int:
    """Count the classes; raises `DataUnavailable` for one alone, and for one without an image."""
    labels_N = torch.cat([raw.train.labels_N, raw.test.labels_N])
    largest = int(labels_N.max())
    if largest >= len(
        labels_N
    ):  # asked first: counting takes memory for every class there could be
        raise DataUnavailable(
            f"{name}: labels reach {largest} for {len(labels_N)} images; classes count from 0, "
            "without gaps"
        )
    counts_K = labels_N.bincount()
    empty = (counts_K == 0).nonzero().flatten().tolist()
    if empty:
        raise DataUnavailable(
            f"{name}: of class {empty[0]} there is no image, and labels reach "
            f"{len(counts_K) - 1}; classes count from 0, without gaps"
        )
    if len(counts_K) < 2:
        raise DataUnavailable(f"{name}: all labels are 0; two classes are the fewest to tell apart")
    return len(counts_K)


def _problem(part: Labelled, shape: tuple[int, ...], classes: int | None) -> str:
    """Return what is wrong with a part of a data set, or nothing."""
    images_NCHW, labels_N = part.images_NCHW, part.labels_N
    kinds: tuple[tuple[str, object, torch.dtype, int], ...] = (
        ("images", images_NCHW, torch.uint8, 4),
        ("labels", labels_N, torch.int64, 1),
    )
    for title, tensor, dtype, dimensions in kinds:
        if not isinstance(tensor, torch.Tensor) or tensor.device.type != "cpu":
            return f"{title} are no tensor on the CPU"
        if tensor.dtype != dtype or tensor.ndim != dimensions:
            return (
                f"{title} are {tensor.dtype} of {tensor.ndim} dimensions; "
                f"expected {dtype} of {dimensions}"
            )
    if tuple(images_NCHW.shape[1:]) != shape or len(labels_N) != len(images_NCHW):
        return (
            f"files hold {len(images_NCHW)} images of {tuple(images_NCHW.shape[1:])} and "
            f"{len(labels_N)} labels; expected images of {shape}, a label each"
        )
    if len(labels_N) == 0:
        return "part is empty"
    if int(labels_N.min()) < 0:
        return "labels are negative in places; classes count from 0"
    if classes is not None and int(labels_N.max()) >= classes:
        return f"labels do not fit {classes} classes"
    return ""


def _shape_of(part: Labelled) -> tuple[int, ...]:
    """Return the shape of one image, () if there are no images to speak of."""
    return tuple(getattr(part.images_NCHW, "shape", ())[1:])
