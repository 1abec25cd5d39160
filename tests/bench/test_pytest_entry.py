"""`pytest bench --benchmark-only`: an item is a cell, a round is an epoch, records are kept."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

from bench import test_study as entry
from bench.execute.in_process import InProcess
from bench.execute.launch import Launch
from bench.measure.flops import KnownFlops
from bench.pytest_items import Told
from bench.pytest_session import StudyRun, steppable
from bench.records.claims import Claims
from bench.records.store import RecordStore
from bench.settling import Settling
from bench.study.calls import Call
from bench.study.cells import expand
from noprop_core.errors import DataUnavailable, UserError

ROOT = Path(__file__).parents[2]
METHODS = ["backprop", "classifier"]


@dataclass(frozen=True)
class Session:
    """One `pytest bench` in a process of its own."""

    code: int
    text: str
    folder: Path

    @property
    def records(self):
        return RecordStore(self.folder / "results" / "tiny").load()


@pytest.fixture(scope="module")
def start(tmp_path_factory, toml, tiny):
    folder = tmp_path_factory.mktemp("entry")

    def run(*words, **changes):
        content = tiny | {"methods": METHODS, "seeds": [0]} | changes
        path = folder / "tiny.toml"
        path.write_text(toml(content), encoding="utf-8")
        given = ("--study", path, "--results", folder / "results", "--device", "cpu", *words)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "bench", "--benchmark-only", "-v",
             "-p", "no:cacheprovider", *map(str, given)],
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )  # fmt: skip
        return Session(done.returncode, done.stdout, folder)

    return run


@pytest.fixture(scope="module")
def sessions(start, tmp_path_factory):
    """Run a fresh study; then again; then again by force."""
    path = tmp_path_factory.mktemp("json") / "benchmark.json"
    fresh = start("--benchmark-json", path)
    records = fresh.records
    again = start()
    kept = again.records
    forced = start("--rerun", "--methods", "classifier")
    return {
        "fresh": fresh, "records": records, "json": json.loads(path.read_text()),
        "again": again, "kept": kept, "forced": forced,
    }  # fmt: skip


def test_a_fresh_study_is_one_item_per_cell(sessions):
    fresh = sessions["fresh"]
    assert fresh.code == 0, fresh.text
    for label in ("backprop-digits-b64-T2-s0", "classifier-digits-b64-s0"):
        assert f"test_cell[{label}] PASSED" in fresh.text
    assert "2 passed" in fresh.text
    assert "not run again" not in fresh.text


def test_a_fresh_study_leaves_a_record_per_cell_and_its_declaration(sessions, study):
    declared = study(methods=METHODS, seeds=[0])
    assert [record.cell for record in sessions["records"]] == expand(declared, "cpu")
    for record in sessions["records"]:
        assert record.status == "ok"
        assert len(record.epochs) == 2
    folder = sessions["fresh"].folder / "results" / "tiny"
    # The last session named one method only: the declaration is still the study's.
    assert RecordStore(folder).load_study() == declared
    assert f"records: {folder / 'records'}" in sessions["fresh"].text
    assert f"python -m bench.report {folder}" in sessions["fresh"].text


def test_both_entries_train_alike(sessions, finished):
    by_id = {record.cell_id: record for record in finished.outcome.made}
    for record in sessions["records"]:
        other = by_id[record.cell_id]
        assert [e.train_loss for e in record.epochs] == [e.train_loss for e in other.epochs]
        assert record.test_accuracies == other.test_accuracies
        assert record.memory == other.memory


def test_the_benchmark_s_own_json_has_a_round_per_epoch_and_the_metrics(sessions):
    benchmarks = sessions["json"]["benchmarks"]
    assert len(benchmarks) == 2
    for benchmark, record in zip(benchmarks, sessions["records"], strict=True):
        assert record.cell.label in benchmark["name"]
        assert benchmark["stats"]["rounds"] == record.cell.budget.epochs
        assert benchmark["stats"]["iterations"] == 1
        extra = benchmark["extra_info"]
        mean = sum(record.test_accuracies) / len(record.test_accuracies)
        assert extra["test_accuracy"] == pytest.approx(mean)
        assert extra["peak_memory_bytes"] == record.memory.peak_bytes
        assert extra["parameters"] == record.parameters
        assert extra["cell"] == record.cell_id
        seconds = [epoch.seconds for epoch in record.epochs]
        # Its clock stands around ours, with nothing but a call between them.
        for around, inside in zip(benchmark["stats"]["data"], seconds, strict=True):
            assert inside <= around < inside + 0.5
    assert {b["group"] for b in benchmarks} == {"digits batch=64 T=2", "digits batch=64"}


def test_a_second_session_runs_nothing_and_says_so(sessions):
    again = sessions["again"]
    assert again.code == 0, again.text
    assert "2 skipped" in again.text
    assert "passed" not in again.text
    assert "has a good record in " in again.text
    assert "2 of 2 cells already have a good record and were not run again" in again.text
    assert sessions["kept"] == sessions["records"]


def test_rerun_runs_again_and_options_choose_what(sessions):
    forced = sessions["forced"]
    assert forced.code == 0, forced.text
    assert "1 passed" in forced.text
    assert "skipped" not in forced.text
    old, new = sessions["records"], {r.cell.method: r for r in forced.records}
    assert new["backprop"] == old[0]
    assert new["classifier"] != old[1]
    assert new["classifier"].test_accuracies == old[1].test_accuracies
    assert len(list((forced.folder / "results" / "tiny" / "superseded").iterdir())) == 1


def test_a_wrong_study_ends_the_session_with_a_line_per_problem(start):
    session = start(timestep=[1], seeds=[], timesteps=[0], name="wrong")
    assert session.code == 2
    assert "Traceback" not in session.text
    assert "INTERNALERROR" not in session.text
    lines = [line for line in session.text.splitlines() if "tiny.toml: " in line]
    assert [line.split("tiny.toml: ")[1].partition(":")[0] for line in lines] == [
        *("seeds", "timesteps", "unknown key 'timestep'; did you mean 'timesteps'?"),
    ]
    assert not (session.folder / "results" / "wrong").exists()


class Benchmark:
    """Stands in for pytest-benchmark's fixture: as many rounds as told, maybe cut short."""

    def __init__(self, rounds=None, error=None):
        self.rounds, self.error = rounds, error
        self.group, self.extra_info, self.has_error = None, {}, False

    def pedantic(self, target, setup, rounds, iterations):
        assert iterations == 1
        for _ in range(rounds if self.rounds is None else self.rounds):
            try:
                setup()
                target()
            except Exception:
                self.has_error = True
                raise
        if self.error is not None:
            raise self.error


@pytest.fixture
def study_run(study, tmp_path):
    declared = study(methods=METHODS, seeds=[0])
    store = RecordStore(tmp_path / "tiny")
    cells = expand(declared, "cpu")
    launch = Launch("tiny", torch.device("cpu"), tmp_path)
    call = Call(declared, declared, declared.name, ())
    return StudyRun(call, cells, {}, {}, store, launch, InProcess())


@pytest.fixture
def run_item(study_run):
    """Call an item's function as pytest would, with its fixtures."""

    def call(benchmark, cell, run=study_run):
        with Claims(run.store.folder) as claims:
            settling = Settling(run.store, claims, run.launch, KnownFlops(), run.before)
            told = Told(run.cells, run.settled)
            entry.test_cell(benchmark, cell, run, run.executor, settling, told, lambda *_: None)

    return call


def test_an_item_saves_its_record_and_fills_the_mapping_it_was_given(run_item, study_run):
    benchmark, cell = Benchmark(), study_run.cells[1]
    mapping = benchmark.extra_info
    run_item(benchmark, cell)
    record = study_run.store.find(cell)
    assert (record.status, len(record.epochs), record.position) == ("ok", 2, 1)
    assert mapping["cell"] == cell.id
    assert not benchmark.has_error


def test_without_timing_an_item_still_trains_every_epoch(run_item, study_run):
    # With --benchmark-disable, and under pytest-xdist, pytest-benchmark makes a single round.
    cell = study_run.cells[0]
    run_item(Benchmark(rounds=1), cell)
    record = study_run.store.find(cell)
    assert len(record.epochs) == 2
    assert len(record.test_accuracies) >= 1


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (KeyboardInterrupt(), pytest.exit.Exception),  # which ends the session in one line
        (SystemExit(3), SystemExit),
        (pytest.fail.Exception("too slow"), pytest.fail.Exception),
    ],
    ids=repr,
)
def test_an_interrupted_item_leaves_no_good_record(run_item, study_run, error, raised):
    cell = study_run.cells[0]
    with pytest.raises(raised):
        run_item(Benchmark(rounds=1, error=error), cell)
    assert study_run.store.settled(study_run.cells) == {}


def test_a_failing_item_fails_and_is_recorded(run_item, study_run, failing, cell):
    def act(method, step):
        if not method.warming_up:
            raise ValueError("broken")

    broken = cell(method=failing(act), timesteps=None, options={})
    study_run.cells.append(broken)
    benchmark = Benchmark()
    with pytest.raises(ValueError, match="broken"):
        run_item(benchmark, broken)
    assert benchmark.has_error
    assert study_run.store.find(broken).status == "error"


def test_missing_data_ends_the_session_and_leaves_no_record(run_item, study_run, monkeypatch):
    def fail(*words):
        raise DataUnavailable("no files")

    monkeypatch.setattr("bench.measure.cell_run.load_task", fail)
    with pytest.raises(pytest.exit.Exception, match="no files") as caught:
        run_item(Benchmark(), study_run.cells[0])
    assert caught.value.returncode == 2
    assert not study_run.store.records_folder.exists()


def test_an_item_with_a_good_record_is_skipped_and_says_where_it_is(run_item, study_run, record):
    cell = study_run.cells[0]
    study_run.settled[cell.id] = record(cell)
    with pytest.raises(pytest.skip.Exception, match=r"has a good record in .*records; --rerun"):
        run_item(Benchmark(), cell)


def test_a_cell_that_another_runner_has_run_meanwhile_is_skipped_with_the_reason(
    run_item, study_run, record
):
    cell = study_run.cells[0]
    theirs = record(cell, status="error", failure="in their hands")
    study_run.store.save(theirs)
    with pytest.raises(pytest.skip.Exception, match=r"another runner has run it meanwhile \(error"):
        run_item(Benchmark(), cell)
    assert study_run.store.load() == [theirs]
    assert not study_run.store.superseded_folder.exists()


def test_a_record_from_before_the_session_is_no_other_runner_s(run_item, study_run, record):
    cell = study_run.cells[0]
    old = record(cell, status="error", failure="by accident")
    study_run.store.save(old)
    study_run.before[cell.id] = old
    run_item(Benchmark(), cell)
    assert study_run.store.find(cell).status == "ok"


class Whole:
    """An executor that cannot be driven."""

    slots = 1

    def submit(self, job):
        raise AssertionError


def test_an_executor_that_runs_whole_cells_is_refused_with_the_other_door():
    with pytest.raises(UserError, match=r"times epochs; use python -m bench\.run") as caught:
        steppable(f"{__name__}:Whole")
    assert len(str(caught.value).splitlines()) == 1


def test_a_session_says_which_folder_its_runs_go_to_if_it_is_not_the_study_s(study_run, tmp_path):
    assert study_run.elsewhere == []
    call = replace(study_run.call, changed=("epochs=1",))
    [line] = replace(study_run, call=call).elsewhere
    assert line == (
        "note: epochs=1 is not what 'tiny' declares, so these runs have a folder of their own: "
        f"{tmp_path / 'tiny'}"
    )
