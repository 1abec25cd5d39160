"""Models and predictions beside records: the run's own, whole or not there, nothing else new."""

import errno
import importlib.util
import json
import os
import resource
import sys
from types import ModuleType

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
from safetensors import safe_open

from bench import saves
from bench.execute.elsewhere import Known
from bench.execute.in_process import InProcess
from bench.execute.launch import Launch
from bench.measure import cell_run, saving
from bench.measure.cell_run import CellRun
from bench.measure.driven import run_cell
from bench.measure.job import Job
from bench.records import saved as saved_files
from bench.records.adopting import adopt
from bench.records.saved import SavedFile, Saves, files_of
from bench.records.store import RecordStore, read_record
from bench.runner import run_study
from bench.saved import load_model
from noprop_core import registry
from noprop_core.errors import UserError
from noprop_core.methods.classifier import Classifier

BOTH = frozenset({"model", "predictions"})
SMALL = {"method": "classifier", "timesteps": None, "options": {"width": 0.25}}


@pytest.fixture
def kept(cell, tmp_path):
    """Run a cell, with its model and predictions saved; return its record and where that lies."""

    def run(kinds=BOTH, **changes):
        of = cell(**({"epochs": 1} | changes))
        store = RecordStore(tmp_path / "results")
        asked = Saves(record=store.path_of(of), kinds=kinds) if kinds else None
        record = run_cell(CellRun(Job(cell=of, study="tiny", saves=asked)))
        return record, store.save(record)

    return run


def options_of(method):
    kind = registry.find(method)
    more = {"embedding": {"kind": "learned"}} if kind.learns_embeddings else {}
    if "steps" in kind.Config.model_fields:
        more["steps"] = 3  # of inference
    return {"width": 0.25} | more


@pytest.mark.parametrize("method", registry.built_in())
def test_a_loaded_model_predicts_in_the_test_what_the_run_did(kept, method):
    steps = 2 if registry.find(method).uses_timesteps else None
    record, path = kept(method=method, timesteps=steps, options=options_of(method))
    assert record.status == "ok", record.failure
    table = pd.read_parquet(path.parent / record.files["predictions"].name)
    saved = load_model(path)
    images = range(len(saved.task.test))
    assert table["index"].tolist() == [*images] * len(record.test_accuracies)
    right = (table["prediction"] == table["label"]).groupby(table["repeat"]).mean()
    assert right.tolist() == record.test_accuracies
    assert ("logits" in table) == registry.find(method).has_logits
    again = saved.test_predictions()
    for (_, of_run), loaded in zip(table.groupby("repeat"), again, strict=True):
        assert of_run["label"].tolist() == saved.task.test.labels_N.tolist()
        assert of_run["prediction"].tolist() == loaded.classes_N.tolist()
        if loaded.logits_NK is not None:
            logits_NK = torch.from_numpy(np.stack(of_run["logits"]))
            assert torch.equal(logits_NK, loaded.logits_NK)
            assert torch.equal(logits_NK.argmax(dim=1), loaded.classes_N)


def test_it_is_the_weights_that_make_a_loaded_model_what_it_is(kept, monkeypatch):
    _, path = kept(**SMALL)
    [trained] = load_model(path).test_predictions()
    monkeypatch.setattr(torch.nn.Module, "load_state_dict", lambda self, state: None)
    [untrained] = load_model(path).test_predictions()
    assert not torch.equal(trained.logits_NK, untrained.logits_NK)


class Tied(Classifier):
    """Has a parameter under two names, one that is a view into another's storage, and a buffer."""

    name = "tied"

    def build(self):
        network = super().build()
        whole = torch.zeros(10)
        network.view = torch.nn.Parameter(whole[2:5], requires_grad=False)
        network.rest = torch.nn.Parameter(whole[1:], requires_grad=False)
        network.twin = network[-1].weight
        network.register_buffer("count", torch.tensor(0))
        return network

    def train_step(self, x_BCHW, y_B):
        self.network.count += 1
        self.network.view += 1
        return super().train_step(x_BCHW, y_B)


def test_what_is_shared_viewed_or_counted_comes_back(kept, monkeypatch):
    module = ModuleType("ties")
    module.Tied = Tied
    monkeypatch.setitem(sys.modules, "ties", module)
    record, path = kept(**(SMALL | {"method": "ties:Tied"}))
    assert record.status == "ok", record.failure
    saved = load_model(path)
    network = saved.method.network
    assert network.twin is network[-1].weight
    assert (int(network.count), network.view.tolist()) == (1, [1.0] * 3)
    assert network.rest.tolist() == [0, 1, 1, 1, 0, 0, 0, 0, 0]
    table = pd.read_parquet(path.parent / record.files["predictions"].name)
    [predicted] = saved.test_predictions()
    assert predicted.logits_NK.tolist() == [row.tolist() for row in table["logits"]]


def test_the_files_say_whose_they_are(kept):
    record, path = kept(**SMALL)
    with safe_open(path.parent / record.files["model"].name, "pt") as file:
        text = file.metadata()["noprop-bench"]
    schema = pq.read_schema(path.parent / record.files["predictions"].name)
    assert schema.metadata[b"noprop-bench"].decode() == text
    said = json.loads(text)
    assert (said["record"], said["method"]) == (record.cell_id, "classifier")
    assert said["options"] == record.cell.options
    assert (said["torch"], said["commit"]) == (torch.__version__, record.environment.code_version)
    for file in record.files.values():
        assert file.name.startswith(f"{path.stem}.{file.sha256[:12]}.")


def told(record):
    """Return what a record holds, but for what is of the moment: times, load, the process."""
    content = record.model_dump(mode="json", exclude={"phases", "load", "started_at"})
    content["memory_parts"].pop("process_peak_bytes")
    for epoch in content["epochs"]:
        del epoch["seconds"]
    return content


def test_a_record_is_the_same_but_for_the_files_that_it_names(kept, monkeypatch):
    of = {"method": "noprop-dt", "timesteps": 2, "options": {"width": 0.25}}
    plain, saving_both = (kept(kinds, **of)[0] for kinds in (frozenset(), BOTH))
    assert saving_both.files.keys() == BOTH
    assert told(plain) | {"files": None} == told(saving_both) | {"files": None}

    # However long it takes and whatever it needs: a clock and a peak that saving moves.
    now, write = [0.0], saving.write_beside

    def clock():
        now[0] += 1e-3
        return now[0]

    def slowly(*words):
        now[0] += 1e6
        monkeypatch.setattr(cell_run.memory, "process_peak_bytes", lambda: 2**60)
        return write(*words)

    monkeypatch.setattr(cell_run.time, "perf_counter", clock)
    monkeypatch.setattr(saving, "write_beside", slowly)
    record, _ = kept(**of)
    assert record.files == saving_both.files
    assert sum(record.phases.model_dump().values()) < 1e6
    assert record.memory_parts.process_peak_bytes < 2**60


def test_a_run_that_fails_leaves_no_file(kept, failing):
    def act(method, step):
        if not method.warming_up:
            raise ValueError("no")

    record, path = kept(**(SMALL | {"method": failing(act)}))
    assert (record.status, record.files) == ("error", {})
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "trouble", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()]
)
@pytest.mark.parametrize("place", ["on_disk", "_sha256"])
def test_what_is_interrupted_leaves_nothing(kept, monkeypatch, tmp_path, trouble, place):
    def fail(path):
        raise trouble

    monkeypatch.setattr(saved_files, place, fail)
    if isinstance(trouble, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            kept(**SMALL)
        assert list((tmp_path / "results" / "records").iterdir()) == []
        return
    record, path = kept(**SMALL)
    assert (record.status, record.files, record.traceback) == ("error", {}, "")
    assert record.failure.endswith(f"cannot write in '{path.parent}': No space left on device")
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_nobody_sweeps_away_what_is_being_written(kept, monkeypatch, tmp_path):
    def swept(path):
        RecordStore(tmp_path / "results").sweep()
        return real(path)

    real = saved_files.on_disk
    monkeypatch.setattr(saved_files, "on_disk", swept)
    record, path = kept(**SMALL)
    assert files_of(path) == {file.name for file in record.files.values()}


def test_a_run_that_is_made_again_sets_its_files_aside_with_its_record(kept, tmp_path):
    first, path = kept(**SMALL)
    names = {file.name for file in first.files.values()}
    orphan = path.parent / f"{path.stem}.{'0' * 12}.parquet"  # of a run that was killed
    mine = path.parent / f"{path.stem}.mine.parquet"
    for other in (orphan, mine):
        other.touch()
    # Equal runs, equal files.
    again, _ = kept(**SMALL)
    assert again.files == first.files
    assert files_of(path) == names
    assert mine.exists()
    [aside] = (tmp_path / "results" / "superseded").glob("*.json")
    assert read_record(aside) == first
    [one], [other] = (load_model(file).test_predictions() for file in (aside, path))
    assert torch.equal(one.logits_NK, other.logits_NK)
    # Without: what is there of before goes with its record, and stays.
    kept(frozenset(), **SMALL)
    assert files_of(path) == set()
    assert names <= {entry.name for entry in (tmp_path / "results" / "superseded").iterdir()}


def test_where_there_are_no_hard_links_they_are_copied(kept, monkeypatch, tmp_path):
    def refuse(*words):
        raise OSError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "link", refuse)
    first, path = kept(**SMALL)
    kept(frozenset(), **SMALL)
    aside = {entry.name for entry in (tmp_path / "results" / "superseded").iterdir()}
    assert aside == {f"{path.stem}.1.json"} | {file.name for file in first.files.values()}


def test_files_that_were_written_elsewhere_make_a_failed_record(study, tmp_path, monkeypatch):
    class Elsewhere(InProcess):
        def submit(self, job):
            there = Saves(record=tmp_path / "there" / job.saves.record.name, kinds=BOTH)
            return super().submit(job.model_copy(update={"saves": there}))

    small = study(methods=["classifier"], baseline="classifier", seeds=[0])
    store = RecordStore(tmp_path / "here")
    launch = Launch("tiny", torch.device("cpu"), tmp_path, saves=BOTH)
    with Elsewhere() as executor:
        [record] = run_study(small, store, launch, executor).made
    assert (record.status, record.files) == ("error", {})
    assert record.failure.startswith("its model and predictions cannot be seen in '")
    assert store.load() == [record]


def test_adopted_records_bring_their_files(kept, tmp_path):
    record, path = kept(**SMALL)
    own, other = RecordStore(tmp_path / "own"), RecordStore(tmp_path / "results")
    (path.parent / record.files["predictions"].name).unlink()  # somebody needed the room
    adopt(own, [record.cell], other)
    [adopted] = own.load()
    assert adopted.files == {"model": record.files["model"]}
    load_model(own.path_of(record.cell))


@pytest.mark.parametrize("name", ["../a.parquet", "a/b", "", ".hidden", "a\x00b"])
def test_a_record_names_no_file_of_another_folder(name):
    with pytest.raises(ValueError, match="name"):
        SavedFile(name=name, sha256="0" * 64)


def test_a_model_that_is_not_the_run_s_is_one_line(kept, cell):
    _, plain = kept(frozenset({"predictions"}), **SMALL)
    with pytest.raises(UserError, match="names no model: --save-model keeps one"):
        load_model(plain)
    record, path = kept(**SMALL)
    file = path.parent / record.files["model"].name
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    with pytest.raises(UserError, match="is not there, or was changed"):
        load_model(path)
    file.unlink()
    with pytest.raises(UserError, match="is not there, or was changed"):
        load_model(path)


def test_a_job_for_elsewhere_says_where_files_go_from_the_root(cell):
    job = Job(cell=cell(), study="tiny", saves=Saves(record="results/a.json", kinds=BOTH))
    assert Job.from_json(job.to_json()) == job
    sent = Job.from_json(Known().sent(job))
    assert sent.saves.record.is_absolute()
    assert sent.saves.kinds == BOTH


@pytest.fixture
def options(study_file, tmp_path):
    path = study_file(methods=["classifier"], baseline="classifier", seeds=[0])
    return ("--study", path, "--results", tmp_path / "r", "--device", "cpu", "--isolation", "none")


def test_pytest_s_entry_saves_too(study_session, options, tmp_path):
    done = study_session(*options, "--save-model", "--save-predictions")
    [record] = RecordStore(tmp_path / "r" / "tiny").load()
    assert (done.code, record.files.keys()) == (0, BOTH)


def test_runs_that_were_made_without_are_counted_and_made_again_on_demand(
    command, options, tmp_path
):
    store = RecordStore(tmp_path / "r" / "tiny")
    assert command(*options, "--save-model").code == 0
    [record] = store.load()
    assert record.files.keys() == {"model"}
    done = command(*options, "--save-model", "--save-predictions")
    assert "--save-predictions: 1 of 1 good runs were made without: --rerun makes" in done.err
    assert "--save-model:" not in done.err
    assert store.load() == [record]
    assert command(*options, "--save-model", "--save-predictions", "--rerun").code == 0
    [again] = store.load()
    assert again.files.keys() == BOTH
    assert again.files["model"] == record.files["model"]


def test_a_disk_with_room_for_a_record_alone_is_a_failed_record(options, command, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        done = command(*options, "--save-model")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert done.code == 1
    [record] = RecordStore(tmp_path / "r" / "tiny").load()
    assert record.failure.endswith("File too large")
    assert "Traceback" not in done.out + done.err


@pytest.mark.parametrize("kind", saves.NEEDS)
def test_an_extra_that_is_missing_is_one_line_before_anything_runs(kind, command, monkeypatch):
    found = importlib.util.find_spec
    missing = saves.NEEDS[kind]
    monkeypatch.setattr(saves, "find_spec", lambda name: None if name == missing else found(name))
    done = command(f"--save-{kind}")
    assert done.code == 2
    assert done.errors == [
        f'--save-{kind}: {missing} is not installed: pip install "noprop-bench[models]"'
    ]
