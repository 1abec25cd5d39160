"""Reading and splitting data: real files where there are some, made ones where not."""

import hashlib
import pickle
from pathlib import Path

import pytest
import torch

from noprop_core.datasets import loading, table
from noprop_core.errors import DataUnavailable, InvalidSetting, UnknownName
from noprop_core.outside import imported


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


def test_absent_files_are_one_line_with_the_places_looked_at(tmp_path: Path, no_network) -> None:
    with pytest.raises(DataUnavailable) as caught:
        loading.load("mnist", tmp_path)
    message = str(caught.value)
    for folder in (tmp_path / "MNIST" / "raw", tmp_path / "mnist", tmp_path):
        assert f"'{folder}'" in message
    assert "--data-dir" in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_absent_cifar_files_are_one_clear_line(tmp_path: Path, no_network, name: str) -> None:
    with pytest.raises(DataUnavailable, match=f"^{name}: cannot be read"):
        loading.load(name, tmp_path)


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
