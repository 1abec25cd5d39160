"""Cells side by side: cores of their own, the numbers of one at a time, and no process left."""

import os
import signal
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch

from bench.execute import side_by_side
from bench.execute.executor import Needs, make
from bench.execute.launch import Launch
from bench.execute.own_cores import cores_available, own_cores
from bench.measure.job import Job
from bench.records.store import RecordStore
from bench.runner import run_study
from noprop_core.errors import InvalidSetting

NEEDS = Needs(1, "cpu", Path("unused"), lambda line: None)
several_cores = pytest.mark.skipif(
    len(cores_available()) < 2, reason="needs a system that pins processes, and two cores"
)

HANGING = {"method": "hanging:Hangs", "timesteps": None, "options": {"width": 0.25}}
METHODS = """
import time
from noprop_core.methods.classifier import Classifier

class Hangs(Classifier):
    name = "hangs"
    title = "never ends"

    def train_step(self, x_BCHW, y_B):
        time.sleep(600)
"""


@pytest.fixture(scope="module")
def plugins(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "hanging.py").write_text(METHODS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder


@pytest.fixture(scope="module")
def two(plugins):
    """Two jobs at once over one server."""
    with make("side-by-side", {"jobs": "2"}) as executor:
        executor.fit(NEEDS)
        yield executor


@several_cores
def test_side_by_side_the_numbers_are_those_of_one_at_a_time(finished, two, tmp_path):
    store = RecordStore(tmp_path / "tiny")
    launch = Launch("tiny", torch.device("cpu"), Path("unused"))
    outcome = run_study(finished.study, store, launch, two)
    assert outcome.exit_code == 0
    alone = {r.cell.label: r for r in finished.outcome.made}
    assert len(outcome.made) == len(alone) == 6
    for record in store.load():
        other = alone[record.cell.label]
        assert record.cell.execution.side_by_side
        assert record.cell_id != other.cell_id
        assert [e.train_loss for e in record.epochs] == [e.train_loss for e in other.epochs]
        assert record.test_accuracies == other.test_accuracies
        assert record.memory == other.memory
        assert (record.at_once, other.at_once) == (2, 1)
        assert other.cores is None
        assert len(record.cores) == record.environment.threads == 1
        assert set(record.cores) <= os.sched_getaffinity(0)


@several_cores
def test_a_cell_that_takes_too_long_takes_none_beside_it_along(two, cell):
    hanging, good = cell(**HANGING), cell(epochs=1)
    slow, fast = (
        two.submit(Job(cell=one, study="tiny", time_limit=limit))
        for one, limit in ((hanging, 1.5), (good, None))
    )
    assert (slow.result().status, fast.result().status) == ("timeout", "ok")
    assert slow.result().at_once == 2


def test_a_killed_server_costs_the_next_cell_nothing_and_leaving_ends_every_cell(two, cell):
    two.cores = None  # which a machine of one core has not for two

    def hanging():
        """Start two cells that never end, and return their futures and their processes."""
        jobs = [Job(cell=cell(**HANGING, seed=seed), study="tiny") for seed in range(2)]
        futures = [two.submit(job) for job in jobs]
        while len(two.server.news) < 2:
            time.sleep(0.01)
        return futures, list(two.server.news)

    futures, processes = hanging()
    os.kill(two.server.process.pid, signal.SIGKILL)
    two.server.process.wait()
    for process in processes:
        two.server.kill(process)
    assert {future.result().status for future in futures} == {"error"}
    assert two.submit(Job(cell=cell(epochs=1), study="tiny")).result().status == "ok"
    futures, processes = hanging()
    two.__exit__()
    assert all(gone(process) for process in processes)
    assert all(future.done() for future in futures)


def gone(process):
    for _ in range(200):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("settings", "needs", "cores", "slots", "each"),
    [
        ({}, {"threads": 1}, 4, 4, 1),
        ({}, {"threads": 2}, 5, 2, 2),
        ({}, {"threads": None}, 4, 4, 1),
        ({"jobs": "2"}, {"threads": None}, 5, 2, 2),
        ({"jobs": "2"}, {"threads": 1}, 4, 2, 1),
        ({"jobs": "2"}, {"threads": 1}, 0, 2, None),  # where nothing can be pinned
        ({"jobs": "1"}, {"threads": 1}, 4, 1, None),
        ({}, {"threads": 8}, 4, 1, None),
        ({"devices": "cuda:0,cuda:3"}, {"threads": None, "device": "cuda:0"}, 4, 2, 1),
        ({"jobs": "2"}, {"threads": 2, "device": "cuda:0"}, 4, 2, 2),
    ],
)
def test_how_many_run_at_once_is_what_fits(monkeypatch, settings, needs, cores, slots, each):
    monkeypatch.setattr(side_by_side, "cores_available", lambda: list(range(cores)))
    monkeypatch.setattr(side_by_side, "cores_allowed", lambda: None)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    executor = make("side-by-side", settings)
    executor.fit(Needs(**{"device": "cpu", "folder": Path("unused"), "say": str} | needs))
    assert (executor.slots, executor.cores) == (slots, each)


@pytest.mark.parametrize(("allowed", "slots"), [(8.0, 8), (2.5, 2), (0.3, 1), (99.0, 16)])
def test_in_a_container_as_many_run_at_once_as_its_limit_lets(monkeypatch, allowed, slots):
    """More would be stopped a part of every tenth of a second."""
    monkeypatch.setattr(side_by_side, "cores_available", lambda: list(range(16)))
    monkeypatch.setattr(side_by_side, "cores_allowed", lambda: allowed)
    executor = make("side-by-side", {})
    executor.fit(Needs(1, "cpu", Path("unused"), str))
    assert executor.slots == slots
    if slots < 16:
        with pytest.raises(
            InvalidSetting, match=f"and {slots} can be used here, for .* is {allowed:g}"
        ):
            make("side-by-side", {"jobs": "16"}).fit(Needs(1, "cpu", Path("unused"), str))


@pytest.mark.parametrize(
    ("settings", "needs", "words"),
    [
        ({"jobs": "3"}, {"threads": 1}, "3 cells of 1 threads each need 3 cores, and 2 can be"),
        ({"jobs": "3"}, {"device": "cuda:0"}, "3 cells need a GPU each, and torch sees 2"),
        ({"devices": "cuda:0"}, {}, "--devices: are GPUs, and --device is cpu"),
        ({"devices": "cuda:0", "jobs": "2"}, {"device": "cuda:0"}, "no more, no less"),
    ],
)
def test_more_than_fits_is_one_line(monkeypatch, settings, needs, words):
    monkeypatch.setattr(side_by_side, "cores_available", lambda: [0, 1])
    monkeypatch.setattr(side_by_side, "cores_allowed", lambda: None)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    whole = {"threads": None, "device": "cpu", "folder": Path("unused"), "say": str} | needs
    with pytest.raises(InvalidSetting) as caught:
        make("side-by-side", settings).fit(Needs(**whole))
    assert words in str(caught.value)


def test_every_job_has_a_gpu_of_its_own(monkeypatch, record, cell):
    given = []
    both = threading.Barrier(2)

    def run(made):
        given.append((made.job.device, made.job.at_once))
        both.wait(timeout=60)
        return record(made.job.cell)

    monkeypatch.setattr("bench.measure.driven.run_cell", run)
    monkeypatch.setattr(side_by_side, "cores_available", lambda: [0, 1])
    monkeypatch.setattr(side_by_side, "cores_allowed", lambda: None)
    executor = make("side-by-side", {"devices": "cuda:0,cuda:2"})
    executor.fit(Needs(1, "cuda:0", Path("unused"), lambda line: None))
    futures = [executor.submit(Job(cell=cell(seed=seed), study="tiny")) for seed in range(4)]
    assert len([future.result() for future in futures]) == 4
    executor.pool.shutdown()
    for pair in (given[:2], given[2:]):
        assert sorted(pair) == [("cuda:0", 2), ("cuda:2", 2)]


def test_physical_cores_come_before_their_siblings(tmp_path, monkeypatch):
    for core, siblings in enumerate(["0-1", "0-1", "2-3", "2-3"]):
        (tmp_path / f"cpu{core}/topology").mkdir(parents=True)
        (tmp_path / f"cpu{core}/topology/thread_siblings_list").write_text(siblings)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2, 3, 9}, raising=False)
    assert cores_available(tmp_path) == [0, 2, 9, 1, 3]


@several_cores
def test_a_core_is_one_holder_s_until_it_lets_go(tmp_path, monkeypatch):
    pinned = []
    monkeypatch.setattr(os, "sched_setaffinity", lambda process, cores: pinned.append(cores))
    everything = cores_available()
    holder = ExitStack()
    theirs = holder.enter_context(own_cores(1, tmp_path))
    with own_cores(1, tmp_path) as mine:
        assert mine != theirs

    def let_go(seconds):
        assert seconds > 0
        holder.close()

    monkeypatch.setattr(time, "sleep", let_go)
    with own_cores(len(everything), tmp_path) as mine:  # not before they have let go
        assert mine == everything
    assert pinned == [theirs, [everything[1]], everything, everything, everything, everything]
    with own_cores(None, tmp_path) as none, own_cores(10**6, tmp_path) as too_many:
        assert (none, too_many) == ([], [])
