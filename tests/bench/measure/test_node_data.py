"""A machine of a cluster reads a data set once, and uses nothing but what its checksum names."""

import json
import tempfile

import pytest
import torch

from bench.execute.elsewhere import Known
from bench.measure import cell_run, node_data
from bench.measure.cell_run import CellRun
from bench.measure.driven import run_cell
from bench.measure.job import Job

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def a_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_what_is_kept_is_found_by_its_checksum_alone(digits):
    assert node_data.find(digits.checksum, CPU) is None
    node_data.keep(digits)
    found = node_data.find(digits.checksum, CPU)
    assert (found.name, found.classes, found.checksum) == ("digits", 10, digits.checksum)
    for part in ("train", "validation", "test"):
        one, other = getattr(found, part), getattr(digits, part)
        assert torch.equal(one.images_NCHW, other.images_NCHW)
        assert torch.equal(one.labels_N, other.labels_N)
    assert torch.equal(found.mean_C11, digits.mean_C11)
    [path] = node_data.folder().iterdir()
    other = path.with_name(f"{'0' * 64}.pt")
    path.rename(other)  # other data under that name
    assert node_data.find("0" * 64, CPU) is None
    other.write_bytes(b"half")
    assert node_data.find("0" * 64, CPU) is None


def test_no_room_is_no_failure(digits, monkeypatch):
    def full(*words):
        raise OSError("no space left")

    monkeypatch.setattr(torch, "save", full)
    node_data.keep(digits)
    assert list(node_data.folder().iterdir()) == []


def test_the_second_cell_reads_nothing_and_learns_the_same(cell, monkeypatch):
    known, reads = Known(), []
    load = cell_run.load_task.__wrapped__
    monkeypatch.setattr(cell_run, "load_task", lambda *words: reads.append(words) or load(*words))
    monkeypatch.setattr("bench.execute.elsewhere._data", lambda job: ("any", None))
    losses = []
    for _ in range(2):
        job = Job(cell=cell(epochs=1), study="tiny")
        text = known.sent(job)
        assert json.loads(text)["data_checksum"] is None  # digits are in memory anyway
        kept = job.model_copy(update={"data_checksum": known.checksums.get(("any", None), "")})
        record = run_cell(CellRun(kept))
        known.received(job, json.dumps({"record": record.model_dump(mode="json")}))
        losses.append([epoch.train_loss for epoch in record.epochs])
    assert len(reads) == 1
    assert losses[0] == losses[1]


def test_a_job_is_sent_with_the_checksum_that_records_hold(cell, record):
    known = Known()
    job = Job(cell=cell(dataset="mnist"), study="tiny")
    assert json.loads(known.sent(job))["data_checksum"] == ""
    answer = record(cell(dataset="mnist"), data_checksum="d00d").model_dump(mode="json")
    known.received(job, json.dumps({"record": answer}))
    assert json.loads(known.sent(job))["data_checksum"] == "d00d"
    assert Job.from_json(known.sent(job)).data_dir.is_absolute()
