"""Records of older schemas stay readable."""

import json
from pathlib import Path

import pytest

from bench.records.frame import controls_frame, runs_frame
from bench.records.migrations import STEPS, migrated
from bench.records.record import SCHEMA_VERSION
from bench.records.store import RecordStore, read_record
from bench.study.cells import Cell

OLDER = Path(__file__).parent / "records_of_older_schemas"


def test_every_older_schema_has_a_step_and_a_record_to_try_it_on():
    older = list(range(1, SCHEMA_VERSION))
    assert sorted(STEPS) == older
    assert sorted(path.name for path in OLDER.iterdir()) == [f"schema-{v}.json" for v in older]


def contains(new, old):
    """Tell whether `new` holds all of `old`, and perhaps more entries."""
    if isinstance(old, dict):
        return all(name in new and contains(new[name], value) for name, value in old.items())
    if isinstance(old, list):
        return len(new) == len(old) and all(map(contains, new, old))
    return new == old


@pytest.mark.parametrize("path", sorted(OLDER.iterdir()), ids=lambda path: path.stem)
def test_a_record_of_an_older_schema_loses_nothing(path):
    before = path.read_bytes()
    record = read_record(path)
    content = json.loads(before)
    assert record.schema_version == SCHEMA_VERSION
    for name in ("schema_version", "digest"):
        content.pop(name, None)
    now = record.model_dump(mode="json")
    assert contains(now, content | {"cell": {}})
    assert record.cell.layout() == content["cell"]
    assert (record.id_version, record.cell.id) == (1, content["cell_id"])
    assert record.ended_by == "epochs"
    assert len(runs_frame([record])) == 1
    assert len(controls_frame([record])) == len(content.get("controls", {}))
    assert path.read_bytes() == before


def test_what_was_not_measured_then_is_not_known():
    record = read_record(OLDER / "schema-2.json")
    assert record.isolation == "none"
    assert (record.memory_parts, record.flops_per_epoch, record.load) == (None, None, None)
    assert record.environment.driver == ""
    assert record.phases.start == record.phases.counting == 0.0


@pytest.mark.parametrize("path", sorted(OLDER.iterdir()), ids=lambda path: path.stem)
def test_a_record_of_an_older_schema_is_found_and_not_run_again(path, tmp_path):
    cell = read_record(path).cell
    store = RecordStore(tmp_path)
    store.records_folder.mkdir()
    (store.records_folder / f"{cell.label}-{cell.id}.json").write_bytes(path.read_bytes())
    today = Cell.model_validate_json(cell.model_dump_json())
    assert store.settled([today]).keys() == {json.loads(path.read_bytes())["cell_id"]}


def test_a_failed_run_was_ended_by_nothing_of_the_budget():
    content = json.loads((OLDER / "schema-3.json").read_text())
    assert migrated(content | {"status": "diverged"})["ended_by"] is None


@pytest.mark.parametrize(
    "content", [None, [], "text", {}, {"schema_version": 99}, {"schema_version": []}], ids=repr
)
def test_what_is_no_older_record_stays_as_it_is(content):
    assert migrated(content) == content
