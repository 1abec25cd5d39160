"""The four files of MNIST and its relatives, made ones and the real ones: found, checked, read."""

import gzip
import hashlib
import shutil
import struct
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from noprop_core.datasets import idx, loading
from noprop_core.errors import DataUnavailable

COUNTS = {"train": 60, "t10k": 20}


def contents(*, side: int = 28, classes: int = 10, seed: int = 0) -> dict[str, bytes]:
    """Return four small files in the format of MNIST, by name."""
    source, made = torch.Generator().manual_seed(seed), {}
    for part, count in COUNTS.items():
        images = torch.randint(256, (count, side, side), generator=source, dtype=torch.uint8)
        labels = ((torch.arange(count) + seed) % classes).to(torch.uint8).numpy().tobytes()
        header = struct.pack(">IIII", 2051, count, side, side)
        made[f"{part}-images-idx3-ubyte"] = header + images.numpy().tobytes()
        made[f"{part}-labels-idx1-ubyte"] = struct.pack(">II", 2049, count) + labels
    return made


def write(folder: Path, made: dict[str, bytes], *, packed: bool = False, dots: bool = False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        name = name.replace("-idx", ".idx") if dots else name
        path = folder / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(content, mtime=1) if packed else content)
    return folder


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Let the made files be what `fashion-mnist` and `kmnist` are known to hold."""
    made = contents()
    md5 = {name: hashlib.md5(content).hexdigest() for name, content in made.items()}
    fashion, kmnist = idx.SETS["fashion-mnist"], idx.SETS["kmnist"]
    known = replace(fashion, md5=md5, counts=(60, 20))
    monkeypatch.setitem(idx.SETS, "fashion-mnist", known)
    packed = {n: hashlib.md5(gzip.compress(c, mtime=1)).hexdigest() for n, c in made.items()}
    known = replace(kmnist, packed_md5=packed, counts=(60, 20))
    monkeypatch.setitem(idx.SETS, "kmnist", known)
    return made


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dots", [False, True])
@pytest.mark.parametrize("folder", ["FashionMNIST/raw", "fashion-mnist", "."])
def test_every_layout_is_read_and_nothing_is_written(
    tmp_path: Path, published, packed: bool, dots: bool, folder: str
) -> None:
    lies = write(tmp_path / folder, published, packed=packed, dots=dots)
    before = sorted(tmp_path.rglob("*"))
    for path in (lies, tmp_path):
        path.chmod(0o555)
    task = loading.load("fashion-mnist", tmp_path)
    for path in (tmp_path, lies):
        path.chmod(0o755)
    assert sorted(tmp_path.rglob("*")) == before
    assert (len(task.train), len(task.validation), len(task.test)) == (54, 6, 20)
    images = torch.frombuffer(
        bytearray(published["t10k-images-idx3-ubyte"][16:]), dtype=torch.uint8
    )
    assert torch.equal(task.test.images_NCHW.flatten(), images)
    assert task.test.labels_N.tolist() == [i % 10 for i in range(20)]


def test_a_recompressed_file_is_as_good(tmp_path: Path, published) -> None:
    folder = write(tmp_path / "fashion-mnist", published, packed=True)
    for path in folder.iterdir():
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1, mtime=99))
    assert len(loading.load("fashion-mnist", tmp_path).test) == 20


def test_what_is_hashed_is_what_is_read(tmp_path: Path, published) -> None:
    """A wrong unpacked file beside the right packed one: the right one is read."""
    folder = write(tmp_path / "fashion-mnist", published, packed=True)
    (folder / "t10k-images-idx3-ubyte").write_bytes(contents(seed=1)["t10k-images-idx3-ubyte"])
    task = loading.load("fashion-mnist", tmp_path)
    images = torch.frombuffer(
        bytearray(published["t10k-images-idx3-ubyte"][16:]), dtype=torch.uint8
    )
    assert torch.equal(task.test.images_NCHW.flatten(), images)


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_of_another_data_set_is_refused(tmp_path: Path, published, packed: bool) -> None:
    write(tmp_path / "fashion-mnist", contents(seed=1), packed=packed)
    with pytest.raises(
        DataUnavailable, match=r"is damaged or not fashion-mnist's \(md5 .*expected"
    ):
        loading.load("fashion-mnist", tmp_path)


def test_kmnist_is_checked_as_published_and_is_no_other_data_set(tmp_path: Path, published) -> None:
    write(tmp_path / "packed" / "kmnist", published, packed=True)
    assert len(loading.load("kmnist", tmp_path / "packed").test) == 20
    write(tmp_path / "wrong" / "kmnist", contents(seed=1), packed=True)
    with pytest.raises(DataUnavailable, match="is damaged or not kmnist's"):
        loading.load("kmnist", tmp_path / "wrong")
    write(tmp_path / "fashion" / "kmnist", published)  # fashion-mnist's, says its checksum
    with pytest.raises(DataUnavailable, match="is damaged or not kmnist's"):
        loading.load("kmnist", tmp_path / "fashion")
    write(tmp_path / "unpacked" / "kmnist", contents(seed=2))
    assert len(loading.load("kmnist", tmp_path / "unpacked").test) == 20


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content[:-100], "is cut short or too long"),
        (lambda content: b"\0\0\x0d\x03" + content[4:], "is no IDX file"),
        (lambda content: content[:3], "is no IDX file"),
        (
            lambda content: struct.pack(">IIII", 2051, 59, 28, 28) + content[16 : 16 + 59 * 784],
            "holds 59 train images and 60 labels; kmnist has 60",
        ),
    ],
)
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, published, damage, said: str) -> None:
    folder = write(tmp_path / "kmnist", contents(seed=2))
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataUnavailable, match=said) as caught:
        loading.load("kmnist", tmp_path)
    assert "\n" not in str(caught.value)


def test_images_of_another_size_or_labels_out_of_range_are_refused(tmp_path, published) -> None:
    write(tmp_path / "small" / "kmnist", contents(side=14, seed=3))
    with pytest.raises(DataUnavailable, match=r"\(1, 14, 14\).*expected images of \(1, 28, 28\)"):
        loading.load("kmnist", tmp_path / "small")
    write(tmp_path / "many" / "kmnist", contents(classes=12, seed=3))
    with pytest.raises(DataUnavailable, match="labels do not fit 10 classes"):
        loading.load("kmnist", tmp_path / "many")


@pytest.mark.mnist
def test_damaged_mnist_is_named(mnist_dir: Path, tmp_path: Path) -> None:
    for path in mnist_dir.glob("*.gz"):
        shutil.copy(path, tmp_path / path.name)
    broken = tmp_path / "t10k-images-idx3-ubyte.gz"
    broken.chmod(0o644)
    broken.write_bytes(broken.read_bytes()[:1000])
    with pytest.raises(DataUnavailable, match=r"t10k-images-idx3-ubyte\.gz is damaged"):
        loading.load("mnist", tmp_path)
