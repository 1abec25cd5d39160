"""`python -m reports`: every kind of file, what is said, and the exit code."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from reports.__main__ import main

ROWS = {
    "model": ["a"] * 4 + ["NA"] * 4,
    "seed": [1, 2, 3, 4] * 2,
    "loss": [0.5, 0.52, 0.48, 0.51, 0.4, 0.41, 0.39, 0.42],
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return pd.DataFrame(ROWS)


WRITERS = {
    "csv": lambda frame, path: frame.to_csv(path, index=False),
    "tsv": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    "json": lambda frame, path: frame.to_json(path, orient="records"),
    "jsonl": lambda frame, path: frame.to_json(path, orient="records", lines=True),
    "parquet": lambda frame, path: frame.to_parquet(path),
}


@pytest.mark.parametrize("ending", WRITERS)
def test_every_kind_of_file_gives_the_same_report(ending, here, capsys):
    WRITERS[ending](here, f"mine.{ending}")
    assert main([f"mine.{ending}", "--baseline", "a", "-o", "out.csv"]) == 0
    said = capsys.readouterr()
    assert "model (guessed), 2 methods" in said.err  # a method called NA is one
    assert said.out.endswith("out.csv\n")
    assert "NA is lower in loss than a" in said.out
    rows = pd.read_csv("out.csv", keep_default_na=False).query("kind == 'comparison'")
    assert rows.method.tolist() == ["NA"]
    assert float(rows.point.iloc[0]) == pytest.approx(0.806, abs=0.001)


def test_a_semicolon_and_a_byte_order_mark_are_what_a_spreadsheet_writes(here):
    here.to_csv("mine.csv", index=False, sep=";", encoding="utf-8-sig")
    assert main(["mine.csv", "--baseline", "a", "-q"]) == 0
    assert "mine" in Path("mine-report.html").read_text(encoding="utf-8")


def test_quiet_prints_the_path_alone(here, capsys):
    here.to_csv("mine.csv", index=False)
    assert main(["mine.csv", "--baseline", "a", "-q", "--format", "latex"]) == 0
    assert capsys.readouterr() == ("mine-report.tex\n", "")


BAD = {
    "nothing.csv": None,
    "empty.csv": b"",
    "bytes.csv": b"a,b\n\xff\xfe\n",
    "ragged.csv": b"a,b\n1,2,3\n4,5,6\n",
    "more.csv": b"a,b\n1,2\n1,2,3\n",
    "cut.json": b'{"a":',
    "list.json": b"[1, 2]",
    "cut.jsonl": b"{\n",
    "cut.parquet": b"PAR1",
    "what.xlsx": b"x",
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_holds_no_table_is_one_line_and_code_2(name, tmp_path, capsys):
    if BAD[name] is not None:
        (tmp_path / name).write_bytes(BAD[name])
    assert main([name, "--baseline", "a"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_what_cannot_be_written_is_one_line_and_code_2(here, capsys):
    here.to_csv("mine.csv", index=False)
    assert main(["mine.csv", "--baseline", "a", "-q", "-o", "mine.csv/report.html"]) == 2
    assert capsys.readouterr().err.startswith("error: cannot write 'mine.csv/report.html'")


def test_nothing_that_a_terminal_would_obey_is_echoed(here, capsys):
    here.replace("NA", "\x1b[31mred").to_csv("mine.csv", index=False)
    assert main(["mine.csv", "--baseline", "a"]) == 0
    assert main(["mine.csv", "--baseline", "\x1b[2J"]) == 2
    out, err = capsys.readouterr()
    assert "red is lower in loss" in out
    assert "\x1b" not in out + err


def test_a_reader_that_has_gone_away_and_an_interruption_are_no_errors(here, capsys, monkeypatch):
    here.to_csv("mine.csv", index=False)
    for error, code in ((BrokenPipeError(), 0), (KeyboardInterrupt(), 130)):
        with monkeypatch.context() as patch:
            patch.setattr("reports.tidy.results.Results.answer", _raiser(error))
            patch.setattr("sys.stdout", sys.stdout)
            assert main(["mine.csv", "--baseline", "a"]) == code
    assert "Traceback" not in capsys.readouterr().err


def _raiser(error):
    def answer(self):
        raise error

    return answer


@pytest.mark.parametrize("role", ["seed", "seed=", "=", "lot=x"])
def test_a_role_that_is_none_is_refused(role, here, capsys):
    here.to_csv("mine.csv", index=False)
    try:
        code = main(["mine.csv", "--baseline", "a", "--role", role])
    except SystemExit as error:
        code = error.code
    assert code == 2
    assert "role" in capsys.readouterr().err


def test_figures_and_tables_for_a_paper_are_folders(here, capsys, monkeypatch):
    here.to_csv("mine.csv", index=False)
    words = ["mine.csv", "--baseline", "a", "--figures", "f", "--format", "latex-tables"]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["f", "mine-report-tables"]
    assert Path("f/answer.pdf").read_bytes().startswith(b"%PDF")
    assert Path("mine-report-tables/answer.tex").is_file()
    monkeypatch.setattr("reports.drawing.drawing.PACKAGE", "no_such_package")
    assert main([*words, "-q"]) == 2
    assert capsys.readouterr().err.startswith("error: figures need matplotlib: pip install")
