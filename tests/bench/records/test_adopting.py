"""Good records of the same cells in the study's own folder are copied, not made again."""

import pytest
import torch

from bench.records.adopting import adopt
from bench.records.store import RecordStore


@pytest.fixture
def stores(tmp_path):
    return RecordStore(tmp_path / "own"), RecordStore(tmp_path / "study")


@pytest.fixture
def made(record, cell):
    def make(seed, *, release=None, **changes):
        whole = record(cell(seed=seed), **changes)
        surroundings = whole.environment.model_copy(update={"torch": release or torch.__version__})
        return whole.model_copy(update={"environment": surroundings})

    return make


def test_what_the_other_folder_has_is_copied_and_said_once(stores, made, cell) -> None:
    own, other = stores
    records = [made(seed) for seed in (0, 1)]
    for record in records:
        other.save(record)
    cells = [cell(seed=seed) for seed in (0, 1, 2)]
    [line] = adopt(own, cells, other)
    assert line.startswith(f"2 of these runs are recorded in '{other.folder}' already")
    assert own.load() == other.load()
    assert adopt(own, cells, other) == []
    assert not own.superseded_folder.exists()


def test_what_failed_or_is_of_another_release_or_there_already_is_not(stores, made, cell) -> None:
    own, other = stores
    other.save(made(0, status="error", failure="by accident"))
    other.save(made(1, release="1.0"))
    other.save(made(2))
    mine = made(2, parameters=11)
    own.save(mine)
    assert adopt(own, [cell(seed=seed) for seed in (0, 1, 2, 3)], other) == []
    assert own.load() == [mine]


def test_a_damaged_record_elsewhere_is_no_affair_of_this_call(stores, made, cell) -> None:
    own, other = stores
    path = other.save(made(0))
    path.write_text("{")
    assert adopt(own, [cell(seed=0)], other) == []
    assert path.read_text() == "{"
