"""What was measured is shown as Markdown from its file: every row, as it was measured."""

import json
from pathlib import Path

import pytest
import torch

from bench.speed import __main__ as speed
from bench.speed import measurements
from bench.speed.catalogue import MEASUREMENTS
from bench.speed.row import Row, at_least, at_most, figure_row
from bench.speed.table import Measured
from bench.speed.turns import Interval
from bench.speed.written import markdown_of, read_written

MEASURED = Path(__file__).parents[3] / "docs" / "speed"

ROWS = [
    Row("steps/a", "a step", Interval(1.25, 1.2, 1.3), 15, cpu=Interval(1.5, 1.4, 1.6)),
    Row("steps", "the median", Interval(1.2, 1.1, 1.3), 15, at_least(1.05)),
    figure_row("overhead", "a | share", [0.125], at_most(0.08), unit="%", note="data sets 2.0%"),
    figure_row("start-up/one", "an answer", [2.0], unit="s"),
]


@pytest.fixture
def written(tmp_path):
    measured = Measured(torch.device("cpu"))
    measured.loads = [0.25, 3.0, 0.5]
    for row in ROWS:
        measured.add(row, 1)
    path = tmp_path / "speed.json"
    path.write_text(measured.document(), encoding="utf-8")
    return path


def test_every_row_is_in_the_table_as_it_was_measured(written, command):
    answer = command("--from", written, main=speed.main)
    assert answer.code == 1, "a goal is not met"
    text = answer.out
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    assert [line.split("|")[1].strip() for line in lines] == [f"`{row.name}`" for row in ROWS]
    assert "| 1.25 [1.20, 1.30] | 1.50 [1.40, 1.60] |  |  |" in lines[0]
    assert lines[1].endswith("| 1.20 [1.10, 1.30] |  | >= 1.05 | yes |")
    assert "| a / share; 1 round, 1 thread | 12.5 % [12.5, 12.5] |  | <= 8 % | **no** |" in text
    assert "| 2.00 s [2.00, 2.00] |" in lines[3]
    head = text.replace("\n", " ")
    assert "load 0.25 before and at most 3 after" in head
    assert "Of 2 goals 1 are met; not met: `overhead`. Medians" in head
    assert torch.__version__ in text


def test_what_limits_stands_below_with_what_was_found_out(written, command):
    text = command("--from", written, main=speed.main).out.replace("\n ", "")
    for name in ("steps", "overhead", "start-up"):
        assert f"- `{name}`: {MEASUREMENTS[name].limits}." in text
    assert "Data sets 2.0%." in text
    assert "- `jobs`" not in text


def test_only_some_rows_and_their_goals(written, command):
    answer = command("--from", written, "--only", "steps", main=speed.main)
    assert answer.code == 0
    assert "overhead" not in answer.out


def test_what_is_measured_now_is_shown_alike(written, command, monkeypatch):
    def measure(measured, name, measurement, setting):
        measured.rows, measured.threads, measured.loads = ROWS[:2], [1, 1], [0.25, 3.0]

    monkeypatch.setattr(measurements, "_add_rows", measure)
    now = command("--only", "steps", "--markdown", main=speed.main)
    before = command("--from", written, "--only", "steps", main=speed.main)
    assert (now.code, now.out) == (0, before.out)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot read"),
        ("{", "is no file of this version's python -m bench.speed --json"),
        (json.dumps({"rows": []}), "is no file of this version's"),
    ],
)
def test_what_is_no_such_file_is_one_line(tmp_path, command, content, said):
    path = tmp_path / "other.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    answer = command("--from", path, main=speed.main)
    assert (answer.code, answer.out, len(answer.errors)) == (2, "", 1)
    assert said in answer.errors[0]


def test_reading_and_writing_are_two_calls(written, command):
    answer = command("--from", written, "--json", written, main=speed.main)
    assert (answer.code, len(answer.errors)) == (2, 1)
    assert "--from and --json exclude each other" in answer.errors[0]


@pytest.mark.parametrize("name", ["measured", "another-processor"])
def test_a_published_table_is_what_its_file_says(name: str) -> None:
    """`python -m bench.speed --from docs/speed/measured.json` writes all below the heading."""
    told = (MEASURED / f"{name}.md").read_text(encoding="utf-8")
    written = markdown_of(read_written(MEASURED / f"{name}.json"))
    _, below = told.split("# Speed, measured", 1)
    assert below.partition("\n\n")[2].strip() == written.strip()
