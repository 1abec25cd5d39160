"""A cell in a process of its own: the same numbers, and whatever kills it becomes a record."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.execute import isolated_run, oom
from bench.execute import server as server_module
from bench.execute.fork_server import ForkServer
from bench.execute.oom import killed_for_memory
from bench.measure.driven import run_cell
from bench.measure.environment import code_in_use
from bench.measure.job import Job
from bench.records.saved import Saves, is_whole
from noprop_core.errors import UserError

METHODS = """
import ctypes, os, signal, sys, time
import torch
from noprop_core.methods.classifier import Classifier

class Troubled(Classifier):
    title = "gets into trouble"

    def train_step(self, x_BCHW, y_B):
        self.steps = getattr(self, "steps", 0) + 1
        if self.steps > 4:
            self.act()
        return super().train_step(x_BCHW, y_B)

class Segfault(Troubled):
    name = "segfault"
    def act(self):
        ctypes.string_at(0)

class Exits(Troubled):
    name = "exits"
    def act(self):
        sys.exit(7)

class Killed(Troubled):
    name = "killed"
    def act(self):
        os.kill(os.getpid(), signal.SIGKILL)

class RealTime(Troubled):
    name = "real-time"
    def act(self):
        os.kill(os.getpid(), signal.SIGRTMIN + 6)

class Copies(Troubled):
    name = "copies"
    def act(self):
        os.fork()

class LeavesAChild(Troubled):
    name = "leaves-a-child"
    def act(self):
        child = os.fork()
        if not child:
            time.sleep(60)
            os._exit(0)
        with open(os.environ["TOLD"], "w") as file:
            print(child, file=file)
        os.kill(os.getpid(), signal.SIGKILL)

class Hangs(Troubled):
    name = "hangs"
    def act(self):
        time.sleep(600)

class Raises(Troubled):
    name = "raises"
    def act(self):
        raise ValueError("no such thing")

class Hoards(Troubled):
    name = "hoards"
    kept = []
    def act(self):
        self.kept.append(torch.ones(1 << 22))

class Tells(Troubled):
    name = "tells"
    def act(self):
        with open(os.environ["TOLD"], "a") as file:
            print(os.getpid(), os.getppid(), torch.get_num_threads(), file=file)

class ChecksSigint(Troubled):
    name = "checks-sigint"
    def act(self):
        os.kill(os.getpid(), signal.SIGINT)
"""


@pytest.fixture(scope="module")
def plugins(tmp_path_factory):
    """Put methods that get into trouble where the server finds them, and here too."""
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "in_trouble.py").write_text(METHODS)
    os.environ["TOLD"] = str(folder / "told")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    del os.environ["TOLD"]


@pytest.fixture(scope="module")
def server(plugins):
    with ForkServer() as server:
        yield server


@pytest.fixture
def cell_of(cell):
    """Return a cell of 3 epochs, 2 steps each, of a method in trouble from its third epoch on."""

    def make(name, **changes):
        small = {"timesteps": None, "batch_size": 32, "epochs": 3, "options": {"width": 0.25}}
        return cell(method=f"in_trouble:{name}", **(small | changes))

    return make


@pytest.fixture
def isolated(server):
    def make(cell, **settings):
        known = {"study": "tiny", "data_dir": Path("unused"), "position": 3}
        return server.run(Job(cell=cell, **(known | settings)))

    return make


def test_it_computes_what_the_same_cell_does_here(isolated, finished):
    for other in finished.outcome.made[:3]:
        record = run_cell(isolated(other.cell))
        assert record.status == "ok", record.traceback
        assert (record.isolation, other.isolation) == ("process", "none")
        assert [e.train_loss for e in record.epochs] == [e.train_loss for e in other.epochs]
        assert record.test_accuracies == other.test_accuracies
        assert record.controls == other.controls
        assert record.memory == other.memory
        assert record.flops_per_epoch == other.flops_per_epoch
        assert record.position == 3
        assert record.phases.start > 0
        assert record.phases.wall >= sum(record.phases.model_dump(exclude={"wall"}).values())


def test_a_model_is_saved_by_the_process_that_has_it(isolated, cell, tmp_path):
    beside = Saves(record=tmp_path / "a.json", kinds={"model", "predictions"})
    record = run_cell(isolated(cell(epochs=1), saves=beside))
    assert all(is_whole(tmp_path, file) for file in record.files.values())
    assert len(record.files) == 2


def test_peak_memory_is_the_same_when_the_cell_is_run_again(isolated, cell):
    peaks = [run_cell(isolated(cell(epochs=1))).memory.peak_bytes for _ in range(3)]
    assert max(peaks) <= 1.01 * min(peaks)


def test_epochs_are_told_as_they_end(isolated, cell):
    told = []
    record = run_cell(isolated(cell()), told.append)
    assert told == record.epochs


def test_every_cell_has_a_process_of_its_own_and_its_own_threads(isolated, cell_of, plugins):
    told = Path(os.environ["TOLD"])
    for threads in (1, 2):
        assert run_cell(isolated(cell_of("Tells", threads=threads))).status == "ok"
    lines = [line.split() for line in dict.fromkeys(told.read_text().splitlines())]
    pids, parents, threads = zip(*lines, strict=True)
    assert len(set(pids)) == 2
    assert str(os.getpid()) not in pids + parents
    assert len(set(parents)) == 1
    assert threads == ("1", "2")


def test_no_cell_keeps_the_memory_of_another(isolated, cell_of, cell):
    before = run_cell(isolated(cell(epochs=1))).memory_parts.process_peak_bytes
    hoard = run_cell(isolated(cell_of("Hoards", epochs=8))).memory_parts.process_peak_bytes
    after = run_cell(isolated(cell(epochs=1))).memory_parts.process_peak_bytes
    assert hoard > before + 100 * 2**20
    assert after < before + 50 * 2**20


@pytest.mark.parametrize(
    ("name", "status", "failure"),
    [
        ("Segfault", "error", "its process was killed by SIGSEGV"),
        ("RealTime", "error", "its process was killed by signal "),
        ("Exits", "error", "Exited: SystemExit: 7"),
        ("Raises", "error", "ValueError: no such thing"),
    ],
)
def test_what_ends_a_cell_becomes_its_record_and_the_next_goes_on(
    isolated, cell_of, cell, name, status, failure
):
    record = run_cell(isolated(cell_of(name)))
    assert (record.status, record.isolation) == (status, "process")
    assert record.failure.startswith(failure)
    assert len(record.epochs) == 2
    assert record.phases.wall > 0
    assert record.environment.threads == 1
    assert record.environment.code_version == code_in_use()
    assert ("in act" in record.traceback) is (name in ("Exits", "Raises"))
    assert run_cell(isolated(cell(epochs=1))).status == "ok"


def test_a_copy_that_a_cell_makes_of_its_process_has_no_say(isolated, cell_of, cell):
    assert run_cell(isolated(cell_of("Copies"))).status == "ok"
    assert run_cell(isolated(cell(epochs=1))).status == "ok"


def test_nobody_waits_for_what_a_dead_cell_has_started(isolated, cell_of, plugins):
    record = run_cell(isolated(cell_of("LeavesAChild")))
    os.kill(int((plugins / "told").read_text()), signal.SIGKILL)  # it was still there
    (plugins / "told").unlink()
    assert "SIGKILL" in record.failure
    assert len(record.epochs) == 2


def test_what_modules_set_for_the_whole_process_is_in_no_cell_s_way(cell, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, Path("which Python passes over")])
    socket.setdefaulttimeout(1e-6)
    try:
        with ForkServer() as server:
            record = run_cell(server.run(Job(cell=cell(epochs=1), study="tiny")))
    finally:
        socket.setdefaulttimeout(None)
    assert record.status == "ok"


@pytest.mark.parametrize(
    ("counts", "status"),
    [([3, 4], "out-of-memory"), ([3, 3], "error"), ([None, None], "out-of-memory")],
    ids=str,
)
def test_the_kernel_s_count_tells_who_was_killed_for_memory(
    isolated, cell_of, monkeypatch, counts, status
):
    left = list(counts)
    monkeypatch.setattr(isolated_run, "killed_for_memory", lambda: left.pop(0))
    record = run_cell(isolated(cell_of("Killed")))
    assert record.status == status
    assert "SIGKILL" in record.failure


def test_what_the_kernel_counts_is_added_up_and_its_absence_told(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("low 0\noom_kill 2\noom_group_kill 9\n")
    two.write_text("pgfault 5\noom_kill 3\n")
    assert killed_for_memory((one, two, tmp_path / "none")) == 5
    assert killed_for_memory((tmp_path / "none",)) is None
    assert oom.COUNTERS


def test_a_cell_that_takes_too_long_is_ended_and_recorded(isolated, cell_of, cell):
    record = run_cell(isolated(cell_of("Hangs"), time_limit=2))
    assert (record.status, record.failure) == ("timeout", "not done after 2 s; ended")
    assert len(record.epochs) == 2
    assert record.phases.wall >= 2
    assert run_cell(isolated(cell(epochs=1), time_limit=60)).status == "ok"


def test_ctrl_c_is_not_the_cell_s_affair(isolated, cell_of):
    assert run_cell(isolated(cell_of("ChecksSigint"))).status == "ok"


def test_missing_data_is_raised_for_it_would_fail_every_cell(isolated, cell, tmp_path):
    missing = cell(dataset="mnist", train_images=None)
    with pytest.raises(UserError):
        run_cell(isolated(missing, data_dir=tmp_path / "file.txt"))
    assert run_cell(isolated(cell(epochs=1))).status == "ok"


def test_an_error_of_whoever_drives_it_is_kept(isolated, cell):
    run = isolated(cell())
    with pytest.raises(ZeroDivisionError), run:  # noqa: PT012  (what is inside is the point)
        run.advance()
        run.epoch()
        raise ZeroDivisionError
    record = run.record()
    assert (record.status, record.failure) == ("error", "ZeroDivisionError:")
    assert "test_an_error_of_whoever" in record.traceback


def test_an_interrupt_ends_the_cell_at_once(isolated, cell_of, cell):
    run = isolated(cell_of("Hangs"))
    with pytest.raises(KeyboardInterrupt), run:  # noqa: PT012  (as above)
        run.advance()
        raise KeyboardInterrupt
    assert gone(run.process)
    assert run_cell(isolated(cell(epochs=1))).status == "ok"


def gone(process):
    for _ in range(200):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_server_that_is_killed_is_replaced(plugins, cell):
    with ForkServer() as executor:
        for _ in range(2):
            assert executor.submit(Job(cell=cell(epochs=1), study="tiny")).result().status == "ok"
            os.kill(executor.server.process.pid, signal.SIGKILL)


def test_a_server_that_cannot_start_is_no_outcome_of_a_cell(cell, monkeypatch):
    monkeypatch.setattr(server_module, "BOOT", "raise SystemExit(3)")
    with (
        ForkServer() as executor,
        pytest.raises(RuntimeError, match="ended with exit code 3"),
    ):
        executor.submit(Job(cell=cell(), study="tiny")).result()


ORPHAN = """
import sys
import threading
from bench.execute.fork_server import ForkServer
from bench.measure.job import Job
from bench.records.saved import Saves, is_whole
with ForkServer() as executor:
    run = executor.run(Job.from_json(sys.argv[1]))
    run.__enter__()
    for _ in range(2):
        run.advance()
        run.epoch()
    run.advance()
    run._tell("epoch")  # which hangs, so that nothing but a kill ends it
    print(run.process, executor.server.process.pid, flush=True)
    sys.stdin.read()
"""


def test_no_process_outlives_whoever_asked_for_it(cell_of, plugins):
    job = Job(cell=cell_of("Hangs"), study="s")
    done = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, job.to_json()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(plugins), *sys.path])},
    )  # fmt: skip
    with done:
        processes = [int(word) for word in done.stdout.readline().split()]
        assert len(processes) == 2
        for process in processes:
            os.kill(process, 0)
        done.kill()
    assert all(gone(process) for process in processes)


PLAIN = """
from pathlib import Path
import torch
from bench.execute.fork_server import ForkServer
from bench.execute.launch import Launch
from bench.records.store import RecordStore
from bench.runner import run_study
from bench.study.loading import load_study
print("once", flush=True)
study = load_study({study!r})
with ForkServer() as executor:
    launch = Launch(study.name, torch.device("cpu"), Path("data"))
    print(run_study(study, RecordStore(Path({folder!r})), launch, executor).exit_code)
"""


def test_a_script_without_a_guard_around_its_main_part_runs_once(study_file, tmp_path):
    study = study_file(methods=["classifier"], baseline="classifier", seeds=[0])
    script = tmp_path / "plain.py"
    script.write_text(PLAIN.format(study=str(study), folder=str(tmp_path / "r")))
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    assert done.stdout.split() == ["once", "0"], done.stderr
