"""Records of older schemas stay readable."""

import json
from pathlib import Path

import pytest

from bench.frame import controls_frame, runs_frame
from bench.migrations import STEPS, migrated
from bench.record import SCHEMA_VERSION
from bench.store import read_record

OLDER = Path(__file__).parent / "records_of_older_schemas"


def test_every_older_schema_has_a_step_and_a_record_to_try_it_on():
    older = list(range(1, SCHEMA_VERSION))
    assert sorted(STEPS) == older
    assert sorted(path.name for path in OLDER.iterdir()) == [f"schema-{v}.json" for v in older]


@pytest.mark.parametrize("path", sorted(OLDER.iterdir()), ids=lambda path: path.stem)
def test_a_record_of_an_older_schema_loses_nothing(path):
    before = path.read_bytes()
    record = read_record(path)
    content = json.loads(before)
    assert record.schema_version == SCHEMA_VERSION
    for name, value in content.items():
        if name != "schema_version":
            assert record.model_dump(mode="json")[name] == value
    assert len(runs_frame([record])) == 1
    assert len(controls_frame([record])) == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [None, [], "text", {}, {"schema_version": 99}], ids=repr)
def test_what_is_no_older_record_stays_as_it_is(content):
    assert migrated(content) == content
