"""Data of one's own: `.npz` files and folders of images."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from noprop_core.datasets import loading, table
from noprop_core.errors import DataUnavailable


def arrays(count: int = 60, shape: tuple[int, ...] = (8, 8), seed: int = 0) -> dict:
    source = np.random.default_rng(seed)
    images = source.integers(0, 256, (count, *shape), dtype=np.uint8)
    return {"train_images": images, "train_labels": np.arange(count) % 4}


def saved(path: Path, **content: np.ndarray) -> str:
    np.savez(path, **content)
    return str(path)


@pytest.mark.parametrize("names", [("train_images", "train_labels"), ("x_train", "y_train")])
@pytest.mark.parametrize("shape", [(8, 8), (8, 6, 3), (8, 8, 1)])
def test_an_npz_is_read_as_it_is(tmp_path: Path, names, shape) -> None:
    made, test = arrays(shape=shape), arrays(20, shape, seed=1)
    prefix = {"train_images": ("test_images", "test_labels"), "x_train": ("x_test", "y_test")}
    content = dict(zip(names, made.values(), strict=True))
    content |= dict(zip(prefix[names[0]], test.values(), strict=True))
    task = loading.load(saved(tmp_path / "my.npz", **content, classes=np.array(["a"])))
    assert (len(task.train), len(task.validation), len(task.test)) == (54, 6, 20)
    assert task.classes == 4
    assert task.image_shape == ((shape[2:] or (1,))[0], *shape[:2])
    expected = test["train_images"].reshape(20, *shape[:2], -1).transpose(0, 3, 1, 2)
    assert np.array_equal(task.test.images_NCHW.numpy(), expected)
    assert task.test.labels_N.tolist() == test["train_labels"].tolist()


def test_without_a_test_part_the_same_fifth_is_set_apart_every_time(tmp_path: Path) -> None:
    path = saved(tmp_path / "my.npz", **arrays())
    tasks = [loading.load(path) for _ in range(2)]
    assert (len(tasks[0].train), len(tasks[0].validation), len(tasks[0].test)) == (43, 5, 12)
    assert tasks[0].checksum == tasks[1].checksum


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"train_images": np.zeros((60, 8, 8))}, "float64 of shape 60x8x8; expected uint8"),
        ({"train_images": np.zeros((60, 3, 8, 8), np.uint8)}, "channels last"),
        ({"train_images": np.zeros((60, 64), np.uint8)}, "of shape 60x64; expected uint8"),
        ({"train_images": np.zeros((59, 8, 8), np.uint8)}, "59 train_images and 60 train_labels"),
        ({"train_labels": np.zeros(60)}, "expected whole numbers from 0"),
        ({"train_labels": np.eye(60, dtype=int)}, "of shape 60x60; expected whole numbers"),
        ({"train_labels": np.arange(60) - 1}, "labels are negative"),
        ({"train_labels": None}, "holds train_images; expected train_images"),
    ],
)
def test_a_wrong_npz_is_one_line_with_what_was_found_and_what_would_fit(
    tmp_path: Path, change, said: str
) -> None:
    content = {k: v for k, v in (arrays() | change).items() if v is not None}
    with pytest.raises(DataUnavailable, match=said) as caught:
        loading.load(saved(tmp_path / "my.npz", **content))
    assert "\n" not in str(caught.value)
    assert "my.npz" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"hello", b"\x93NUMPY"])
def test_a_file_that_is_no_npz_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "my.npz").write_bytes(content)
    with pytest.raises(DataUnavailable, match=r"cannot be read as an \.npz"):
        loading.load(str(tmp_path / "my.npz"))


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    path = saved(tmp_path / "my.npz", train_images=np.array([{}]), train_labels=np.zeros(1, int))
    with pytest.raises(DataUnavailable, match=r"cannot be read as an \.npz"):
        loading.load(path)


def test_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    for name in ("none.npz", "none/"):
        with pytest.raises(DataUnavailable, match="no such file or folder"):
            loading.load(f"{tmp_path}/{name}")


def draw(folder: Path, count: int, mode: str = "L", size: tuple[int, int] = (8, 6), seed: int = 0):
    folder.mkdir(parents=True, exist_ok=True)
    source = np.random.default_rng(seed)
    for index in range(count):
        shape = size[::-1] if mode == "L" else (*size[::-1], 3)
        pixels = source.integers(0, 256, shape, dtype=np.uint8)
        Image.fromarray(pixels, mode).save(folder / f"{index:03}.png")


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3)])
def test_a_folder_per_class_is_read(tmp_path: Path, mode: str, channels: int) -> None:
    for label, name in enumerate(("cat", "dog", "eel")):
        draw(tmp_path / name, 20, mode, seed=label)
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    (tmp_path / ".cache").mkdir()
    task = loading.load(f"{tmp_path}/")
    assert task.image_shape == (channels, 6, 8)
    assert task.classes == 3
    assert (len(task.train), len(task.validation), len(task.test)) == (43, 5, 12)
    dog = np.asarray(Image.open(tmp_path / "dog" / "000.png")).reshape(6, 8, -1)
    parts = (task.train, task.validation, task.test)
    images = torch.cat([part.images_NCHW for part in parts])
    labels = torch.cat([part.labels_N for part in parts])
    same = (images == torch.from_numpy(dog.copy()).permute(2, 0, 1)).all(dim=(1, 2, 3))
    assert labels[same].tolist() == [1]


def test_train_and_test_folders_are_kept_apart(tmp_path: Path) -> None:
    for part, count in (("train", 10), ("test", 3)):
        for label, name in enumerate("ab"):
            draw(tmp_path / part / name, count, seed=label)
    task = loading.load(str(tmp_path))
    assert (len(task.train), len(task.validation), len(task.test)) == (18, 2, 6)
    draw(tmp_path / "test" / "c", 1)
    with pytest.raises(DataUnavailable, match="test/ has a class 'c' that train/ has not"):
        loading.load(str(tmp_path))


def test_images_of_two_sizes_or_damaged_ones_are_named(tmp_path: Path) -> None:
    draw(tmp_path / "a", 12)
    draw(tmp_path / "b", 12, size=(9, 6))
    with pytest.raises(
        DataUnavailable, match=r"b/000\.png: 6x9 pixels, where .*a/000\.png has 6x8"
    ):
        loading.load(str(tmp_path))
    (tmp_path / "a" / "003.png").write_bytes(b"no picture")
    with pytest.raises(DataUnavailable, match=r"a/003\.png: no image that Pillow can read"):
        loading.load(str(tmp_path))


def test_an_empty_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match="no folders of images; expected one per class"):
        loading.load(str(tmp_path))
    (tmp_path / "a").mkdir()
    with pytest.raises(DataUnavailable, match="hold no image"):
        loading.load(str(tmp_path))


def test_a_path_is_a_data_set_whose_size_is_known_only_when_read() -> None:
    assert table.training_size("my.npz") is None
    assert table.find("pictures/").title.endswith("pictures/")


@pytest.mark.parametrize(
    ("train", "test", "said"),
    [
        ([1, 2, 3], [1, 2, 3], "of class 0 there is no image, and labels reach 3"),
        ([0, 1, 2], [0, 1, 4], "of class 3 there is no image, and labels reach 4"),
        ([0, 2, 4], [0, 2, 4], "of class 1 there is no image, and labels reach 4"),
        ([0, 1, 2**62], [0, 1, 2], "labels reach 4611686018427387904 for 60 images"),
        ([0, 0, 0], [0, 0, 0], "all labels are 0; two classes are the fewest"),
    ],
)
def test_a_class_without_an_image_is_one_line(tmp_path: Path, train, test, said) -> None:
    images = np.zeros((30, 8, 8), dtype=np.uint8)
    path = tmp_path / "own.npz"
    np.savez(path, train_images=images, train_labels=np.tile(train, 10), test_images=images,
             test_labels=np.tile(test, 10))  # fmt: skip
    with pytest.raises(DataUnavailable, match=said) as caught:
        loading.load(str(path))
    assert len(str(caught.value).splitlines()) == 1


def test_an_npz_without_images_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    np.savez(path, train_images=np.zeros((0, 8, 8), np.uint8), train_labels=np.zeros(0, np.int64))
    with pytest.raises(DataUnavailable, match="train_images holds no pixels: its shape is 0x8x8"):
        loading.load(str(path))
