"""A study runs cell by cell; what is settled is not run again, and a failure stops nothing."""

import pytest
import torch

from bench.measure import cell_run
from bench.progress import summary
from bench.records.frame import runs_frame
from bench.records.record import SETTLED, Load
from bench.records.store import RecordStore, read_record
from bench.runner import Outcome, closing_line, disturbed_lines
from bench.study.cells import expand
from noprop_core.errors import DataUnavailable


@pytest.fixture
def store(tmp_path):
    return RecordStore(tmp_path / "tiny")


@pytest.fixture
def troubled(study, failing):
    """Return a study of three cells, the second of which acts before each of its steps."""

    def declare(act):
        methods = ["classifier", failing(act), "noprop-shared"]
        return study(methods=methods, baseline="classifier", seeds=[0], budget={"epochs": 1})

    return declare


def fail_with(error):
    def act(method, step):
        raise error

    return act


def lose_finiteness(method, step):
    with torch.no_grad():
        method.network[-1].bias.fill_(torch.inf)


def test_every_cell_is_run_in_the_study_s_order(finished):
    cells = expand(finished.study, "cpu")
    assert [record.cell for record in finished.outcome.made] == cells
    assert [record.position for record in finished.outcome.made] == list(range(6))
    assert finished.store.load() == finished.outcome.made
    assert finished.outcome.exit_code == 0
    assert finished.store.load_study() == finished.study


def test_the_closing_line_counts_and_says_where(finished):
    line = closing_line(finished.outcome, finished.store)
    assert line == f"6 of 6 cells run, records in {finished.store.records_folder}"


def test_a_second_run_recomputes_nothing_and_says_so(finished, run_of, monkeypatch):
    monkeypatch.setattr("bench.execute.in_process.CellRun", fail_with(AssertionError("ran again")))
    before = {p: p.stat().st_mtime_ns for p in finished.store.records_folder.iterdir()}
    outcome = run_of(finished.study, finished.store)
    assert outcome.made == []
    assert outcome.reused == finished.outcome.made
    assert outcome.exit_code == 0
    assert {p: p.stat().st_mtime_ns for p in finished.store.records_folder.iterdir()} == before
    assert closing_line(outcome, finished.store).endswith(
        "; 6 already recorded, not run again (--rerun forces it)"
    )


def test_a_grown_study_runs_what_is_new(study, run_of, store):
    small = study(methods=["classifier"], baseline="classifier", seeds=[1])
    run_of(small, store)
    outcome = run_of(study(methods=["classifier"], baseline="classifier", seeds=[0, 1]), store)
    assert [record.cell.seed for record in outcome.made] == [0]
    assert [record.cell.seed for record in outcome.reused] == [1]
    changed = small.model_copy(update={"options": {"width": 0.5}})
    assert len(run_of(changed, store).made) == 1


def test_rerun_runs_everything_and_keeps_the_earlier_records(study, run_of, store):
    small = study(methods=["classifier"], baseline="classifier", seeds=[0])
    [first] = run_of(small, store).made
    outcome = run_of(small, store, rerun=True)
    [second] = outcome.made
    assert outcome.reused == []
    assert second.test_accuracies == first.test_accuracies
    assert store.load() == [second]
    [aside] = store.superseded_folder.iterdir()
    assert read_record(aside) == first


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (lose_finiteness, "diverged"),
        (fail_with(torch.OutOfMemoryError("CUDA out of memory")), "out-of-memory"),
        (fail_with(ValueError("broken")), "error"),
    ],
    ids=["diverged", "out-of-memory", "error"],
)
def test_a_failed_cell_is_a_record_and_the_rest_go_on(troubled, run_of, store, capsys, act, status):
    study = troubled(act)
    outcome = run_of(study, store)
    assert [record.status for record in store.load()] == ["ok", status, "ok"]
    assert outcome.exit_code == 1
    assert outcome.failed == [outcome.made[1]]
    assert closing_line(outcome, store).endswith("; 1 failed")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["[1/3]", "[2/3]", "[3/3]"]
    assert lines[1].startswith(f"[2/3] {outcome.made[1].cell.label}: {status} (")

    again = run_of(study, store)
    assert len(again.made) == (0 if status in SETTLED else 1)
    assert again.exit_code == 1
    assert [record.status for record in store.load()] == ["ok", status, "ok"]


def test_what_failed_by_accident_is_well_after_the_next_run(troubled, run_of, store):
    broken = [True]

    def act(method, step):
        if broken[0]:
            raise ValueError("a passing trouble")

    study = troubled(act)
    assert run_of(study, store).exit_code == 1
    broken[0] = False
    outcome = run_of(study, store)
    assert outcome.exit_code == 0
    assert len(outcome.made) == 1
    assert [record.status for record in store.load()] == ["ok"] * 3


def test_each_record_is_on_disk_before_the_next_cell_begins(troubled, run_of, store):
    seen = []
    run_of(troubled(lambda *_: seen.append(len(store.load()))), store)
    assert set(seen) == {1}


def test_an_interrupted_study_keeps_what_was_finished_and_goes_on_from_there(
    troubled, run_of, store
):
    stop = [KeyboardInterrupt()]

    def act(method, step):
        if stop and not method.warming_up:
            raise stop.pop()

    study = troubled(act)
    with pytest.raises(KeyboardInterrupt):
        run_of(study, store)
    assert [record.cell.method for record in store.load()] == ["classifier"]
    assert store.load_study() == study
    assert not list(store.folder.rglob("*.tmp"))
    outcome = run_of(study, store)
    assert (len(outcome.reused), len(outcome.made)) == (1, 2)
    assert {record.status for record in store.load()} == {"ok"}


def test_missing_data_stops_the_study_and_leaves_no_record(study, run_of, store, monkeypatch):
    monkeypatch.setattr(cell_run, "load_task", fail_with_any(DataUnavailable("no files")))
    with pytest.raises(DataUnavailable):
        run_of(study(), store)
    assert not store.records_folder.exists()


def fail_with_any(error):
    def fail(*words):
        raise error

    return fail


def test_a_damaged_record_stops_the_study_before_anything_runs(
    study, run_of, store, record, monkeypatch
):
    declared = study()
    path = store.save(record(expand(declared, "cpu")[3]))
    path.write_text("{")
    monkeypatch.setattr("bench.execute.in_process.CellRun", fail_with_any(AssertionError("ran")))
    with pytest.raises(Exception, match="is no record") as caught:
        run_of(declared, store)
    assert len(str(caught.value).splitlines()) == 1
    assert path.read_text() == "{"


def test_failed_counts_earlier_failures_too(record):
    well, ill = record(), record(status="diverged", failure="Diverged: at once")
    assert Outcome(made=[well], reused=[]).exit_code == 0
    assert Outcome(made=[well], reused=[ill]).failed == [ill]
    assert Outcome(made=[well], reused=[ill]).exit_code == 1
    assert Outcome().exit_code == 0


def test_a_summary_is_the_mean_accuracy_and_time_per_epoch(record):
    assert summary(record()) == "75.0%, 0.375 s an epoch"
    assert summary(record(status="timeout", failure="after 60 s")) == "timeout (after 60 s)"


def test_runs_on_a_busy_machine_are_warned_of_once(record, cell):
    def made(seed, others_cores):
        load = Load(
            load_average=1.0, others_cores=others_cores, stolen_cores=None, throttled=None,
            frequency_mhz=None, highest_frequency_mhz=None,
        )  # fmt: skip
        return record(cell(seed=seed), load=load)

    quiet, busy, busier = made(0, 0.0), made(1, 1.5), made(2, 1.9)
    assert disturbed_lines(Outcome(made=[quiet, record(cell(seed=3))])) == []
    # What was made before, or by others, is not this call's to warn of.
    assert disturbed_lines(Outcome(made=[quiet], reused=[busy])) == []
    [line] = disturbed_lines(Outcome(made=[quiet, busy, busier]))
    assert line.startswith("warning: 2 of 3 runs were disturbed, and their times are doubtful")
    assert f"{busy.cell.label}: others used 1.5 of 2 cores" in line


@pytest.mark.parametrize(
    ("budget", "epochs", "ended_by", "label"),
    [
        ({"seconds": 1e-6}, {1}, "seconds", "1e-06 s of training on 64 images"),
        (
            {"convergence": {"patience": 1, "min_gain": 1e3, "max_epochs": 9}, "keep": "best"},
            {2}, "patience",
            "convergence (patience 1, gain 1000, at most 9 epochs) on 64 images, best weights kept",
        ),
        (
            {"convergence": {"patience": 9, "max_epochs": 3}}, {3}, "cap",
            "convergence (patience 9, gain 0.001, at most 3 epochs) on 64 images",
        ),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("isolation", ["none", "process"])
def test_runs_end_with_their_budget_and_say_what_ended_them(
    run_of, study, tmp_path, isolation, budget, epochs, ended_by, label
):
    store = RecordStore(tmp_path / "tiny")
    declared = study(budget=budget, methods=["backprop", "classifier"], seeds=[0])
    outcome = run_of(declared, store, isolation=isolation)
    assert outcome.exit_code == 0
    for record in store.load():
        assert len(record.epochs) in epochs
        assert record.ended_by == ended_by
        assert all(epoch.validation_loss > 0 for epoch in record.epochs)
        losses = [epoch.validation_loss for epoch in record.epochs]
        best = losses.index(min(losses)) + 1
        assert record.tested_epoch == (best if budget.get("keep") else len(losses))
    runs = runs_frame(store.load())
    assert set(runs["budget"]) == {label}
    assert set(runs["ended_by"]) == {ended_by}
    assert runs["validation_loss"].notna().all()
    assert not run_of(declared, store).made
