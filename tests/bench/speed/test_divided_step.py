"""A step shared out over two processes is the run's own, and neither outlives the question."""

import multiprocessing
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from bench.speed import divided_step
from bench.speed.paper_step import PAPER_STEP_GOAL
from bench.speed.setting import Setting
from bench.speed.two_processes import Shared, two_processes

CPU = torch.device("cpu")
SMALL = Shared("noprop-dt", "blocks", {"width": 0.125, "order": "together"}, 8, 2)


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def setting(rounds: int = 1, said: list[str] | None = None, device: torch.device = CPU) -> Setting:
    return Setting(device, rounds, "0", None, say=(said if said is not None else []).append)


def test_both_sides_have_a_row_over_one_undivided_step(monkeypatch, two_threads):
    monkeypatch.setattr(divided_step, "cores_available", lambda: {0, 1})
    ours, theirs = divided_step.rows(setting(), batch=8, timesteps=2, width=0.125)
    assert (ours.name, theirs.name) == ("divided-step/noprop-dt", "divided-step/backprop")
    assert (ours.goal, theirs.goal) == (PAPER_STEP_GOAL, None)
    assert "blocks over 2 processes / of backprop in one" in ours.what
    assert "data over 2 processes / of backprop in one" in theirs.what
    for row in (ours, theirs):
        assert row.figure.median > 0
        assert row.cpu is None, "this process's CPU time is not theirs"
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(
    ("cores", "device"), [({0}, CPU), ({0, 1}, torch.device("meta"))], ids=["one core", "no CPU"]
)
def test_without_two_cores_there_is_no_row_and_it_says_so(monkeypatch, two_threads, cores, device):
    monkeypatch.setattr(divided_step, "cores_available", lambda: cores)
    said: list[str] = []
    assert list(divided_step.rows(setting(said=said, device=device))) == []
    (line,) = said
    assert line.startswith("divided-step: not measured")


def test_a_process_that_dies_is_told_at_once_and_takes_the_other_along(two_threads):
    with two_processes(SMALL) as step:
        first, second = multiprocessing.active_children()
        step()
        os.kill(second.pid, signal.SIGKILL)
        with pytest.raises(RuntimeError, match="noprop-dt, divided by blocks, ended with exit"):
            step()
    assert multiprocessing.active_children() == []
    assert not first.is_alive()


def test_a_process_that_cannot_begin_is_a_bug_that_shows_its_traceback(capfd):
    unfit = Shared("noprop-dt", "blocks", {"width": 0.125, "order": "together"}, 8, 1)
    with pytest.raises(RuntimeError, match="ended with exit code 1"), two_processes(unfit):
        pass
    assert "1 blocks cannot be shared out over 2 ranks" in capfd.readouterr().err
    assert multiprocessing.active_children() == []


STOPPED = """
from bench.speed.two_processes import two_processes
from tests.bench.speed.test_divided_step import SMALL
import multiprocessing, os, signal
if __name__ == "__main__":
    # What a shell runs in the background ignores it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with two_processes(SMALL) as step:
        for child in multiprocessing.active_children():
            print("child", child.pid, flush=True)
        os.killpg(0, signal.SIGINT)
        step()
"""


def test_ctrl_c_leaves_no_process_behind_and_no_traceback_of_theirs(tmp_path):
    script = tmp_path / "stopped.py"
    script.write_text(STOPPED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=300,
    )
    children = [int(word) for word in re.findall(r"child (\d+)", done.stdout)]  # gloo may talk too
    assert len(children) == 2
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
    assert done.stderr.count("Traceback") == 1, done.stderr
    assert "KeyboardInterrupt" in done.stderr
