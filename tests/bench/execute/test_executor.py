"""Executors are found by name; one of somebody's own runs a study like ours."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from threading import Barrier

import pytest
import torch
from pydantic import BaseModel

from bench.arguments import executor_of, executor_settings
from bench.execute import executor
from bench.execute.executor import BUILT_IN, make
from bench.execute.fork_server import ForkServer
from bench.execute.in_process import InProcess
from bench.execute.launch import Launch
from bench.measure.job import Job
from bench.records.record import Record
from bench.records.store import RecordStore
from bench.runner import run_study
from bench.study.cells import expand
from noprop_core.errors import DataUnavailable, InvalidSetting

CPU = torch.device("cpu")


class Toy:
    """Two jobs at once, in threads; each is told what `act` says."""

    slots = 2

    def __init__(self, act=None):
        self.act = act
        self.jobs = []

    def __enter__(self):
        self.pool = ThreadPoolExecutor(self.slots)
        return self

    def __exit__(self, *error):
        self.pool.shutdown(cancel_futures=True)

    def submit(self, job: Job) -> "Future[Record]":
        self.jobs.append(job)
        return self.pool.submit(self.act, job)


class NoExecutor:
    """Cannot submit."""


class Breaks:
    """Cannot be made."""

    def __init__(self):
        raise ValueError("no cluster\nhere")


@pytest.fixture
def start(study, tmp_path):
    store = RecordStore(tmp_path / "tiny")

    def run(act, **changes):
        launch = Launch("tiny", CPU, Path("unused"), time_limit=7.0)
        with Toy(act) as toy:
            return run_study(study(**changes), store, launch, toy), toy, store

    run.store = store
    return run


def test_an_executor_with_room_for_two_is_given_two_and_every_record_is_kept(start, record, study):
    both = Barrier(2)

    def act(job):
        both.wait(timeout=60)  # broken, if they were run one after the other
        return record(job.cell, position=job.position)

    outcome, toy, store = start(act)
    cells = expand(study(), "cpu", side_by_side=True)  # they share this machine
    assert [job.cell for job in toy.jobs] == cells
    assert [job.position for job in toy.jobs] == list(range(6))
    assert {job.time_limit for job in toy.jobs} == {7.0}
    assert [r.cell for r in store.load()] == cells
    assert sorted(r.position for r in outcome.made) == list(range(6))
    assert outcome.exit_code == 0


def test_what_one_record_teaches_the_next_job_is_told(start, record):
    _, toy, _ = start(
        lambda job: record(
            job.cell, flops_per_epoch=42, environment=here(record), position=job.position
        ),
        methods=["classifier"],
        baseline="classifier",
        seeds=[0, 1, 2, 3],
    )
    # Two at once: the third is the first that can know.
    assert [job.flops_per_epoch for job in toy.jobs][:3:2] == [None, 42]


def here(record):
    return record().environment.model_copy(update={"torch": torch.__version__})


def test_what_would_fail_every_job_ends_the_study(start):
    def act(job):
        raise DataUnavailable("no files")

    with pytest.raises(DataUnavailable):
        start(act)


def test_the_record_of_another_cell_is_never_kept(start, record, cell, tmp_path):
    with pytest.raises(AssertionError, match="asked for"):
        start(lambda job: record(cell(seed=99)))
    assert not (tmp_path / "tiny" / "records").exists()


def test_ours_are_found_by_name(monkeypatch):
    assert isinstance(make("in-process"), InProcess)
    assert isinstance(make("fork-server"), ForkServer)


def test_one_of_somebody_s_own_is_found_by_path_or_entry_point(monkeypatch):
    path = f"{__name__}:Toy"
    assert isinstance(make(path), Toy)

    points = EntryPoints([EntryPoint("toy", path, executor.GROUP)])
    monkeypatch.setattr(executor, "entry_points", lambda group: points.select(group=group))
    assert isinstance(make("toy"), Toy)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("grid", "is none of fork-server, in-process, ray, slurm, side-by-side, over-ranks, "),
        ("no_such_module:Class", "cannot be loaded: ModuleNotFoundError"),
        (f"{__name__}:Breaks", "cannot be loaded: ValueError: no cluster here"),
        (f"{__name__}:NoExecutor", "lacks submit or slots"),
    ],
)
def test_what_is_no_executor_is_one_line(name, words):
    with pytest.raises(InvalidSetting, match=r"^--executor: ") as caught:
        make(name)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_command_takes_an_executor_by_name_and_isolation_is_another_word_for_ours(
    command, study_file, tmp_path
):
    words = ("--study", study_file(methods=["classifier"], baseline="classifier", seeds=[0]),
             "--device", "cpu")  # fmt: skip
    for n, given in enumerate((("--executor", "in-process"), ("--isolation", "none"))):
        assert command(*words, "--results", tmp_path / str(n), *given).code == 0
        [record] = RecordStore(tmp_path / str(n) / "tiny").load()
        assert record.isolation == "none"
    answer = command(*words, "--executor", "grid")
    assert (answer.code, len(answer.errors)) == (2, 1)


class Sized(Toy):
    """Takes an option of its own, and is told what a study needs."""

    side_by_side = False

    class Settings(BaseModel):
        size: int = 1

    def __init__(self, settings):
        super().__init__()
        self.slots = settings.size

    def fit(self, needs):
        self.needs = needs
        needs.say("it fits")


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("in-process", {"jobs": "2"}, "--jobs: no option of executor 'in-process', which takes no"),
        (f"{__name__}:Toy", {"size": "2"}, "takes no options"),
        (f"{__name__}:Sized", {"length": "2"}, "--length: no option of executor"),
        (f"{__name__}:Sized", {"size": "two\nthree"}, "--size: 'two\\nthree': Input should be"),
        ("side-by-side", {"jobs": "0"}, "--jobs: '0': is neither a number of cells nor auto"),
        ("side-by-side", {"devices": "cuda:0,tpu"}, "'tpu' is no GPU such as cuda:0"),
        ("side-by-side", {"devices": "cuda:0,cuda:0"}, "a GPU is named twice"),
    ],
)
def test_an_option_that_an_executor_cannot_take_is_one_line(name, given, words):
    with pytest.raises(InvalidSetting) as caught:
        make(name, given)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_executor_is_made_with_its_options_and_told_what_the_study_needs(
    study, tmp_path, record, capsys
):
    store = RecordStore(tmp_path / "tiny")
    with make(f"{__name__}:Sized", {"size": "3"}) as sized:
        sized.act = lambda job: record(job.cell)
        outcome = run_study(study(), store, Launch("tiny", CPU, Path("unused")), sized)
    assert (sized.slots, sized.needs.threads, sized.needs.device) == (3, 1, "cpu")
    assert sized.needs.folder == store.folder
    assert "it fits" in capsys.readouterr().err
    # It says that its jobs do not share a machine, so these are the cells of one at a time.
    assert {r.cell_id for r in outcome.made} == {cell.id for cell in expand(study(), "cpu")}


@pytest.mark.parametrize(
    ("given", "name", "settings"),
    [
        ({}, "fork-server", {}),
        ({"jobs": "1"}, "fork-server", {}),
        ({"jobs": "2"}, "side-by-side", {"jobs": "2"}),
        ({"jobs": "auto"}, "side-by-side", {"jobs": "auto"}),
        ({"devices": "cuda:1"}, "side-by-side", {"devices": "cuda:1"}),
        ({"isolation": "none", "jobs": "1"}, "in-process", {}),
        ({"executor": "my:Own", "jobs": "1"}, "my:Own", {"jobs": "1"}),
        ({"executor": "my:O", "executor_options": "a-b=1, c=2"}, "my:O", {"a_b": "1", "c": "2"}),
    ],
)  # fmt: skip
def test_a_command_line_names_the_executor_and_its_options(given, name, settings):
    whole = {"executor": "fork-server", "isolation": None, "time_limit": None} | given
    assert (executor_of(whole), executor_settings(whole)) == (name, settings)


def test_an_option_without_a_value_is_one_line():
    given = {"executor": "a:B", "isolation": None, "time_limit": None, "executor_options": "size"}
    with pytest.raises(InvalidSetting, match="'size' is no setting such as workers=4"):
        executor_settings(given)


def test_what_had_finished_before_another_failed_is_kept(start, record, study):
    cells = expand(study(), "cpu", side_by_side=True)
    begun = Barrier(2)

    def act(job):
        begun.wait(timeout=60)
        if job.cell == cells[0]:
            raise DataUnavailable("no files")
        return record(job.cell)

    def both(futures, return_when):
        return wait(futures)  # both have ended when the first is looked at

    with pytest.MonkeyPatch.context() as patch, pytest.raises(DataUnavailable):  # noqa: PT012
        patch.setattr("bench.runner.wait", both)
        start(act)
    [path] = (start.store.records_folder).iterdir()
    assert cells[1].id in path.name


def test_both_of_ours_are_in_a_file_each():
    assert {path.partition(":")[0] for path in BUILT_IN.values()} == {
        "bench.execute.fork_server",
        "bench.execute.in_process",
        "bench.execute.ranks",
        "bench.execute.ray_cluster",
        "bench.execute.side_by_side",
        "bench.execute.slurm",
    }
