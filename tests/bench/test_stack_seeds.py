"""`stack_seeds`: seeds are computed as one, each has a record of its own, and none has a time."""

from collections import deque
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

from bench.execute.executor import make
from bench.execute.fork_server import ForkServer
from bench.execute.launch import Launch
from bench.execute.seed_stacks import in_smaller_stacks, take_stack
from bench.measure import stacked_run
from bench.measure.job import Job
from bench.progress import summary
from bench.records.frame import epochs_frame, runs_frame
from bench.records.record import Record
from bench.records.store import RecordStore
from bench.runner import run_study
from bench.study.calls import call_of
from bench.study.cells import expand
from bench.study.stacking import AT_MOST, at_most
from noprop_core.errors import InvalidSetting, UserError

METHODS = ["classifier", "noprop-shared", "forward-forward"]
STACKING = {
    "methods": METHODS,
    "baseline": "classifier",
    "seeds": [0, 1, 2],
    "budget": {"epochs": 1},
    "stack_seeds": True,
}


@pytest.fixture(scope="module")
def stacked(study, run_of, tmp_path_factory):
    """Return the study, its store and the outcome; nobody may write there."""
    declared = study(**STACKING)
    store = RecordStore(tmp_path_factory.mktemp("stacked") / "tiny")
    return declared, store, run_of(declared, store)


def jobs_of(study, **changes) -> list[Job]:
    cells = expand(study, "cpu")
    return [Job(cell=c, study="tiny", **changes) for c in cells if c.method == "classifier"]


def test_every_seed_has_a_record_of_its_own_without_times_and_memory(stacked):
    study, store, outcome = stacked
    assert [r.status for r in outcome.made] == ["ok"] * 9
    assert {r.cell_id for r in store.load()} == {cell.id for cell in expand(study, "cpu")}
    for record in outcome.made:
        alone = record.cell.method == "forward-forward"
        assert record.cell.execution.stacked is not alone
        absent = (record.phases, record.memory, record.memory_parts, record.load)
        assert all(part is None for part in absent) is not alone
        assert (record.epochs[0].seconds is None) is not alone
        assert ("stacked" in summary(record)) is not alone
        assert record.energy_joules is None
        assert record.examples_seen
        assert record.parameters
    seeds = [r.cell.seed for r in outcome.made if r.cell.method == "noprop-shared"]
    assert seeds == [0, 1, 2]


def test_a_stacked_run_is_another_run_and_sees_the_same_numbers(stacked, study, run_of):
    _, _, outcome = stacked
    alone = run_of(study(**{**STACKING, "stack_seeds": False}))
    ours, theirs = (
        {(r.cell.method, r.cell.seed): r for r in found.made} for found in (outcome, alone)
    )
    for key, record in ours.items():
        other = theirs[key]
        assert (record.cell_id == other.cell_id) is (key[0] == "forward-forward")
        assert record.epochs[0].train_loss == pytest.approx(other.epochs[0].train_loss, rel=1e-4)
        assert record.examples_seen == other.examples_seen


def test_the_frames_have_no_time_and_no_memory_of_them(stacked):
    _, store, _ = stacked
    runs = runs_frame(store.load(), store.load_study())
    assert (runs.configuration == "").all()
    of = runs[runs.stacked]
    assert set(of.method) == {"classifier", "noprop-shared"}
    timed = [name for name in runs.columns if name.endswith(("_seconds", "_bytes"))]
    assert len(timed) > 10
    assert of[[*timed, "flops_per_second", "drift", "steady"]].isna().all(axis=None)
    assert of.test_accuracy.notna().all()
    assert not runs[~runs.stacked].train_seconds.isna().any()
    epochs = epochs_frame(store.load())
    assert epochs[epochs.method != "forward-forward"].seconds.isna().all()
    assert epochs.validation_accuracy.notna().all()


def test_what_the_study_does_not_declare_is_set_aside(stacked, study):
    _, store, _ = stacked
    alone = study(**{**STACKING, "stack_seeds": False})
    found = runs_frame(store.load(), alone).set_index("method").configuration
    assert set(found["classifier"]) == {"stacked seeds"}
    assert set(found["forward-forward"]) == {""}
    one_by_one = [record for record in store.load() if not record.cell.execution.stacked]
    assert not any(runs_frame(one_by_one, study(**STACKING)).configuration)


def test_only_the_seeds_that_are_missing_are_computed(
    stacked, study, run_of, monkeypatch, tmp_path
):
    declared, _, outcome = stacked
    mine = RecordStore(tmp_path / "tiny")
    for record in outcome.made:
        if (record.cell.method, record.cell.seed) != ("classifier", 1):
            mine.save(record)
    asked = []
    run = stacked_run.StackedRun.run
    monkeypatch.setattr(
        stacked_run.StackedRun, "run", lambda self: (asked.append(self.jobs), run(self))[1]
    )
    again = run_of(declared, mine)
    assert [[job.cell.seed for job in jobs] for jobs in asked] == [[1]]
    assert len(again.reused) == 8
    alone = next(r for r in again.made)
    before = next(r for r in outcome.made if r.cell_id == alone.cell_id)
    assert alone.epochs[0].train_loss == pytest.approx(before.epochs[0].train_loss, rel=1e-4)


def test_a_failure_of_all_is_in_every_record(study, monkeypatch):
    def fail(*arguments, **options):
        raise torch.OutOfMemoryError("too large")

    monkeypatch.setattr(stacked_run, "train_stack", fail)
    records = stacked_run.StackedRun(jobs_of(study(**STACKING))).run()
    assert [(r.status, r.failure, r.cell.seed) for r in records] == [
        ("out-of-memory", "OutOfMemoryError: too large", seed) for seed in (0, 1, 2)
    ]


def test_for_want_of_memory_stacks_become_smaller(study, record):
    asked = []

    def run(jobs: list[Job]) -> list[Record]:
        asked.append(len(jobs))
        status = "out-of-memory" if len(jobs) > 2 else "ok"
        return [record(of=job.cell, status=status, phases=None, epochs=EPOCHS) for job in jobs]

    jobs = jobs_of(study(**{**STACKING, "seeds": [*range(7)]}))
    records = in_smaller_stacks(jobs, run)
    assert asked == [7, 3, 1, 2, 4, 2, 2]
    assert [r.cell for r in records] == [job.cell for job in jobs]
    assert {r.status for r in records} == {"ok"}


EPOCHS = [{"seconds": None, "train_loss": 1.0, "validation_accuracy": 0.5}]


def test_a_run_alone_without_times_is_no_record(record):
    with pytest.raises(ValidationError, match="a run alone has phases"):
        record(phases=None)
    with pytest.raises(ValidationError, match="a run alone has phases"):
        record(epochs=EPOCHS)


def test_a_stack_is_of_one_setting_and_of_so_many_seeds_at_most(study):
    declared = study(**{**STACKING, "batch_sizes": [32, 64], "stack_seeds": 2})
    waiting = deque(enumerate(expand(declared, "cpu")))
    stacks = []
    while waiting:
        stacks.append([cell for _, cell in take_stack(waiting, at_most(declared.stack_seeds))])
    for cells in stacks:
        assert len({(c.method, c.batch_size) for c in cells}) == 1
        assert len(cells) == 1 if cells[0].method == "forward-forward" else len(cells) <= 2
    assert sorted(len(s) for s in stacks if s[0].execution.stacked) == [1, 1, 1, 1, 2, 2, 2, 2]


def test_a_number_changes_no_run(study):
    every = [
        {cell.id for cell in expand(study(**{**STACKING, "stack_seeds": n}), "cpu")}
        for n in (True, 2, 7)
    ]
    assert every[0] == every[1] == every[2]
    assert (at_most(True), at_most(7), at_most(False)) == (AT_MOST, 7, 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"budget": {"seconds": 1}}, "have no seconds of their own"),
        ({"cuda_graphs": True}, "excludes cuda_graphs"),
        ({"gradient_norms": True}, "excludes gradient_norms"),
        ({"precision": "bf16"}, "needs precision fp32 or tf32"),
        ({"stack_seeds": 0}, "greater than or equal to 1"),
    ],
)
def test_what_does_not_go_with_it_is_refused(study, changes, said):
    with pytest.raises(ValidationError, match=said):
        study(**{**STACKING, **changes})


def test_the_command_line_asks_for_it_in_a_folder_of_its_own(study_file, command, tmp_path):
    path = study_file(methods=["classifier"], baseline="classifier", budget={"epochs": 1})
    results = tmp_path / "results"
    words = ("--study", path, "--results", results, "--isolation", "none", "--stack-seeds")
    answer = command(*words, "2", "--seeds", "0,1")
    assert answer.code == 0, answer.err
    store = RecordStore(results / "tiny+stack_seeds=2")
    assert [r.cell.execution.stacked for r in store.load()] == [True, True]
    assert command(*words, "none").errors == [
        "--stack-seeds: 'none' is no number of seeds from 1 on"
    ]
    assert command(*words, "--budget", "seconds=1").errors[0].startswith("--stack-seeds")


def test_pytest_has_nothing_to_time(study_file, study_session, tmp_path):
    path = study_file(stack_seeds=True)
    answer = study_session("--study", path, "--results", tmp_path / "results")
    assert answer.code == 2
    assert "stack_seeds gives no times" in answer.out + answer.err


def test_an_executor_of_single_cells_is_refused(study, tmp_path):
    class Single:
        slots = 1

        def submit(self, job):
            raise AssertionError

    launch = Launch("tiny", torch.device("cpu"), Path("unused"))
    with pytest.raises(InvalidSetting, match="--stack-seeds: this executor runs single cells"):
        run_study(study(**STACKING), RecordStore(tmp_path / "tiny"), launch, Single())


def test_it_keeps_no_models_and_says_so(study, tmp_path):
    launch = Launch("tiny", torch.device("cpu"), tmp_path, saves=frozenset({"model"}))
    with (
        make("in-process") as executor,
        pytest.raises(InvalidSetting, match="--save-model: goes without"),
    ):
        run_study(study(**STACKING), RecordStore(tmp_path / "tiny"), launch, executor)
    assert not list(tmp_path.rglob("*.json"))


def test_what_a_method_sets_in_torch_is_in_every_record(study, monkeypatch):
    def train(stack, *words, **more):
        torch.manual_seed(5)
        return train_stack(stack, *words, **more)

    train_stack = stacked_run.train_stack
    monkeypatch.setattr(stacked_run, "train_stack", train)
    records = stacked_run.StackedRun(jobs_of(study(**STACKING))).run()
    assert {r.status for r in records} == {"error"}
    assert all("the global generator" in r.failure for r in records)


def test_a_folder_is_named_by_it(study_file):
    call = call_of(str(study_file()), {"stack_seeds": True})
    assert call.study.name == "tiny+stack_seeds=true"


HANGS = """
import os, signal, time
from noprop_core.methods.classifier import Classifier

class Hangs(Classifier):
    name = "hangs"
    title = "never ends"

    def loss(self, x_BCHW, y_B):
        time.sleep(600)

class Dies(Classifier):
    name = "dies"
    title = "is killed"

    def loss(self, x_BCHW, y_B):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(600)
"""


def test_a_process_that_hangs_or_dies_leaves_a_record_for_each(
    study, stacked, tmp_path, monkeypatch
):
    (tmp_path / "in_trouble.py").write_text(HANGS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    methods = ["in_trouble:Hangs", "in_trouble:Dies", "classifier"]
    cells = expand(study(**{**STACKING, "methods": methods, "seeds": [0, 1]}), "cpu")
    with ForkServer() as executor:

        def run(method: str, **changes) -> list[Record]:
            mine = [cell for cell in cells if cell.method == method]
            jobs = [Job(cell=cell, study="tiny", **changes) for cell in mine]
            return executor.submit_stack(jobs).result()

        late = run("in_trouble:Hangs", time_limit=0.2)
        dead = run("in_trouble:Dies")
        good = run("classifier")
        with pytest.raises(UserError, match="made"):
            executor.submit_stack(
                [
                    job.model_copy(
                        update={"cell": job.cell.model_copy(update={"dataset": "mnist"})}
                    )
                    for job in jobs_of(study(**STACKING), data_dir=tmp_path / "made")
                ]
            ).result()
    assert [r.status for r in late] == ["timeout"] * 2
    assert [(r.status, r.failure) for r in dead] == [
        ("error", "its process was killed by SIGTERM")
    ] * 2
    assert [r.cell.seed for r in dead] == [0, 1]
    assert all(r.phases is None for r in (*late, *dead, *good))
    before = {r.cell_id: r for r in stacked[2].made}
    for record in good:
        assert (record.status, record.isolation) == ("ok", "process")
        loss = before[record.cell_id].epochs[0].train_loss
        assert record.epochs[0].train_loss == pytest.approx(loss, rel=1e-4)


def test_side_by_side_stacks_run_in_the_place_of_one(study, tmp_path):
    declared = study(**{**STACKING, "methods": ["classifier"], "seeds": [0, 1, 2, 3]})
    declared = declared.model_copy(update={"stack_seeds": 2})
    store, launch = RecordStore(tmp_path / "tiny"), Launch("tiny", torch.device("cpu"), Path())
    with make("side-by-side", {"jobs": "2"}) as executor:
        outcome = run_study(declared, store, launch, executor)
    assert [r.status for r in outcome.made] == ["ok"] * 4
    assert {r.cell_id for r in store.load()} == {cell.id for cell in expand(declared, "cpu")}
