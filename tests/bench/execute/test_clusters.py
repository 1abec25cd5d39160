"""Ray and Slurm: what is lost is tried again, then recorded; nothing is recorded twice."""

import json
import os
import sys
from concurrent.futures import Future
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from bench.execute import elsewhere, ray_cluster, slurm
from bench.execute.executor import Needs, make
from bench.execute.launch import Launch
from bench.measure.job import Job
from bench.records.store import RecordStore
from bench.runner import run_study
from noprop_core.errors import InvalidSetting, UserError

METHODS = """
import os, signal
from pathlib import Path
from noprop_core.methods.classifier import Classifier

class DiesOnce(Classifier):
    name = "dies-once"
    title = "its first process is killed"

    def train_step(self, x_BCHW, y_B):
        first = Path(os.environ["DIED_ONCE"])
        if not first.exists():
            first.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().train_step(x_BCHW, y_B)
"""


class RayError(Exception):
    pass


class RayTaskError(RayError):
    pass


class FakeRay:
    """Two machines; each `get` does what `acts` says next."""

    exceptions = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)

    def __init__(self, acts=(), cpus=(2, 1), gpus=0):
        self.acts, self.cpus, self.gpus = list(acts), cpus, gpus

    def nodes(self):
        return [
            {"Alive": True, "Resources": {"CPU": float(n), "GPU": self.gpus}} for n in self.cpus
        ]

    def remote(self, function):
        return self

    def options(self, **needs):
        self.needs = needs
        return SimpleNamespace(remote=lambda text: text)

    def get(self, text):
        act = self.acts.pop(0)
        if isinstance(act, Exception):
            raise act
        return act(Job.from_json(text))


@pytest.fixture
def ray_with(monkeypatch):
    """Return an executor over a fake of Ray, and the lines that it says."""

    def build(ray, needs=None, **settings):
        monkeypatch.setattr(ray_cluster, "find_spec", lambda name: True)
        executor = make("ray", settings)
        executor.ray, executor.seconds_to_start = ray, 0.0
        said = []
        known = {"threads": 1, "device": "cpu", "folder": Path("unused"), "say": said.append}
        executor.fit(Needs(**(known | (needs or {}))))
        return executor, said

    return build


def test_a_lost_worker_s_cell_is_tried_again_as_often_as_stated(ray_with, cell, record):
    def answer(job):
        assert job.data_dir.is_absolute()
        assert (job.cores, job.at_once) == (1, 2)
        return json.dumps({"record": record(job.cell).model_dump(mode="json")})

    lost = RayError("the node\nwas lost")
    executor, said = ray_with(FakeRay([lost, lost, answer]), retries="2")
    job = Job(cell=cell(), study="tiny")
    assert executor._run(job) == record(cell())
    assert len(said) == 3
    assert said[1].endswith("was lost (RayError: the node was lost); tried again, 1 of 2 times")

    executor.ray.acts = [lost] * 3
    failed = executor._run(job)
    words = "its worker was lost 3 times; the last time, RayError: the node was lost"
    assert (failed.status, failed.cell_id, failed.isolation) == ("error", cell().id, "process")
    assert failed.failure == words
    assert not executor.running


def test_what_is_cancelled_on_leaving_is_not_tried_again(ray_with, cell):
    ray = FakeRay()
    executor, said = ray_with(ray)
    cancelled = []
    ray.cancel = lambda task, force: cancelled.append(task)
    ray.shutdown = lambda: None
    executor.pool = SimpleNamespace(shutdown=lambda **how: None)

    def leave(job):
        executor.__exit__()
        raise RayError("cancelled")

    ray.acts = [leave]
    with pytest.raises(RayError):
        executor._run(Job(cell=cell(), study="tiny"))
    assert (len(cancelled), len(ray.acts), len(said)) == (1, 0, 1)


def test_what_would_fail_every_cell_and_our_own_mistakes_are_raised(ray_with, cell):
    acts = [lambda job: json.dumps({"hopeless": "no files"}), RayTaskError("a bug")]
    executor, _ = ray_with(FakeRay(acts))
    for kind, words in ((UserError, "no files"), (RayTaskError, "a bug")):
        with pytest.raises(kind, match=words):
            executor._run(Job(cell=cell(), study="tiny"))


@pytest.mark.parametrize(
    ("settings", "needs", "cpus", "slots", "beside", "asked"),
    [
        ({}, {}, (2, 1), 3, True, (1, 0)),
        ({"cpus_per_cell": "2"}, {}, (2, 1), 1, False, (2, 0)),
        ({}, {"threads": 4}, (8, 9), 4, True, (4, 0)),
        ({"jobs": "7"}, {}, (1,), 7, False, (1, 0)),
        ({"gpus_per_cell": "1"}, {}, (8,), 2, True, (1, 1)),
        ({}, {"device": "cuda:0"}, (8,), 2, True, (1, 1)),
    ],
)
def test_as_many_run_at_once_as_the_machines_have_room_for(
    ray_with, settings, needs, cpus, slots, beside, asked
):
    executor, _ = ray_with(FakeRay(cpus=cpus, gpus=2), needs, **settings)
    assert (executor.slots, executor.side_by_side) == (slots, beside)
    assert executor.ray.needs == {"num_cpus": asked[0], "num_gpus": asked[1], "max_retries": 0}


def test_a_machine_that_comes_later_is_used(ray_with):
    executor, _ = ray_with(FakeRay(cpus=(1,)))
    assert executor.slots == 1
    executor.ray.cpus = (1, 1)
    executor.seen = (-1.0, [])
    assert executor.slots == 2


def test_a_cell_that_fits_no_machine_is_one_line(ray_with):
    with pytest.raises(InvalidSetting, match="no machine of the cluster has 4 CPUs and 0 GPUs"):
        ray_with(FakeRay(), cpus_per_cell="4")


@pytest.mark.parametrize(
    ("name", "module", "line"),
    [
        ("ray", ray_cluster, "pip install 'noprop-bench[ray]'"),
        ("slurm", slurm, "pip install 'noprop-bench[submitit]'"),
    ],
)
def test_what_is_not_installed_is_one_line_that_says_how(command, monkeypatch, name, module, line):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    [error] = command("--executor", name).errors
    assert line in error


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"slurm": "partition"}, "'partition' is no setting such as partition=gpu"),
        ({"slurm": "cluster=cloud"}, "cluster 'cloud' is neither slurm nor local"),
        ({"jobs": "0"}, "--jobs: '0'"),
    ],
)
def test_settings_of_slurm_that_cannot_be_are_one_line(monkeypatch, given, words):
    monkeypatch.setattr(slurm, "find_spec", lambda name: True)
    with pytest.raises(InvalidSetting) as caught:
        make("slurm", given)
    assert words in str(caught.value)


def test_the_gpus_of_a_worker_are_those_of_the_cell(monkeypatch, cell, record):
    jobs = []
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    monkeypatch.setattr(elsewhere, "_server", lambda: None)
    monkeypatch.setattr(elsewhere, "IsolatedRun", lambda server, job: jobs.append(job))
    monkeypatch.setattr(elsewhere, "run_cell", lambda run: record())
    for device in ("cuda:0", "cpu"):
        elsewhere.run_forked(Job(cell=cell(), study="tiny", device=device).to_json())
    assert [job.visible_gpus for job in jobs] == ["3", None]


@pytest.fixture
def dies_once(tmp_path, monkeypatch):
    (tmp_path / "dying.py").write_text(METHODS)
    monkeypatch.setenv("DIED_ONCE", str(tmp_path / "died"))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    return "dying:DiesOnce"


@pytest.mark.skipif(not find_spec("submitit"), reason="pip install 'noprop-bench[submitit]'")
def test_a_killed_job_of_slurm_is_submitted_again(dies_once, study, tmp_path, capsys):
    declared = study(methods=[dies_once], baseline=dies_once, seeds=[0])
    store = RecordStore(tmp_path / "r" / "tiny")
    launch = Launch("tiny", torch.device("cpu"), Path("unused"))
    with make("slurm", {"slurm": "cluster=local", "jobs": "1"}) as executor:
        outcome = run_study(declared, store, launch, executor)
    assert [r.status for r in store.load()] == ["ok"]
    assert (len(outcome.made), store.superseded_folder.exists()) == (1, False)
    assert "was lost" in capsys.readouterr().err


@pytest.mark.skipif(not find_spec("ray"), reason="pip install 'noprop-bench[ray]'")
@pytest.mark.filterwarnings("ignore")  # of Ray's own
def test_a_machine_that_dies_costs_a_cluster_of_two_no_cell(study, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    declared = study(methods=["classifier"], baseline="classifier", seeds="0-5")
    store = RecordStore(tmp_path / "r" / "tiny")
    launch = Launch("tiny", torch.device("cpu"), Path("unused"))
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
    )
    try:
        doomed = cluster.add_node(num_cpus=1)
        with make("ray", {"address": cluster.address}) as executor:
            submit = executor.submit

            def kill_late(job) -> "Future":
                if job.position == 3:
                    cluster.remove_node(doomed, allow_graceful=False)
                return submit(job)

            monkeypatch.setattr(executor, "submit", kill_late)
            outcome = run_study(declared, store, launch, executor)
    finally:
        cluster.shutdown()
    assert [r.status for r in store.load()] == ["ok"] * 6
    assert (len(outcome.made), store.superseded_folder.exists()) == (6, False)
    assert "Ray has 2 machines with room for 2 cells" in capsys.readouterr().err
