"""120 real records of schema 3, kept from before cells had budgets: ids and report stay theirs.

`house.tar.xz` holds the study, its declaration and its records, `house.csv.xz` the report of that
time: variants, own epochs, diverged runs and controls are among them.
"""

import csv
import io
import lzma
import tarfile
from pathlib import Path

import pytest

from bench import report
from bench.records.store import RecordStore
from bench.study.cells import expand
from bench.study.loading import load_study

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "house"
    with tarfile.open(HERE / "house.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder


def with_the_defaults_of_then(study):
    """State what was done before there was a choice: other defaults mean other runs."""
    own = {
        "noprop-dt": {"schedule": {"alpha_bar_first": 0.001}},
        "noprop-ct": {"schedule": "gentle"},
    }
    options = study.options | {"padding": "same"}
    return study.model_copy(update={"options": options, "method": study.method | own})


def test_every_cell_has_the_id_it_had(house):
    store = RecordStore(house)
    ids = {path.stem.rpartition("-")[2] for path in store.records_folder.iterdir()}
    for declared in (store.load_study(), load_study(str(house / "house.toml"))):
        cells = expand(with_the_defaults_of_then(declared), "cpu")
        assert len(cells) == 120
        assert {cell.id for cell in cells} == ids
        # None of them would be run again.
        assert store.settled(cells).keys() == ids


TESTED = ("p_holm", "p_equivalence_holm", "family_tests", "detectable", "pairs_needed")
"""Of a comparison: settings are tested behind the pooled comparison by now, no longer in one
family over all settings. Effects, intervals, plain p-values and verdicts stay what they were."""


def split(row):
    """Return the row's numbers and its words, but for its sentence."""
    parts = {}, {}
    for column, text in row.items():
        try:
            parts[0][column] = float(text)
        except ValueError:
            parts[1][column] = text
    del parts[1]["sentence"]
    if parts[1]["reason"] == "not tested: the pooled comparison decided nothing":
        parts[1]["reason"] = (
            "no difference or equivalence shown"  # as it was called of each setting
        )
    parts[1]["estimate"] = parts[1]["estimate"].replace("95% ", "95 % ")  # how it is written now
    return parts


def mended(row):
    """Return the columns of an old row that were wrong then."""
    if row["kind"] in ("interquartile-mean", "improvement"):
        return ("low", "high", "estimate")  # the bootstrap drew seeds for each setting by itself
    if row["method"] == "backprop-mlp/wild":
        return (*TESTED, "verdict", "reason")  # it never finishes, which was called inconclusive
    if row["metric"] == "target_seconds":
        return (*TESTED, "p_equivalence")  # not equivalent where one side arrives more often
    return TESTED if row["kind"] == "comparison" else ()


def test_the_report_says_what_it_said(house, command):
    answer = command(house, "--format", "csv", main=report.main)
    assert (answer.code, answer.err) == (0, "")
    with lzma.open(HERE / "house.csv.xz", "rt", encoding="utf-8", newline="") as file:
        before = list(csv.DictReader(file))
    text = (house / "report.csv").read_text("utf-8")
    metrics = {row["metric"] for row in before}  # others have been added since, and pooled effects
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["kind"] != "pooled"]
    now = [row for row in rows if row["metric"] in metrics]
    assert len(now) == len(before) == 422
    for old, new in zip(before, now, strict=True):
        numbers, words = split(old)
        found, said = split({column: new[column] for column in old})
        for column in mended(old):
            for part in (numbers, words, found, said):
                part.pop(column, None)
        assert found == pytest.approx(numbers, rel=1e-12)
        assert said == words
