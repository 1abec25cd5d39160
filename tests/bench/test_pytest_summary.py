"""What a session of pytest shows: items as `bench.run` shows cells, a narrow table, the answer."""

import re
from statistics import median

import pytest

from bench.answering import answer_in
from bench.records.store import RecordStore


@pytest.fixture
def start(study_session, study_file, tmp_path):
    path = study_file(methods=["backprop", "classifier"])
    here = ("--isolation", "none", "--device", "cpu", "--results", tmp_path / "r")
    return lambda *words: study_session("--study", path, *here, *words)


def test_it_ends_with_the_answer_under_a_table_of_arms(start, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    answer = start()
    assert answer.code == 0, answer.out
    lines = answer.out.splitlines()
    store = RecordStore(tmp_path / "r" / "tiny")
    # Every item says what its run came to; the last has nothing after it.
    said = re.findall(r"PASSED ([\d.]+)%, [\d.]+ s an epoch(; about \d+ s left)?", answer.out)
    means = [sum(r.test_accuracies) / len(r.test_accuracies) for r in store.load()]
    assert [float(accuracy) for accuracy, _ in said] == [round(100 * m, 1) for m in means]
    assert [bool(left) for _, left in said] == [True, True, True, False]
    # pytest-benchmark's table: an arm is a row, with the epochs of all its seeds.
    # There is a table for each T, with its own unit.
    headers = [line for line in lines if line.startswith("Name (time in")]
    rows = [line for line in lines if re.search(r"2 seeds +\d", line)]
    assert max(map(len, [*headers, *rows])) <= 100
    assert {row.split(",")[0] for row in rows} == {
        "backprop-digits-b64-T2", "classifier-digits-b64",
    }  # fmt: skip
    units = {"us": 1e6, "ms": 1e3, "s": 1.0}
    for header, row in zip(headers, rows, strict=True):
        scale = units[re.search(r"time in (\w+)", header)[1]]
        name, figures = row.split(", 2 seeds")
        epochs = [e for r in store.load() if r.cell.label.startswith(name) for e in r.epochs]
        shown = float(figures.split()[0].replace(",", ""))
        # pytest-benchmark's clock stands around ours.
        assert shown / scale == pytest.approx(median(e.seconds for e in epochs), rel=0.5, abs=0.01)
        assert figures.split()[-1] == str(len(epochs)) == "4"
    # Then the answer, and where the records are.
    sentence = " ".join(answer_in(store).sentences[0][1].split())
    end = answer.out[answer.out.index(rows[-1]) :]
    assert sentence in " ".join(end.split())
    assert end.rindex("records: ") > end.rindex("backprop")
    # Where nothing was run there is nothing new to answer.
    assert sentence not in " ".join(start().out.split())


@pytest.mark.parametrize("words", [("--benchmark-columns=mean",), ("--benchmark-group-by=group",)])
def test_whoever_asks_for_a_table_gets_that_one(start, words):
    answer = start("--seeds", "0", *words)
    assert answer.code == 0, answer.out
    assert "1 seed" not in answer.out
    assert len(re.findall(r"^test_cell\[.*-s0\] ", answer.out, re.MULTILINE)) == 2
