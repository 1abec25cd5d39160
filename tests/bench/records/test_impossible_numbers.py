"""A record with a number that nothing can have measured, its digest fitting, is one line."""

import json
import math

import pytest

from bench.records.store import RecordStore, digest_of, read_record
from bench.records.validity import sound
from bench.study.cells import expand
from noprop_core.errors import UserError

IMPOSSIBLE = {
    "epochs.1.seconds": -1,
    "epochs.0.seconds": 1e308,
    "epochs.0.validation_accuracy": 1.5,
    "epochs.0.train_loss": math.inf,
    "epochs.0.validation_loss": -0.5,
    "test_accuracies.0": math.nan,
    "controls.last block.0": math.inf,
    "controls.last block": [],
    "facts.readable": math.nan,
    "phases.wall": -1.0,
    "phases.building": 1e11,
    "memory.peak_bytes": -1,
    "flops_per_epoch": -5,
    "energy_joules": -0.5,
    "position": -(2**70),
    "environment.logical_cores": 2**63,
    "examples_seen": -(10**4000),
}


@pytest.fixture
def spoilt(record, study, tmp_path):
    """Write a record with one number replaced, as somebody would who knows of digests."""

    def write(where, value):
        store = RecordStore(tmp_path / "results" / "tiny")
        store.save_study(study())
        good = record(
            controls={"last block": [0.5]}, facts={"readable": 0.5}, energy_joules=1.0,
            flops_per_epoch=1000,
        )  # fmt: skip
        store.save(good)
        [path] = store.records_folder.iterdir()
        content = json.loads(path.read_text())
        place, (*way, last) = content, where.split(".")
        for name in way:
            place = place[int(name) if isinstance(place, list) else name]
        place[int(last) if isinstance(place, list) else last] = value
        content["digest"] = digest_of({k: v for k, v in content.items() if k != "digest"})
        path.write_text(json.dumps(content))
        return path

    return write


@pytest.mark.parametrize("where", IMPOSSIBLE)
def test_a_number_that_cannot_be_is_no_record(where, spoilt):
    with pytest.raises(UserError) as told:
        read_record(spoilt(where, IMPOSSIBLE[where]))
    [line] = str(told.value).splitlines()
    assert line.endswith("move it away")
    assert "digest" not in line
    assert len(line) < 1000


def test_a_number_beyond_all_floats_is_no_record(spoilt):
    path = spoilt("energy_joules", 1e308)
    path.write_text(path.read_text().replace("1e+308", "1e999"))
    with pytest.raises(UserError, match=r"not finite.*move it away"):
        read_record(path)


def test_a_plan_that_meets_one_is_a_line(spoilt, command, study_file):
    path = spoilt("epochs.1.seconds", -1)
    answer = command("--study", study_file(), "--results", path.parents[2], "--plan")
    assert answer.code == 2
    [line] = answer.errors
    assert path.name in line


def test_a_cell_with_a_number_that_no_table_holds_is_no_record(record, study, tmp_path):
    [cell, *_] = expand(study(), "cpu")
    cell = cell.model_copy(update={"budget": cell.budget.model_copy(update={"epochs": 2**63})})
    store = RecordStore(tmp_path / "results" / "tiny")
    store.save(record(cell))
    [path] = store.records_folder.iterdir()
    with pytest.raises(UserError, match=r"cell\.budget\.epochs is beyond \d+, .* move it away"):
        read_record(path)


@pytest.mark.parametrize("seconds", [0, 0.0, 1e-9])
def test_what_a_coarse_clock_reads_is_one(seconds, spoilt):
    assert read_record(spoilt("epochs.1.seconds", seconds)).epochs[1].seconds == seconds


@pytest.mark.parametrize(
    ("where", "value"),
    [("seconds", 1e300), ("validation_loss", -1.0), ("energy_joules", 1e300), ("wall", 1e12)],
)
def test_what_could_not_be_read_is_not_written(record, where, value, tmp_path):
    made = record(energy_joules=1.0)
    if where == "energy_joules":
        made = made.model_copy(update={where: value})
    elif where == "wall":
        made = made.model_copy(update={"phases": made.phases.model_copy(update={where: value})})
    else:
        first, *rest = made.epochs
        epochs = [first.model_copy(update={where: value}), *rest]
        made = made.model_copy(update={"epochs": epochs})
    kept = sound(made)
    assert kept.status == "error"
    assert kept.failure.startswith("not measured: ")
    store = RecordStore(tmp_path)
    store.save(kept)
    assert store.load() == [kept]
