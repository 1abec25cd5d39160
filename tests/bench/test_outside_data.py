"""A data set from outside runs, is recorded and is reported like one of ours."""

from pathlib import Path

import pytest

from bench import report
from bench.records import frame

MODULE = """
import torch
from noprop_core.datasets.raw import Labelled, RawData

reads = []

def part(count):
    labels_N = torch.arange(count) % 3
    images_NCHW = 80 * labels_N.to(torch.uint8).reshape(-1, 1, 1, 1).expand(-1, 1, 8, 8)
    return Labelled(images_NCHW.contiguous(), labels_N)

def shades(data_dir):
    reads.append(data_dir)
    return RawData(train=part(60), test=part(30))
"""
SMALL = ("--methods", "classifier,backprop", "--seeds", "0-1", "--timesteps", "1", "--epochs", "1")


@pytest.fixture
def run(command, tmp_path, monkeypatch):
    (tmp_path / "shades_of_grey.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)

    def call(*words: str):
        return command(*words, *SMALL, "--device", "cpu", "--isolation", "none")

    return call


def test_it_runs_by_its_path_and_is_read_once_per_process(run, command) -> None:
    answer = run("--dataset", "shades_of_grey:shades", "--batch-sizes", "16")
    assert answer.code == 0, answer.err
    (study,) = Path("results").glob("quick*")
    runs = frame.load(study)
    assert set(runs["dataset"]) == {"shades_of_grey:shades"}
    assert len(runs) == 4
    import shades_of_grey

    assert shades_of_grey.reads == [Path("data")]
    written = command(study, main=report.main)
    assert written.code == 0, written.err
    assert "shades_of_grey:shades" in (study / "report.html").read_text("utf-8")


def test_a_batch_that_does_not_fit_is_refused_before_anything_runs(run) -> None:
    answer = run("--dataset", "shades_of_grey:shades", "--batch-sizes", "55")
    assert answer.code == 2
    assert not Path("results").exists()
    assert "batch size 55 does not fit shades_of_grey:shades: from 2 to its 54" in answer.err


def test_a_path_that_leads_nowhere_is_refused_before_anything_runs(run) -> None:
    answer = run("--dataset", "shades_of_grey:colours", "--batch-sizes", "16")
    assert answer.code == 2
    assert "--dataset: data set 'shades_of_grey:colours' cannot be loaded" in answer.err
    assert not Path("results").exists()
