"""Whoever watches sees what is done, running, failed and left; a log file gets plain lines."""

import io
import sys

import pytest
from rich.console import Console

from bench import progress
from bench.progress import Forecast, Progress, clock, progress_over, summary
from bench.records.record import Phases
from bench.study.cells import expand


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def cells(cell):
    return [cell(seed=seed) for seed in range(4)]


def lasting(seconds):
    return {"phases": Phases(training=seconds, wall=seconds)}


def test_a_summary_is_the_mean_accuracy_and_time_per_epoch(record):
    assert summary(record()) == "75.0%, 0.375 s an epoch"
    assert summary(record(status="timeout", failure="after 60 s")) == "timeout (after 60 s)"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (60, "1:00 min"), (187, "3:07 min"), (8100, "2:15 h")],
)
def test_durations_are_written_as_people_read_them(seconds, text):
    assert clock(seconds) == text


def test_time_left_comes_from_cells_like_those_that_are_left(cell, record):
    fast, slow = cell(method="classifier", timesteps=None), cell(timesteps=2)
    forecast = Forecast([record(fast, **lasting(1.0)), record(slow, **lasting(9.0))])
    others = [fast.model_copy(update={"seed": s}) for s in (5, 6)]
    assert forecast.seconds_for(others) == 2.0
    assert forecast.seconds_for([*others, slow]) == 11.0
    assert forecast.seconds_for([cell(batch_size=32)]) == 5.0  # unlike all: the mean of all
    assert Forecast().seconds_for(others) is None


def test_a_cell_that_failed_says_nothing_of_how_long_others_take(cell, record):
    forecast = Forecast([record(status="error", failure="x", **lasting(1e6))])
    assert forecast.seconds_for([cell()]) is None


def test_a_log_file_gets_a_line_per_cell(cells, record, capsys):
    with progress_over(cells, {cells[0].id: record(cells[0])}) as shown:
        shown.begins(cells[1])
        shown.finished(record(cells[1], **lasting(40.0)))
        shown.finished(record(cells[2], status="error", failure="E: [/no] \x1b[2J"))
        shown.finished(record(cells[3]), elsewhere=True)
        shown.waits(2)
        shown.waits(2)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"[2/4] {cells[1].label}: 75.0%")
    assert lines[0].endswith("; about 41 s left")  # two cells of (1 + 40) / 2 seconds
    assert lines[1].startswith(f"[3/4] {cells[2].label}: error (E: [/no] \\x1b[2J)")
    assert lines[2].endswith("(by another runner)")
    assert lines[3:] == ["waiting for 2 cells that other runners have"]


def test_a_terminal_gets_a_table_that_counts(cells, record, monkeypatch):
    monkeypatch.setattr(progress.time, "perf_counter", lambda: 100.0)
    console = Console(file=Terminal(), force_terminal=True, width=120)
    shown = Progress(cells, {}, console)
    shown.finished(record(cells[0], **lasting(50.0)))
    shown.finished(record(cells[1], status="error", failure="ValueError: [/no] markup"))
    shown.begins(cells[2])
    with console.capture() as captured:
        console.print(shown)
    text = captured.get()
    for words in (
        "2/4 done", "1 failed", "about 1:40 min left", f"running {cells[2].label}, 0 s",
        f"[1/4] {cells[0].label}: 75.0%", "ValueError: [/no] markup",
    ):  # fmt: skip
        assert words in text


def test_the_live_table_is_drawn_on_standard_error(cells, record, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    with progress_over(cells, {}) as shown:
        shown.finished(record(cells[0]))
        shown.finished(record(cells[2], status="error", failure="ValueError: [/no] markup"))
    text = sys.stderr.getvalue()
    assert "2/4 done" in text
    assert f"{cells[2].label}: error (ValueError: [/no] markup)" in text


def test_lines_of_one_cell_under_several_budgets_tell_them_apart(study, record, capsys):
    several = study(seeds=[0], budget={"epochs": 2, "also": [{"seconds": 1.5}]})
    with progress_over(expand(several, "cpu"), {}) as shown:
        for each in expand(several, "cpu"):
            shown.finished(record(each))
    lines = [line.partition(": ")[0].split()[-1] for line in capsys.readouterr().err.splitlines()]
    assert len({*lines}) == len(lines) == 6
    assert "classifier-digits-b64-1.5-s-of-training-s0" in lines
