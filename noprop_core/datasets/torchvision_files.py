"""Data sets that torchvision reads, and downloads where a network exists.

`--data-dir DIR` may be torchvision's own root (`DIR/MNIST/raw/...`), a folder that holds one named
after the data set (`DIR/mnist/*-ubyte[.gz]`) or, for MNIST, the folder of the four files itself.
"""

import gzip
import hashlib
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from noprop_core.datasets.raw import Labelled, RawData
from noprop_core.errors import DataUnavailable

MNIST_MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
"""MD5 of the four files once unpacked. torchvision checks the packed files, and only as it
downloads them; a file that was damaged later, or is another data set's, would pass."""

READ_ERRORS = (RuntimeError, OSError, ValueError, AssertionError, KeyError, EOFError, zlib.error)
"""What torchvision and the standard library raise on absent or damaged files (`URLError` and
`gzip.BadGzipFile` are `OSError`s; torchvision's reader of IDX headers asserts)."""


def read_mnist(data_dir: Path) -> RawData:
    """Read MNIST (LeCun, Cortes & Burges), its four files checked by MD5."""
    return _read_idx("mnist", "MNIST", data_dir, flat=True, checksums=MNIST_MD5)


def read_fashion_mnist(data_dir: Path) -> RawData:
    """Read Fashion-MNIST (Xiao, Rasul & Vollgraf 2017)."""
    return _read_idx("fashion-mnist", "FashionMNIST", data_dir)


def read_kmnist(data_dir: Path) -> RawData:
    """Read Kuzushiji-MNIST (Clanuwat et al. 2018)."""
    return _read_idx("kmnist", "KMNIST", data_dir)


def read_cifar10(data_dir: Path) -> RawData:
    """Read CIFAR-10 (Krizhevsky 2009); torchvision checks its files by MD5 each time."""
    return _read_cifar("cifar10", "CIFAR10", data_dir)


def read_cifar100(data_dir: Path) -> RawData:
    """Read CIFAR-100 (Krizhevsky 2009); torchvision checks its files by MD5 each time."""
    return _read_cifar("cifar100", "CIFAR100", data_dir)


def _read_idx(
    name: str,
    class_name: str,
    data_dir: Path,
    flat: bool = False,
    checksums: dict[str, str] | None = None,
) -> RawData:
    """Read a data set of four IDX files.

    `flat` also accepts the files in `data_dir` itself: only safe where `checksums` can tell them
    from another data set's files of the same names.
    """
    folders = [data_dir / class_name / "raw", data_dir / name] + [data_dir] * flat
    found = next((folder for folder in folders if _holds_idx(folder)), None)
    reader = _torchvision_class(class_name)
    if found is None or found == folders[0]:
        if found is not None:
            _check_files(name, found, reader, checksums)
        return _read(name, data_dir, lambda train: _idx_part(reader, data_dir, train))
    _check_files(name, found, reader, checksums)
    # torchvision reads its own layout only; the files stay where they are, which may be read-only.
    with tempfile.TemporaryDirectory() as scratch:
        raw_folder = Path(scratch) / class_name / "raw"
        raw_folder.mkdir(parents=True)
        for file_name in MNIST_MD5:
            (raw_folder / file_name).write_bytes(_unpacked(name, found, file_name))
        return _read(name, found, lambda train: _idx_part(reader, Path(scratch), train))


def _read_cifar(name: str, class_name: str, data_dir: Path) -> RawData:
    reader = _torchvision_class(class_name)

    def part(train: bool) -> Labelled:
        data = reader(data_dir, train=train, download=True)
        images_NCHW = torch.from_numpy(data.data).permute(0, 3, 1, 2).contiguous()
        return Labelled(images_NCHW, torch.tensor(data.targets))

    return _read(name, data_dir, part)


def _read(name: str, data_dir: Path, part: Callable[[bool], Labelled]) -> RawData:
    try:
        return RawData(train=part(True), test=part(False))
    except READ_ERRORS as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataUnavailable(
            f"{name}: cannot be read from '{data_dir}' nor downloaded ({reason[:160]}); "
            f"put its files there, or name their folder with --data-dir"
        ) from error


def _idx_part(reader: Callable[..., Any], root: Path, train: bool) -> Labelled:
    data = reader(root, train=train, download=True)
    return Labelled(data.data.unsqueeze(1), data.targets.long())


def _torchvision_class(name: str) -> Callable[..., Any]:
    import torchvision  # slow to import, and only these readers need it

    reader: Callable[..., Any] = getattr(torchvision.datasets, name)
    return reader


def _holds_idx(folder: Path) -> bool:
    return all(_packed_or_not(folder, name) is not None for name in MNIST_MD5)


def _packed_or_not(folder: Path, file_name: str) -> Path | None:
    candidates = (folder / file_name, folder / f"{file_name}.gz")
    return next((path for path in candidates if path.is_file()), None)


def _unpacked(name: str, folder: Path, file_name: str) -> bytes:
    path = _packed_or_not(folder, file_name)
    assert path is not None
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as packed:
                return packed.read()
        return path.read_bytes()
    except READ_ERRORS as error:
        raise DataUnavailable(f"{name}: {path} is damaged ({error})") from error


def _check_files(
    name: str, folder: Path, reader: Callable[..., Any], checksums: dict[str, str] | None
) -> None:
    """Compare the files with their published MD5, unpacked or, failing that, packed."""
    packed_md5: dict[str, str] = dict(getattr(reader, "resources", ()))
    for file_name in MNIST_MD5:
        packed = folder / f"{file_name}.gz"
        if checksums is not None:
            content, expected = _unpacked(name, folder, file_name), checksums[file_name]
        elif packed.is_file() and packed.name in packed_md5:
            content, expected = packed.read_bytes(), packed_md5[packed.name]
        else:
            continue
        given = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if given != expected:
            raise DataUnavailable(
                f"{name}: {folder / file_name} is damaged or not {name}'s "
                f"(md5 {given}, expected {expected}); remove it to download it again"
            )
