"""Reading and splitting data: real files where there are some, made ones where not."""

import gzip
import hashlib
import pickle
import shutil
import struct
from pathlib import Path

import pytest
import torch

from noprop_core.datasets import loading, table
from noprop_core.errors import DataUnavailable, InvalidSetting, UnknownName
from noprop_core.outside import imported

IDX = {"train": 60, "t10k": 20}


def write_idx(folder: Path, *, packed: bool = False, side: int = 28, classes: int = 10) -> None:
    """Write four small files in the format of MNIST."""
    folder.mkdir(parents=True)
    source = torch.Generator().manual_seed(0)
    for part, count in IDX.items():
        images = torch.randint(256, (count, side, side), generator=source, dtype=torch.uint8)
        labels = (torch.arange(count) % classes).to(torch.uint8)
        contents = {
            f"{part}-images-idx3-ubyte": struct.pack(">IIII", 2051, count, side, side)
            + images.numpy().tobytes(),
            f"{part}-labels-idx1-ubyte": struct.pack(">II", 2049, count) + labels.numpy().tobytes(),
        }
        for name, content in contents.items():
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError("no network in tests")

    monkeypatch.setattr("torchvision.datasets.utils._urlretrieve", refuse)


def test_every_data_set_has_a_reader() -> None:
    for dataset in table.DATASETS.values():
        assert callable(imported("data set", dataset.reader))


def test_digits_are_split_the_same_way_every_time(digits) -> None:
    again = loading.load("digits")
    assert digits.checksum == again.checksum
    assert (len(digits.train), len(digits.validation), len(digits.test)) == (1294, 144, 359)
    assert digits.image_shape == (1, 8, 8)
    assert table.training_size("digits") == len(digits.train)


def test_digits_cover_the_full_range_of_a_pixel(digits) -> None:
    assert int(digits.train.images_NCHW.max()) == 255
    assert int(digits.train.images_NCHW.min()) == 0


def test_no_image_is_in_two_parts(digits) -> None:
    from sklearn.datasets import load_digits

    parts = (digits.train, digits.validation, digits.test)
    assert sum(map(len, parts)) == len(load_digits().target)
    rows = [tuple(image.flatten().tolist()) for part in parts for image in part.images_NCHW]
    everything = {tuple(i) for i in (load_digits().data * 255 / 16).round().astype(int).tolist()}
    assert set(rows) == everything


def test_fewer_training_images_leave_validation_and_test_alone(digits) -> None:
    small = loading.load("digits", train_images=100)
    assert len(small.train) == 100
    assert torch.equal(small.test.images_NCHW, digits.test.images_NCHW)
    assert torch.equal(small.train.images_NCHW, digits.train.images_NCHW[:100])
    assert small.checksum != digits.checksum


@pytest.mark.parametrize("count", [0, 1, 1295])
def test_an_impossible_number_of_training_images_is_refused(count: int) -> None:
    with pytest.raises(InvalidSetting, match=f"train_images {count} .* from 2 to 1294"):
        loading.load("digits", train_images=count)


def test_an_unknown_data_set_offers_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'cifar10'"):
        loading.load("cifar-10")


@pytest.mark.parametrize(
    ("name", "folder"), [("fashion-mnist", "FashionMNIST/raw"), ("kmnist", "KMNIST/raw")]
)
def test_torchvisions_own_layout_is_read(tmp_path: Path, name: str, folder: str) -> None:
    write_idx(tmp_path / folder)
    task = loading.load(name, tmp_path)
    assert (len(task.train), len(task.validation), len(task.test)) == (54, 6, 20)
    assert task.image_shape == (1, 28, 28)


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_named_after_the_data_set_is_read(tmp_path: Path, packed: bool, request) -> None:
    write_idx(tmp_path / "kmnist", packed=packed)
    if packed:  # the made files are not the published ones, whose checksum torchvision knows
        request.getfixturevalue("monkeypatch").setattr("torchvision.datasets.KMNIST.resources", [])
    assert len(loading.load("kmnist", tmp_path).test) == 20
    assert not (tmp_path / "KMNIST").exists()


def test_absent_files_without_a_network_are_one_clear_line(tmp_path: Path, no_network) -> None:
    with pytest.raises(DataUnavailable) as caught:
        loading.load("kmnist", tmp_path)
    message = str(caught.value)
    assert message.startswith(f"kmnist: cannot be read from '{tmp_path}' nor downloaded")
    assert "--data-dir" in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_absent_cifar_files_are_one_clear_line(tmp_path: Path, no_network, name: str) -> None:
    with pytest.raises(DataUnavailable, match=f"^{name}: cannot be read"):
        loading.load(name, tmp_path)


def test_files_of_another_data_set_do_not_pass_for_mnist(tmp_path: Path) -> None:
    write_idx(tmp_path / "mnist")
    with pytest.raises(DataUnavailable, match=r"is damaged or not mnist's .*md5"):
        loading.load("mnist", tmp_path)


def test_packed_files_are_checked_against_the_published_checksum(tmp_path: Path) -> None:
    write_idx(tmp_path / "fashion-mnist", packed=True)
    with pytest.raises(DataUnavailable, match="is damaged or not fashion-mnist's"):
        loading.load("fashion-mnist", tmp_path)


def test_a_truncated_file_is_one_clear_line(tmp_path: Path) -> None:
    write_idx(tmp_path / "kmnist")
    path = tmp_path / "kmnist" / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataUnavailable, match=r"^kmnist: cannot be read"):
        loading.load("kmnist", tmp_path)


def test_images_of_another_size_or_labels_out_of_range_are_refused(tmp_path: Path) -> None:
    write_idx(tmp_path / "small" / "kmnist", side=14)
    with pytest.raises(DataUnavailable, match=r"\(1, 14, 14\).*expected images of \(1, 28, 28\)"):
        loading.load("kmnist", tmp_path / "small")
    write_idx(tmp_path / "many" / "kmnist", classes=12)
    with pytest.raises(DataUnavailable, match="labels do not fit 10 classes"):
        loading.load("kmnist", tmp_path / "many")


@pytest.mark.parametrize(("name", "labels"), [("cifar10", "labels"), ("cifar100", "fine_labels")])
def test_cifar_is_read_by_torchvision(tmp_path: Path, monkeypatch, name: str, labels: str) -> None:
    import torchvision

    reader = getattr(torchvision.datasets, name.upper())
    folder = tmp_path / reader.base_folder
    folder.mkdir()
    classes = 10 if name == "cifar10" else 100

    def write(file_name: str, content: dict) -> tuple[str, str]:
        (folder / file_name).write_bytes(pickle.dumps(content))
        return file_name, hashlib.md5((folder / file_name).read_bytes()).hexdigest()

    def part(count: int, seed: int) -> dict:
        source = torch.Generator().manual_seed(seed)
        pixels = torch.randint(256, (count, 3072), generator=source, dtype=torch.uint8)
        return {"data": pixels.numpy(), labels: [i % classes for i in range(count)]}

    names = ["a", "b"]
    train = [write(n, part(100, seed)) for seed, n in enumerate(names)]
    test = [write("t", part(30, 9))]
    meta = {reader.meta["key"]: [str(k) for k in range(classes)]}
    monkeypatch.setattr(reader, "train_list", train)
    monkeypatch.setattr(reader, "test_list", test)
    meta_name, meta_md5 = write("m", meta)
    monkeypatch.setattr(reader, "meta", {**reader.meta, "filename": meta_name, "md5": meta_md5})
    task = loading.load(name, tmp_path)
    assert (len(task.train), len(task.validation), len(task.test)) == (180, 20, 30)
    assert task.image_shape == (3, 32, 32)
    assert torch.equal(task.test.images_NCHW[0].flatten(), torch.from_numpy(part(30, 9)["data"][0]))

    (folder / "a").write_bytes(b"damaged")
    monkeypatch.setattr(
        "torchvision.datasets.utils._urlretrieve",
        lambda *a, **k: (_ for _ in ()).throw(OSError("no network in tests")),
    )
    with pytest.raises(DataUnavailable, match=f"^{name}: cannot be read"):
        loading.load(name, tmp_path)


@pytest.mark.mnist
def test_real_mnist_is_read_where_it_lies(mnist_dir: Path) -> None:
    task = loading.load("mnist", mnist_dir)
    assert (len(task.train), len(task.validation), len(task.test)) == (54_000, 6_000, 10_000)
    assert task.test.labels_N[:5].tolist() == [7, 2, 1, 0, 4]
    assert float(task.mean_C11) == pytest.approx(255 * 0.1307, rel=0.01)
    assert table.training_size("mnist") == 54_000


@pytest.mark.mnist
def test_damaged_mnist_is_named(mnist_dir: Path, tmp_path: Path) -> None:
    for path in mnist_dir.glob("*.gz"):
        shutil.copy(path, tmp_path / path.name)
    broken = tmp_path / "t10k-images-idx3-ubyte.gz"
    broken.chmod(0o644)
    broken.write_bytes(broken.read_bytes()[:1000])
    with pytest.raises(DataUnavailable, match=r"t10k-images-idx3-ubyte\.gz is damaged"):
        loading.load("mnist", tmp_path)
