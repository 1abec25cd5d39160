"""scikit-learn's digits, which need no files of their own, read once per process."""

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from noprop_core.datasets.raw import SPLIT_STREAMS, Labelled, RawData

FILE = Path("datasets", "data", "digits.csv.gz")
"""Where scikit-learn keeps them; importing it to read them takes a hundred times as long."""


def read_digits(data_dir: Path) -> RawData:
    """Read scikit-learn's 1,797 digits (UCI, Alpaydin & Kaynak 1998); pixels 0-16 become 0-255.

    It has no test part of its own: a fixed fifth is set apart.
    """
    images, labels = (torch.from_numpy(array) for array in contents())
    data = Labelled(images.unsqueeze(1), labels.long())
    order = torch.randperm(len(data), generator=SPLIT_STREAMS.generator("digits test part"))
    held_out = len(data) // 5
    return RawData(train=data.take(order[held_out:]), test=data.take(order[:held_out]))


@cache
def contents() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images `(1797, 8, 8)` with pixels from 0 to 255, and labels `(1797,)`."""
    images, labels = arrays()
    return np.rint(images * (255 / 16)).astype(np.uint8), labels


def arrays() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return images `(1797, 8, 8)` with pixels from 0 to 16, and labels `(1797,)`."""
    package = find_spec("sklearn")
    folders = [] if package is None else (package.submodule_search_locations or [])
    path = next((p for folder in folders if (p := Path(folder) / FILE).is_file()), None)
    if path is None:
        from sklearn.datasets import load_digits

        bunch: Any = load_digits()
        return bunch.images, bunch.target
    with gzip.open(path) as file:
        rows = np.loadtxt(file, delimiter=",")
    return rows[:, :-1].reshape(-1, 8, 8), rows[:, -1].astype(np.int64)
