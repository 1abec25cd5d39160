"""The document about data: its scripts make one and the same file of made-up images."""

import hashlib
import pickle
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from noprop_core.datasets import own
from noprop_core.datasets.loading import load

PAGE = Path(__file__).parents[1] / "docs" / "data.md"
CLASSES = ("airplane", "bird", "cat")


def script(name: str) -> str:
    found = re.findall(r"```python\n(# (\S+)\n.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return {title: text for text, title in found}[name]


def run(name: str) -> None:
    exec(compile(script(name), name, "exec"), {"__name__": "__main__"})


@pytest.fixture
def images(tmp_path, monkeypatch):
    """Lay the same images out as CIFAR's batches and as PNG files, both out of order."""
    random = np.random.default_rng(0)
    for part, names in {
        "train": [f"data_batch_{n}" for n in range(1, 6)], "test": ["test_batch"],
    }.items():  # fmt: skip
        for place, name in enumerate(names):
            data = random.integers(0, 256, (12, 3 * 32 * 32), dtype=np.uint8)
            labels = random.permutation([0, 1, 2] * 4).tolist()
            files = [f"{CLASSES[y]}_s_{99 - 12 * place - i:06}.png" for i, y in enumerate(labels)]
            batch = {b"data": data, b"labels": labels, b"filenames": [f.encode() for f in files]}
            folder = tmp_path / "cifar-10-batches-py"
            folder.mkdir(exist_ok=True)
            (folder / name).write_bytes(pickle.dumps(batch))
            for row, label, file in zip(data, labels, files, strict=True):
                path = tmp_path / part / CLASSES[label] / file
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(row.reshape(3, 32, 32).transpose(1, 2, 0)).save(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_both_ways_make_the_same_file_and_a_folder_is_read_as_it(images, capsys):
    run("make_cifar10.py")
    printed = dict(line.split() for line in capsys.readouterr().out.splitlines())
    of_batches = dict(np.load("cifar10.npz"))
    run("make_cifar10_of_png.py")
    of_files = dict(np.load("cifar10.npz"))
    assert of_batches.keys() == of_files.keys() == printed.keys()
    for name, array in of_batches.items():
        assert np.array_equal(array, of_files[name])
        assert array.dtype == of_files[name].dtype == np.uint8
        assert printed[name] == hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    assert np.array_equal(of_files["train_labels"], np.repeat([0, 1, 2], 20))
    named, folder = own.read(Path("cifar10.npz")), own.read(images)
    assert named.train.images_NCHW.equal(folder.train.images_NCHW)
    assert named.test.labels_N.equal(folder.test.labels_N)


def test_the_checksum_is_that_of_a_record_and_the_name_counts(images, capsys, monkeypatch):
    run("make_cifar10_of_png.py")
    monkeypatch.setattr(sys, "argv", ["checksum.py", "cifar10.npz", "30"])
    run("checksum.py")
    known = load("cifar10.npz", train_images=30).checksum
    assert capsys.readouterr().out.split() == [known]
    assert load("./cifar10.npz", train_images=30).checksum != known
