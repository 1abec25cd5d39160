"""MNIST and its relatives: four files in the IDX format, found, checked by MD5 and read.

`--data-dir DIR` may be torchvision's own root (`DIR/MNIST/raw/...`), a folder that holds one named
after the data set (`DIR/mnist/...`) or the folder of the four files itself. They may be packed or
not, and named as other sites do (`train-images.idx3-ubyte`). Nothing is written where they lie.
What is hashed is what is read: the unpacked content, so that a recompressed file is as good.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from noprop_core.datasets.raw import Labelled, RawData
from noprop_core.errors import DataUnavailable
from noprop_core.words import one_line

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True)
class IdxSet:
    """What is known of a data set of four files."""

    name: str
    torchvision: str
    """The class of torchvision that downloads it, and the folder that it downloads to."""
    md5: Mapping[str, str]
    """Of the unpacked files; empty where it is not known."""
    packed_md5: Mapping[str, str]
    """Of the packed files as published, where that of the unpacked ones is not known."""
    counts: tuple[int, int] = (60_000, 10_000)
    """Training and test images."""


SETS = {
    known.name: known
    for known in (
        IdxSet(
            "mnist",
            "MNIST",
            {
                FILES[0]: "6bbc9ace898e44ae57da46a324031adb",
                FILES[1]: "a25bea736e30d166cdddb491f175f624",
                FILES[2]: "2646ac647ad5339dbf082846283269ea",
                FILES[3]: "27ae3e4e09519cfbb04c329615203637",
            },
            {},
        ),
        IdxSet(
            "fashion-mnist",
            "FashionMNIST",
            {
                FILES[0]: "f4a8712d7a061bf5bd6d2ca38dc4d50a",
                FILES[1]: "9018921c3c673c538a1fc5bad174d6f9",
                FILES[2]: "8181f5470baa50b63fa0f6fddb340f0a",
                FILES[3]: "15d484375f8d13e6eb1aabb0c3f46965",
            },
            {},
        ),
        IdxSet(
            "kmnist",
            "KMNIST",
            {},
            {
                FILES[0]: "bdb82020997e1d708af4cf47b453dcf7",
                FILES[1]: "e144d726b3acfaa3e44228e80efcd344",
                FILES[2]: "5c965bf0a639b31b8f53240b1b52f4d7",
                FILES[3]: "7320c461ea6c1c855c0b718fb2a4b134",
            },
        ),
    )
}


def read_mnist(data_dir: Path) -> RawData:
    """Read MNIST (LeCun, Cortes & Burges)."""
    return read("mnist", data_dir)


def read_fashion_mnist(data_dir: Path) -> RawData:
    """Read Fashion-MNIST (Xiao, Rasul & Vollgraf 2017)."""
    return read("fashion-mnist", data_dir)


def read_kmnist(data_dir: Path) -> RawData:
    """Read Kuzushiji-MNIST (Clanuwat et al. 2018)."""
    return read("kmnist", data_dir)


def read(name: str, data_dir: Path) -> RawData:
    """Return the data set's images and labels; download its files if they are nowhere to be found.

    Raises `DataUnavailable`.
    """
    known = SETS[name]
    folders = [data_dir / known.torchvision / "raw", data_dir / name]
    if known.md5:  # only a checksum tells files of these names apart
        folders.append(data_dir)
    found = next((folder for folder in folders if _holds_all(folder)), None)
    if found is None:
        _download(known, data_dir, folders)
        found = folders[0]
    parts = []
    for part, count in zip(("train", "t10k"), known.counts, strict=True):
        images_NHW, labels_N = (
            _array(known, found, f"{part}-{kind}", dimensions)
            for kind, dimensions in (("images-idx3-ubyte", 3), ("labels-idx1-ubyte", 1))
        )
        if len(images_NHW) != count or len(labels_N) != count:
            raise DataUnavailable(
                f"{name}: {found} holds {len(images_NHW)} {part} images and {len(labels_N)} "
                f"labels; {name} has {count}"
            )
        images_NCHW = torch.from_numpy(images_NHW.copy()).unsqueeze(1)
        parts.append(Labelled(images_NCHW, torch.from_numpy(labels_N.astype(np.int64))))
    return RawData(*parts)


def _array(known: IdxSet, folder: Path, file_name: str, dimensions: int) -> np.ndarray:
    """Return the content of an IDX file: magic number, sizes, bytes."""
    content, path = _content(known, folder, file_name)
    header = 4 * (1 + dimensions)
    numbers = np.frombuffer(content[:header].ljust(header, b"\0"), dtype=">u4").tolist()
    if numbers[0] != 0x0800 + dimensions:
        raise DataUnavailable(
            f"{known.name}: {path} is no IDX file of bytes with {dimensions} dimensions"
        )
    array = np.frombuffer(content[header:], dtype=np.uint8)
    if array.size != int(np.prod(numbers[1:])):
        raise DataUnavailable(
            f"{known.name}: {path} is cut short or too long: {array.size} bytes, its header says "
            f"{'x'.join(map(str, numbers[1:]))}"
        )
    return array.reshape(numbers[1:])


def _content(known: IdxSet, folder: Path, file_name: str) -> tuple[bytes, Path]:
    """Return the unpacked content of the first candidate that is the published file."""
    problems = []
    for path in _candidates(folder, file_name):
        try:
            packed = path.read_bytes()
            content = gzip.decompress(packed) if path.suffix == ".gz" else packed
        except (OSError, EOFError, zlib.error) as error:
            problems.append(f"{path} is damaged ({error})")
            continue
        if known.md5:
            given, expected = _md5(content), known.md5[file_name]
        elif known.packed_md5 and path.suffix == ".gz":
            given, expected = _md5(packed), known.packed_md5[file_name]
        else:
            given = expected = ""
        if given == expected and (expected or not _belongs_to_another(content)):
            return content, path
        problems.append(
            f"{path} is damaged or not {known.name}'s (md5 {given or _md5(content)}"
            + (f", expected {expected})" if expected else ")")
        )
    raise DataUnavailable(f"{known.name}: {problems[0]}; remove it to download it again")


def _belongs_to_another(content: bytes) -> bool:
    others = {md5 for other in SETS.values() for md5 in other.md5.values()}
    return _md5(content) in others


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _candidates(folder: Path, file_name: str) -> Iterator[Path]:
    """Yield the files that may be the one called `file_name`, packed ones last."""
    for suffix in ("", ".gz"):
        for name in (file_name, file_name.replace("-idx", ".idx")):
            if (folder / (name + suffix)).is_file():
                yield folder / (name + suffix)


def _holds_all(folder: Path) -> bool:
    return all(any(_candidates(folder, name)) for name in FILES)


def _download(known: IdxSet, data_dir: Path, folders: list[Path]) -> None:
    import torchvision  # slow to import, and only a download needs it

    try:
        getattr(torchvision.datasets, known.torchvision)(data_dir, train=True, download=True)
    except (RuntimeError, OSError, ValueError, AssertionError, EOFError, zlib.error) as error:
        reason = one_line(str(error) or type(error).__name__, 160)
        places = ", ".join(f"'{folder}'" for folder in folders)
        raise DataUnavailable(
            f"{known.name}: no four files {FILES[0]}[.gz] ... in {places}, nor can they be "
            f"downloaded ({reason}); put them there, or name their folder with --data-dir"
        ) from error
