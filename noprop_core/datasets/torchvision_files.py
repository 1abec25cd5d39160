"""CIFAR as torchvision reads it, downloading it where a network exists."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from noprop_core.datasets.raw import Labelled, RawData
from noprop_core.errors import DataUnavailable

READ_ERRORS = (RuntimeError, OSError, ValueError, AssertionError, KeyError, EOFError, zlib.error)
"""What torchvision and the standard library raise on absent or damaged files."""


def read_cifar10(data_dir: Path) -> RawData:
    """Read CIFAR-10 (Krizhevsky 2009); torchvision checks its files by MD5 each time."""
    return _read_cifar("cifar10", "CIFAR10", data_dir)


def read_cifar100(data_dir: Path) -> RawData:
    """Read CIFAR-100 (Krizhevsky 2009); torchvision checks its files by MD5 each time."""
    return _read_cifar("cifar100", "CIFAR100", data_dir)


def _read_cifar(name: str, class_name: str, data_dir: Path) -> RawData:
    import torchvision  # slow to import, and only these readers need it

    reader: Callable[..., Any] = getattr(torchvision.datasets, class_name)

    def part(train: bool) -> Labelled:
        data = _opened(reader, data_dir, train)
        images_NCHW = torch.from_numpy(data.data).permute(0, 3, 1, 2).contiguous()
        return Labelled(images_NCHW, torch.tensor(data.targets))

    try:
        return RawData(train=part(True), test=part(False))
    except READ_ERRORS as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        folder = data_dir / str(getattr(reader, "base_folder", class_name))
        raise DataUnavailable(
            f"{name}: cannot be read from '{folder}' nor downloaded ({reason[:160]}); put its "
            f"files there, name the folder above it with --data-dir, or give an .npz of the images"
        ) from error


def _opened(reader: Callable[..., Any], data_dir: Path, train: bool) -> Any:
    """Return what is there, whose MD5 torchvision checks; download it only if it is not."""
    try:
        return reader(data_dir, train=train, download=False)
    except READ_ERRORS:
        return reader(data_dir, train=train, download=True)
