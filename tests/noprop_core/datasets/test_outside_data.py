"""A data set from outside: by path and by entry point, sound or not."""

import itertools
from importlib.metadata import EntryPoint, EntryPoints

import pytest
import torch

from noprop_core.datasets import loading, table
from noprop_core.errors import DataUnavailable, InvalidSetting, UnknownName
from noprop_core.torch_state import as_it_is, changes_since

MODULE = """
import torch
from noprop_core.datasets.raw import Labelled, RawData
from noprop_core.errors import DataUnavailable

def part(count, shape=(1, 6, 4), classes=4, dtype=torch.uint8):
    images_NCHW = torch.zeros(count, *shape, dtype=dtype)
    return Labelled(images_NCHW, torch.arange(count) % classes)

def four(data_dir):
    assert data_dir.is_dir()
    return RawData(train=part(50), test=part(20))

def rare(data_dir): return RawData(train=part(50, classes=2), test=part(20, classes=3))
def empty(data_dir): return RawData(train=part(50), test=part(0))
def few(data_dir): return RawData(train=part(9), test=part(20))
def floats(data_dir): return RawData(train=part(50, dtype=torch.float32), test=part(20))
def flat(data_dir): return RawData(train=part(50, shape=(24,)), test=part(20, shape=(24,)))
def unlike(data_dir): return RawData(train=part(50), test=part(20, shape=(1, 5, 5)))
def a_list(data_dir): return RawData(train=Labelled([1], [2]), test=part(20))
def a_pair(data_dir): return part(50), part(20)
def fails(data_dir): raise ValueError("no\\nsuch\\x1b file")
def leaves(data_dir): raise SystemExit("gone")
def stops(data_dir): raise GeneratorExit("gone")

def sets_torch(data_dir):
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(5)
    return four(data_dir)

def says(data_dir): raise DataUnavailable("put it there")

def unlabelled(data_dir):
    return RawData(train=Labelled(part(50).images_NCHW, torch.arange(49)), test=part(20))

def negative(data_dir):
    return RawData(train=Labelled(part(50).images_NCHW, torch.arange(50) - 1), test=part(20))

constant = 3
"""

names = (f"outside_data_{number}" for number in itertools.count())


@pytest.fixture
def module(tmp_path, monkeypatch) -> str:
    """Return the name of a module of readers that can be imported."""
    name = next(names)
    (tmp_path / f"{name}.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_classes_shape_and_counts_come_from_the_data(module, tmp_path) -> None:
    task = loading.load(f"{module}:four", tmp_path)
    assert task.name == f"{module}:four"
    assert (task.classes, task.image_shape) == (4, (1, 6, 4))
    assert (len(task.train), len(task.validation), len(task.test)) == (45, 5, 20)
    again = loading.load(f"{module}:four", tmp_path)
    assert torch.equal(again.train.labels_N, task.train.labels_N)
    assert len(loading.load(f"{module}:four", tmp_path, train_images=30).train) == 30


def test_what_a_reader_sets_in_torch_is_undone(module, tmp_path) -> None:
    before = as_it_is()
    loading.load(f"{module}:sets_torch", tmp_path)
    assert changes_since(before) == []


def test_a_class_that_only_the_test_part_has_counts(module, tmp_path) -> None:
    assert loading.load(f"{module}:rare", tmp_path).classes == 3


def test_its_images_are_not_counted_before_it_is_read(module) -> None:
    assert table.training_size(f"{module}:four", 30) is None


def test_a_package_offers_one_by_name(module, tmp_path, monkeypatch) -> None:
    offered = EntryPoints(
        EntryPoint(name, f"{module}:four", table.ENTRY_POINT_GROUP)
        for name in ("quarters", "mnist")
    )
    monkeypatch.setattr(table, "entry_points", lambda *, group: offered.select(group=group))
    assert table.find("quarters").title == f"from another package: {module}:four"
    assert table.find("mnist") is table.DATASETS["mnist"]
    assert loading.load("quarters", tmp_path).classes == 4
    with pytest.raises(UnknownName, match="did you mean 'quarters'"):
        table.find("quartes")


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        ("empty", "the test part is empty"),
        ("few", "9 training images are too few; 10 would do"),
        ("floats", "training images are torch.float32 of 4 dimensions; expected torch.uint8 of 4"),
        ("flat", "training images are torch.uint8 of 2 dimensions; expected torch.uint8 of 4"),
        (
            "unlike",
            "test files hold 20 images of (1, 5, 5) and 20 labels; expected images of (1, 6",
        ),
        ("a_list", "training images are no tensor on the CPU"),
        ("a_pair", "its reader returned tuple, not RawData"),
        ("unlabelled", "training files hold 50 images of (1, 6, 4) and 49 labels"),
        ("negative", "training labels are negative in places; classes count from 0"),
        ("fails", r"cannot be read: ValueError: no such\x1b file"),
        ("leaves", "cannot be read: SystemExit: gone"),
        ("stops", "cannot be read: GeneratorExit: gone"),
        ("says", "put it there"),
    ],
)
def test_what_cannot_be_learnt_from_is_one_clear_line(
    module, tmp_path, function: str, problem: str
) -> None:
    with pytest.raises(DataUnavailable) as caught:
        loading.load(f"{module}:{function}", tmp_path)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
    if function != "says":
        assert str(caught.value).startswith(f"{module}:{function}: ")


def test_a_path_to_no_function_is_refused_before_anything_is_read(module) -> None:
    for path, problem in (
        ("nowhere_at_all:read", "cannot be loaded: ModuleNotFoundError"),
        (f"{module}:none_such", "cannot be loaded: AttributeError"),
        (f"{module}:constant", "is no function"),
    ):
        with pytest.raises(InvalidSetting, match=f"^data set '{path}' {problem}"):
            table.find(path)
