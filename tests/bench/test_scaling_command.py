"""`python -m bench.scaling` reads a study's records, and says what is missing."""

import pytest

from bench.records.record import Epoch
from bench.records.store import RecordStore
from bench.scaling import main
from bench.study.cells import Execution


@pytest.fixture
def measured(tmp_path, cell, record):
    """Save records as the study `scaling` leaves them, with times of a known law."""
    store = RecordStore(tmp_path / "scaling")
    for method, division in (
        ("backprop", "none"), ("backprop/data", "data"), ("backprop/pipeline", "pipeline"),
        ("noprop-dt", "none"), ("noprop-dt/blocks", "blocks"),
    ):  # fmt: skip
        for t in (2, 4, 8):
            execution = Execution(device="cpu", threads=1, division=division,
                                  ranks=1 if division == "none" else 2)  # fmt: skip
            own = cell(method=method, timesteps=t, execution=execution)
            share = t if division == "none" else t / 2
            seconds = 0.01 + 0.1 * share + (0.002 if division == "data" else 0)
            epoch = Epoch(seconds=seconds, train_loss=1.0, validation_accuracy=0.5)
            store.save(record(own, epochs=[epoch] * 3, parameters=1000 * t, examples_seen=3900))
    return store.folder


def test_fit_projection_and_figure(measured, tmp_path, capsys) -> None:
    assert main([str(measured), "-o", str(tmp_path / "scaling.svg")]) == 0
    said = capsys.readouterr().out
    assert "Largest error at a measured point" in said
    assert "| 1000 | 1000 | NoProp, blocks |" in said
    assert "Fastest with 100 blocks:" in said
    assert (tmp_path / "scaling.svg").read_text().startswith("<svg")


def test_a_study_without_divided_runs_is_one_clear_line(command, results) -> None:
    (folder,) = (path.parent for path in results.rglob("study.json"))
    answer = command(folder, main=main)
    assert answer.code == 2
    (line,) = answer.errors
    assert "torchrun --nproc-per-node 2 -m bench.run --study scaling" in line


def test_a_link_that_cannot_be_is_refused(command, measured) -> None:
    assert command(measured, "--bandwidth", "0", main=main).code == 2
