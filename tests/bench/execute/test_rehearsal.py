"""A process that waits for its cell rehearses, never while one is timed, and leaves no trace."""

import errno
import socket
import subprocess
import sys
from contextlib import contextmanager

from bench.execute import cell_process, rehearsal
from bench.measure.job import Job
from noprop_core.torch_state import as_it_is, changes_since

HOLDS = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    fcntl.lockf(file, getattr(fcntl, sys.argv[2]))
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_elsewhere(path, kind):
    command = [sys.executable, "-c", HOLDS, str(path), kind]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as other:
        assert other.stdout.readline() == "held\n"
        yield
        other.stdin.close()


def counted(monkeypatch):
    done = []
    monkeypatch.setattr(rehearsal, "_pieces", lambda: (done.append(n) for n in range(3)))
    return done


def test_every_piece_can_be_done_and_changes_nothing():
    before = as_it_is()
    assert len(list(rehearsal._pieces(accelerators=()))) == 3
    assert not changes_since(before)


def test_beside_an_accelerator_nothing_is_profiled(monkeypatch):
    monkeypatch.setattr(rehearsal.memory, "measure", None)  # not to be called
    assert len(list(rehearsal._pieces(accelerators=("/",)))) == 2


def test_nothing_is_rehearsed_while_a_cell_is_timed(monkeypatch, tmp_path):
    done = counted(monkeypatch)
    with (tmp_path / "lock").open("w+b") as lock:
        with held_elsewhere(tmp_path / "lock", "LOCK_SH"):
            rehearsal.rehearse(lock, lambda: False)
            assert done == []
        rehearsal.rehearse(lock, lambda: False)
    assert done == [0, 1, 2]


def test_who_is_wanted_rehearses_no_more(monkeypatch, tmp_path):
    done = counted(monkeypatch)
    with (tmp_path / "lock").open("w+b") as lock:
        rehearsal.rehearse(lock, lambda: len(done) == 1)
    assert done == [0]


def test_cells_are_timed_side_by_side_and_wait_for_the_end_of_a_piece(monkeypatch, tmp_path):
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        monkeypatch.setattr(rehearsal.time, "perf_counter", lambda: float("inf"))

    monkeypatch.setattr(rehearsal.time, "sleep", sleep)
    with (tmp_path / "lock").open("w+b") as lock:
        with held_elsewhere(tmp_path / "lock", "LOCK_EX"):
            rehearsal.keep_quiet(lock)  # and not for ever
        assert len(waits) == 1
        with held_elsewhere(tmp_path / "lock", "LOCK_SH"):
            rehearsal.keep_quiet(lock)
        assert len(waits) == 1


def test_a_cell_says_so_after_it_is_prepared_and_before_it_is_told_to_train(cell, monkeypatch):
    happened = []

    def obeyed(run, order):
        happened.append(order)
        return {"record": {}} if order == "leave" else {}

    monkeypatch.setattr(cell_process, "_obeyed", obeyed)
    job = Job(cell=cell(epochs=1), study="tiny").to_json()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(f"0.0\n{job}\nenter\nadvance\nleave\n".encode())
        assert cell_process.serve_cell(theirs, lambda: happened.append("quiet")) == 0
    assert happened == ["enter", "quiet", "advance", "leave"]


def test_where_nothing_can_be_locked_nobody_rehearses_or_waits(monkeypatch, tmp_path):
    def no_locks(file, how):
        raise OSError(errno.ENOLCK, "No locks available")

    done = counted(monkeypatch)
    monkeypatch.setattr(rehearsal.time, "sleep", None)  # not to be called
    monkeypatch.setattr(rehearsal.locks.fcntl, "lockf", no_locks)
    with (tmp_path / "lock").open("w+b") as lock:
        rehearsal.keep_quiet(lock)
        rehearsal.rehearse(lock, lambda: False)
    assert done == []


def test_without_room_for_a_file_cells_run_unrehearsed(monkeypatch):
    def no_room():
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    done = counted(monkeypatch)
    monkeypatch.setattr(rehearsal.tempfile, "TemporaryFile", no_room)
    lock = rehearsal.lock_file()
    rehearsal.keep_quiet(lock)
    rehearsal.rehearse(lock, lambda: False)
    assert done == []
