"""What saves a cell time: its process is forked ahead, and hears what comes next before it asks."""

import os
import socket
import threading
import time
from contextlib import suppress

import psutil

from bench.execute import cell_process
from bench.execute.fork_server import ForkServer
from bench.execute.orders import ADVANCE, EPOCH
from bench.measure.job import Job


def test_the_next_cell_s_process_is_there_before_it_is_asked_for(cell):
    job = Job(cell=cell(epochs=1), study="tiny")
    with ForkServer() as executor:
        with executor.run(job) as first:
            ahead = forked_ahead(executor, first.process)
        with executor.run(job) as second:
            assert second.process == ahead.pid
            forked_ahead(executor, second.process).kill()
        assert executor.submit(job).result().status == "ok"  # by one that is forked for it
        last = forked_ahead(executor, second.process)
    last.wait(60)


def forked_ahead(executor, but):
    """Return the server's process that has no cell yet, once there is one."""
    while True:
        children = psutil.Process(executor.server.process.pid).children()
        waiting = [child for child in children if child.pid != but and is_idle(child)]
        if waiting:
            return waiting[0]
        time.sleep(0.01)


def is_idle(process):
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_SLEEPING
    return False


def test_what_was_answered_meanwhile_is_heard_in_its_turn(cell):
    job = Job(cell=cell(epochs=1), study="tiny")
    with ForkServer() as server, server.run(job) as run:
        assert run.advance()
        run._tell(f"{EPOCH}\n{ADVANCE}")
        run.ordered = EPOCH
        while run.channel.recv(2**16, socket.MSG_PEEK).count(b"\n") < 2:
            time.sleep(0.01)
        run.epoch()
        assert not run.advance()
    assert run.record().status == "ok"


def test_what_a_run_sets_for_all_sockets_does_not_end_its_process(cell, monkeypatch):
    ours, theirs = socket.socketpair()
    waits = []

    def obeyed(run, order):
        waits.append(os.get_blocking(theirs.fileno()))
        os.set_blocking(theirs.fileno(), False)  # as a time limit for all sockets comes to do
        return {"record": {}} if order == "leave" else {}

    def ask():
        with ours, ours.makefile("r") as answers:
            for order in ("enter", "advance", "leave"):
                ours.sendall(f"{order}\n".encode())
                assert answers.readline()

    monkeypatch.setattr(cell_process, "_obeyed", obeyed)
    job = Job(cell=cell(epochs=1), study="tiny").to_json()
    ours.sendall(f"0.0\n{job}\n".encode())
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    with theirs:
        assert cell_process.serve_cell(theirs) == 0
    asking.join()
    assert waits == [True] * 3
