"""Data of one's own: an `.npz` of arrays, or a folder of images per class.

    my.npz      train_images (N, H, W) or (N, H, W, C) uint8, train_labels (N,), and test_images,
                test_labels alike; Keras' names (x_train, y_train, ...) are understood
    pictures/   one folder per class; or train/ and test/, each with one folder per class

Without a test part a fixed fifth is set apart for it, as of digits.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from noprop_core.datasets.raw import SPLIT_STREAMS, Labelled, RawData
from noprop_core.errors import DataUnavailable
from noprop_core.words import one_line

WANTED = (
    "train_images (N, H, W[, C]) uint8 and train_labels (N,), test_images and test_labels alike"
)
NAMES = {
    "train": (("train_images", "train_labels"), ("x_train", "y_train")),
    "test": (("test_images", "test_labels"), ("x_test", "y_test")),
}
MOST_CHANNELS = 4
"""Of an image; where the last of four dimensions is larger, channels do not come last."""


def read(path: Path) -> RawData:
    """Return the images and labels in an `.npz` or a folder. Raises `DataUnavailable`."""
    try:
        path = path.expanduser()
    except RuntimeError as error:
        raise DataUnavailable(f"{path}: there is no such home directory") from error
    if path.is_dir():
        return _read_folder(path)
    if path.exists() and not path.is_file():
        raise DataUnavailable(f"{path}: is neither a file nor a folder; expected {WANTED}")
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise DataUnavailable(f"{path}: no such file or folder") from None
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise DataUnavailable(
            f"{path}: cannot be read as an .npz ({one_line(str(error), 120)}); expected {WANTED}"
        ) from error
    train, test = (_part_of(path, arrays, part) for part in ("train", "test"))
    if train is None:
        raise DataUnavailable(
            f"{path}: holds {', '.join(sorted(arrays)) or 'nothing'}; expected {WANTED}"
        )
    return _with_a_test_part(train, test)


def _part_of(path: Path, arrays: Mapping[str, np.ndarray], part: str) -> Labelled | None:
    for images_name, labels_name in NAMES[part]:
        if images_name in arrays and labels_name in arrays:
            images = _images(f"{path}: {images_name}", arrays[images_name])
            labels = _labels(f"{path}: {labels_name}", arrays[labels_name])
            if len(images) != len(labels):
                raise DataUnavailable(
                    f"{path}: {len(images)} {images_name} and {len(labels)} {labels_name}"
                )
            return Labelled(images, labels)
    return None


def _images(title: str, array: np.ndarray) -> torch.Tensor:
    fits = array.ndim == 3 or (array.ndim == 4 and 1 <= array.shape[-1] <= MOST_CHANNELS)
    if array.dtype != np.uint8 or not fits:
        shape = "x".join(map(str, array.shape))
        raise DataUnavailable(
            f"{title} is {array.dtype} of shape {shape}; expected uint8 of (N, H, W) or (N, H, W, "
            f"C), channels last, at most {MOST_CHANNELS}"
        )
    if array.size == 0:
        raise DataUnavailable(
            f"{title} holds no pixels: its shape is {'x'.join(map(str, array.shape))}"
        )
    images_NHWC = array.reshape(*array.shape[:3], -1)
    return torch.from_numpy(np.ascontiguousarray(images_NHWC.transpose(0, 3, 1, 2)))


def _labels(title: str, array: np.ndarray) -> torch.Tensor:
    flat = array.reshape(-1) if array.ndim == 2 and array.shape[1] == 1 else array
    if flat.ndim != 1 or not np.issubdtype(flat.dtype, np.integer):
        shape = "x".join(map(str, array.shape))
        raise DataUnavailable(
            f"{title} is {array.dtype} of shape {shape}; expected whole numbers from 0, one per "
            "image"
        )
    return torch.from_numpy(flat.astype(np.int64))


def _with_a_test_part(train: Labelled, test: Labelled | None) -> RawData:
    if test is not None:
        return RawData(train, test)
    order = torch.randperm(len(train), generator=SPLIT_STREAMS.generator("own test part"))
    held_out = len(train) // 5
    return RawData(train=train.take(order[held_out:]), test=train.take(order[:held_out]))


def _read_folder(path: Path) -> RawData:
    parts = {part: path / part for part in ("train", "test")}
    split = all(folder.is_dir() for folder in parts.values())
    folders = list(parts.values()) if split else [path]
    names = [_classes_in(folder) for folder in folders]
    if split and not set(names[1]) <= set(names[0]):
        unknown = sorted(set(names[1]) - set(names[0]))[0]
        raise DataUnavailable(f"{path}: test/ has a class '{unknown}' that train/ has not")
    if not names[0]:
        raise DataUnavailable(
            f"{path}: no folders of images; expected one per class, or train/ and test/ with one "
            "per class each"
        )
    files = [
        [(file, label) for label, name in enumerate(names[0]) for file in _images_in(folder / name)]
        for folder in folders
    ]
    colours = any(_has_colour(file) for part in files for file, _ in part)
    read_parts = [_decoded(path, part, "RGB" if colours else "L") for part in files]
    return _with_a_test_part(read_parts[0], read_parts[1] if split else None)


def _classes_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def _images_in(folder: Path) -> list[Path]:
    """Return the files of kinds that Pillow knows, in the order of their names."""
    from PIL import Image

    known = Image.registered_extensions()
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in known and p.name[0] != ".")


def _has_colour(file: Path) -> bool:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as image:
            return image.mode not in ("1", "L", "LA")
    except (OSError, UnidentifiedImageError, ValueError) as error:
        raise DataUnavailable(f"{file}: no image that Pillow can read ({error})") from error


def _decoded(path: Path, files: list[tuple[Path, int]], mode: str) -> Labelled:
    from PIL import Image

    if not files:
        raise DataUnavailable(f"{path}: its folders hold no image that Pillow can read")
    arrays = []
    for file, _ in files:
        try:
            with Image.open(file) as image:
                arrays.append(np.asarray(image.convert(mode)))
        except (OSError, ValueError) as error:
            raise DataUnavailable(f"{file}: no image that Pillow can read ({error})") from error
        if arrays[-1].shape != arrays[0].shape:
            height, breadth = arrays[-1].shape[:2]
            raise DataUnavailable(
                f"{file}: {height}x{breadth} pixels, where {files[0][0]} has "
                f"{arrays[0].shape[0]}x{arrays[0].shape[1]}; images of one size are needed"
            )
    labels_N = torch.tensor([label for _, label in files], dtype=torch.int64)
    return Labelled(_images(str(path), np.stack(arrays)), labels_N)
