"""What differs between processes is measured in several fresh ones, each counting once."""

import dataclasses
import inspect
import json
import os
import signal
from pathlib import Path

import pytest
import torch

from bench.execute import fork_server
from bench.speed import __main__ as speed
from bench.speed import fresh, measurements
from bench.speed.catalogue import MEASUREMENTS
from bench.speed.row import Row, at_least, at_most, figure_row, over_processes
from bench.speed.setting import Setting
from bench.speed.table import Measured
from bench.speed.turns import Interval
from bench.speed.written import read_written
from noprop_core.errors import UserError

CPU = torch.device("cpu")
APART = [name for name, measurement in MEASUREMENTS.items() if measurement.rounds_apart]


def of_process(wall, cpu=None, name="a", rounds=5):
    """Return the row of a process whose own rounds say that it knows its figure closely."""
    figures = [value and Interval(value, value - 0.001, value + 0.001) for value in (wall, cpu)]
    return Row(name, "what", figures[0], rounds, at_most(1.0), cpu=figures[1], note="a note")


@pytest.fixture
def processes(monkeypatch):
    """Replace fresh processes by ones that find 1, 2, 3...; returns what they were asked for."""
    asked = []

    def measured_apart(name, rounds, device):
        asked.append((name, rounds, str(device)))
        rows = [of_process(float(len(asked)), 0.5, f"{name}/{part}", rounds) for part in "ab"]
        return rows, ""

    monkeypatch.setattr(fresh, "measured_apart", measured_apart)
    return asked


def test_a_process_counts_once_and_the_interval_is_over_processes():
    walls, cpus = (0.9, 1.3, 1.0, 1.1, 1.2, 0.8), (2.0, 2.5, 2.1, 2.2, 2.4, 2.3)
    row = over_processes([of_process(*both) for both in zip(walls, cpus, strict=True)])
    assert row.figure == Interval(pytest.approx(1.05), 0.8, 1.3)
    assert row.cpu == Interval(2.25, 2.0, 2.5)
    assert (row.processes, row.rounds, row.note, row.met) == (6, 5, "a note", False)
    assert over_processes([of_process(w) for w in range(1, 10)]).figure == Interval(5, 2, 8)
    assert over_processes([of_process(1.0)] * 3).cpu is None


def test_rows_of_unlike_names_are_not_mixed():
    with pytest.raises(AssertionError):
        over_processes([of_process(1.0), of_process(1.0, name="b")])


def test_each_row_is_collected_by_itself(processes):
    rows = list(fresh.rows_of_fresh_processes("x", 4, Setting(CPU, 9, "0", None, 3)))
    assert processes == [("x", 4, "cpu")] * 3
    assert [(row.name, row.figure) for row in rows] == [
        (f"x/{part}", Interval(2, 1, 3)) for part in "ab"
    ]


def test_what_cannot_be_measured_here_has_no_row_and_says_so(monkeypatch):
    asked, said = [], []

    def measured_apart(name, rounds, device):
        asked.append(name)
        return [], "x: not measured, for this and that"

    monkeypatch.setattr(fresh, "measured_apart", measured_apart)
    setting = Setting(CPU, 9, "0", None, 3, said.append)
    assert list(fresh.rows_of_fresh_processes("x", 4, setting)) == []
    assert (asked, said) == (["x"], ["x: not measured, for this and that"])


def test_several_processes_are_the_rule_for_what_differs_between_them(processes, command, tmp_path):
    path = tmp_path / "speed.json"
    words = ("--only", "original,paper-step", "--device", "cpu", "--json", path)
    answer = command(*words, main=speed.main)
    assert answer.code == 1, "2 and more is not at most 1"
    in_turn = ["paper-step"] * 7 + ["original"] * 7
    assert [name for name, *_ in processes] == in_turn
    assert {rounds for _, rounds, _ in processes} == {5}
    written = read_written(path)
    assert [(row.processes, row.rounds) for row in written.rows] == [(7, 5)] * 4
    assert written.rows[0].figure == Interval(4, 1, 7)
    again = " ".join(command("--from", path, main=speed.main).out.split())
    assert "what; 7 processes of 5 rounds, " in again
    assert "the interval over processes" in again


def test_the_terminal_says_how_many_processes(processes, command):
    words = ("--only", "original", "--device", "cpu", "--processes", "2", "--rounds", "1")
    said = " ".join(command(*words, main=speed.main).out.split())
    assert processes == [("original", 1, "cpu")] * 2
    assert "2 processes of 1 round," in said
    assert "over their medians" in said


def test_one_process_is_this_one(processes, command, monkeypatch):
    here = [figure_row("original", "what", [1.0, 2.0, 4.0])]
    monkeypatch.setattr(measurements.Measurement, "rows", lambda *_: iter(here))
    words = ("--only", "original,jobs", "--device", "cpu", "--processes")
    monkeypatch.setattr(fork_server.Server, "start", lambda self: None)
    one = command(*words, "1", "--markdown", main=speed.main).out
    assert processes == []
    assert one.count("; 3 rounds, ") == 2
    assert "process" not in one
    several = command(*words, "2", "--markdown", main=speed.main).out
    assert len(processes) == 2
    assert several.count("; 3 rounds, ") == 1, "jobs is measured here"


def test_cells_have_their_server_and_others_are_not_disturbed_by_its_imports(
    processes, command, monkeypatch
):
    started = []
    monkeypatch.setattr(fork_server.Server, "start", lambda server: started.append(server))
    monkeypatch.setattr(measurements.Measurement, "rows", lambda *_: iter([]))
    for name, measurement in MEASUREMENTS.items():
        command("--only", name, "--processes", "1", "--device", "cpu", main=speed.main)
        asks = "setting.executor" in inspect.getsource(
            __import__(f"bench.speed.{measurement.place.partition(':')[0]}", fromlist=["rows"])
        )
        assert bool(started) is asks is measurement.runs_cells, name
        started.clear()


def test_freed_memory_is_kept_as_in_a_cell_s_process(processes, command, monkeypatch):
    kept = []
    monkeypatch.setattr(measurements, "keep_freed_memory", kept.append)
    command("--only", "original", "--device", "cpu", main=speed.main)
    assert kept == [CPU]


def test_what_is_measured_apart_says_nothing_of_one_process_alone(monkeypatch):
    """Notes are taken from the first process: only what is measured in one has any."""
    assert set(APART) == {
        "steps",
        "optimiser",
        "stacked-seeds",
        "inference",
        "paper-step",
        "divided-step",
        "original",
        "public",
    }
    assert not any(MEASUREMENTS[name].runs_cells for name in APART)


def test_a_row_is_read_as_it_was_measured(tmp_path):
    rows = [
        of_process(2.0, 3.0),
        dataclasses.replace(of_process(2.0), goal=at_least(1.5), unit="%", processes=4),
        dataclasses.replace(of_process(2.0), goal=None),
    ]
    measured = Measured(CPU)
    for row in rows:
        measured.add(row, 1)
    path = tmp_path / "rows.json"
    path.write_text(measured.document(), encoding="utf-8")
    assert [row.as_measured() for row in read_written(path).rows] == rows
    document = json.loads(measured.document())
    for row in document["rows"]:
        row.pop("processes")
    path.write_text(json.dumps(document), encoding="utf-8")
    assert {row.processes for row in read_written(path).rows} == {1}


def test_a_fresh_process_measures_by_itself():
    (row,), _ = fresh.measured_apart("optimiser", 1, CPU)
    assert (row.name, row.rounds, row.processes) == ("optimiser", 1, 1)
    assert row.goal == at_least(2.5)
    assert row.figure.median > 0
    assert row.cpu is not None


def test_a_process_that_refuses_is_a_line_with_what_it_said():
    with pytest.raises(UserError) as caught:
        fresh.measured_apart("setps", 1, CPU)
    assert str(caught.value).startswith(
        "a process that measured 'setps' ended with exit code 2: --only: 'setps' is none of steps,"
    )


@pytest.mark.parametrize(
    ("program", "kind", "said"),
    [
        ("raise ValueError('what went wrong')", RuntimeError, "code 1:\nTraceback.*what went"),
        ("import os; os.kill(os.getpid(), 9)", UserError, "by signal 9: it said nothing"),
        ("pass", RuntimeError, "exit code 0"),
    ],
    ids=["bug", "killed", "no file"],
)
def test_a_process_that_fails_is_no_row(monkeypatch, program, kind, said):
    monkeypatch.setattr(fresh, "COMMAND", ("-c", program))
    with pytest.raises(kind, match=f"(?s){said}"):
        fresh.measured_apart("x", 1, CPU)


@pytest.fixture
def interruptible():
    """Hear Ctrl-C even where the tests run in the background, whose shell has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_the_process_too(monkeypatch, tmp_path):
    """It interrupts us alone, as `kill -INT` does; a terminal's Ctrl-C reaches both."""
    started = tmp_path / "started"
    program = (
        "import os, pathlib, signal, time; "
        f"pathlib.Path({str(started)!r}).write_text(str(os.getpid())); "
        "time.sleep(0.3); os.kill(os.getppid(), signal.SIGINT); time.sleep(600)"
    )
    monkeypatch.setattr(fresh, "COMMAND", ("-c", program))
    with pytest.raises(KeyboardInterrupt):
        fresh.measured_apart("x", 1, CPU)
    with pytest.raises(ProcessLookupError):
        os.kill(int(Path(started).read_text()), 0)
