"""A job says everything about running one cell, and comes back from JSON as it was."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.measure.job import Job
from bench.study.cells import Cell, expand
from bench.study.loading import load_study

CELL = expand(load_study("quick"), "cpu")[0]
# What stands in a study is UTF-8.
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=9)
COUNTS = st.integers(0, 2**62)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
OPTIONS = st.dictionaries(TEXT, LEAVES | st.lists(LEAVES, max_size=3), max_size=4)
CELLS = st.builds(
    lambda seed, options, dataset: Cell.model_validate(
        CELL.model_dump() | {"seed": seed, "options": options, "dataset": dataset}
    ),
    seed=COUNTS,
    options=OPTIONS,
    dataset=TEXT,
)


# A busy machine draws slowly, and no test is about that.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        Job,
        cell=CELLS,
        study=TEXT,
        device=st.sampled_from(["cpu", "cuda:0", "cuda:17"]),
        data_dir=TEXT.map(Path),
        position=COUNTS,
        flops_per_epoch=st.none() | COUNTS,
        code_version=TEXT,
        time_limit=st.none() | st.floats(1e-300, 1e300),
    )
)
def test_a_job_comes_back_from_json_as_it_was(job):
    text = job.to_json()
    assert "\n" not in text
    assert text.isascii()
    assert Job.from_json(text) == job
    assert Job.from_json(text).cell.id == job.cell.id


def test_a_folder_whose_name_is_no_utf_8_is_found_again(cell):
    job = Job(cell=cell(), study="s", data_dir=Path("a\udcff"))
    assert Job.from_json(job.to_json()) == job


@pytest.mark.parametrize(
    "changes", [{"time_limit": 0}, {"time_limit": float("inf")}, {"time_limit": -1}, {"x": 1}]
)
def test_what_is_no_job_is_refused(cell, changes):
    with pytest.raises(ValidationError):
        Job(cell=cell(), study="s", **changes)


def test_a_job_cannot_be_changed(cell):
    with pytest.raises(ValidationError):
        Job(cell=cell(), study="s").study = "another"
