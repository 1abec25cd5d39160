"""Streams that are closed, full or a terminal: nothing is lost, broken or obeyed."""

import importlib
import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench import pytest_session, report, run
from bench.command import NOT_HERE, run_command, say, warn
from bench.console import Console
from bench.progress import Progress
from bench.speed import __main__ as speed
from noprop_core.errors import UserError
from noprop_core.words import one_line, printable, shortened

ROOT = Path(__file__).parents[2]
ESCAPES = "a\x1b[2Jb\u202ec\x07\r\udcff"
ESCAPED = r"a\x1b[2Jb\u202ec\x07\r\udcff"

PROGRAM = """
import subprocess, sys
from bench.command import run_and_exit
def main():
    with open(sys.argv[1], "w") as file:
        print("said by us")
        subprocess.run([sys.executable, "-c", "print('said by a child')"], check=True)
        file.write("a record")
    return 0
run_and_exit(main)
"""


@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)], ids=str)
def test_what_is_printed_on_a_closed_stream_goes_into_no_file(tmp_path, closed):
    path = tmp_path / "record"
    close = "; ".join(f"os.close({number})" for number in closed)
    start = f"import os, sys; {close}; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    done = subprocess.run(
        [sys.executable, "-c", start, "-c", PROGRAM, path], cwd=ROOT, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, path.read_text()) == (0, "a record"), done.stdout.decode()


UNREAD = """
import sys
from pathlib import Path
from bench.command import run_and_exit, say, warn
from bench.console import Console
def main():
    for _ in range(2):
        say("to nobody")
        warn("to nobody")
        for to_errors in (False, True):
            Console(stderr=to_errors).print("to nobody")
    Path(sys.argv[1]).write_text("done")
    return 1
run_and_exit(main)
"""


def test_what_is_asked_for_is_done_and_has_its_own_code_where_nobody_reads(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", UNREAD, tmp_path / "result"], cwd=ROOT, check=False,
        stdout=writing, stderr=writing, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, (tmp_path / "result").read_text()) == (1, "done")


def test_a_log_that_cannot_be_written_ends_no_study(monkeypatch, cell, record):
    progress = Progress([cell()], {}, Console(stderr=True))

    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    progress.finished(record())
    assert progress.done == 1


def test_standard_output_on_a_full_disk_is_one_line():
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as output:
        done = subprocess.run(
            [sys.executable, "-m", "bench.run", "--list"], cwd=ROOT, check=False,
            stdout=output, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "error: cannot write the output: No space left on device\n"


def test_standard_output_that_is_open_for_reading_alone_is_one_line(monkeypatch, capsys, tmp_path):
    path = tmp_path / "to read"
    path.touch()

    def main():
        with path.open("r") as file, os.fdopen(os.dup(file.fileno()), "w") as output:
            monkeypatch.setattr(sys, "stdout", output)
            say("words")
        return 0

    assert run_command(main) == 2
    assert capsys.readouterr().err == "error: cannot write the output: Bad file descriptor\n"


def test_what_a_terminal_would_obey_is_shown_escaped(capsys):
    def main():
        say(f"{ESCAPES}\nnext")
        warn(ESCAPES)
        raise UserError(ESCAPES)

    assert run_command(main) == 2
    out, err = capsys.readouterr()
    assert out == f"{ESCAPED}\nnext\n"
    assert err == f"{ESCAPED}\nerror: {ESCAPED}\n"


@pytest.mark.parametrize("main", [run.main, report.main, speed.main], ids=lambda m: m.__module__)
@pytest.mark.parametrize("word", [f"--{ESCAPES}", f"--device={ESCAPES}", ESCAPES])
def test_an_argument_is_never_echoed_raw(command, main, word, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = command("--nothing", word, main=main)
    assert answer.code == 2
    assert all(line.isprintable() for line in answer.errors)
    assert len(answer.errors) >= 1


def test_text_is_cut_between_words():
    text = "the connection was refused by the server"
    assert shortened(text, 100) == text
    assert shortened(text, 20) == "the connection..."
    assert shortened("x" * 50, 20) == "x" * 17 + "..."
    assert one_line(ValueError("two\nlines"), 100) == "ValueError: two lines"
    assert printable("ä€😀") == "ä€😀"


def test_a_line_that_says_what_is_wrong_has_a_bearable_length(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in (["--study", f"{'x/' * 3000}y.toml"], ["--device", "x" * 6000, "--plan"]):
        answer = command(*words)
        assert answer.code == 2
        assert all(len(line) <= 1100 for line in answer.errors)


@pytest.mark.parametrize(
    ("main", "words"),
    [
        (run.main, ["--study=~nobody-of-that-name/a.toml"]),
        (run.main, ["--results=~nobody-of-that-name/r"]),
        (run.main, ["--export", "~nobody-of-that-name/runs.csv"]),
        (run.main, ["--export", "mlflow:~nobody-of-that-name/runs"]),
        (report.main, ["~nobody-of-that-name/r"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value.__module__,
)
def test_a_home_that_is_not_there_is_one_line(command, main, words):
    answer = command(*words, main=main)
    assert answer.code == 2
    [line] = answer.errors
    assert line.endswith("there is no such home directory")


def test_on_windows_one_line_says_where_it_runs(command, study_session, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    for main in (run.main, report.main, speed.main):
        assert command("--list", main=main).errors == [NOT_HERE]
    monkeypatch.undo()
    monkeypatch.setattr(pytest_session, "sys", SimpleNamespace(platform="win32", path=[]))
    answer = study_session()
    assert answer.code == 2
    assert NOT_HERE in answer.out + answer.err
    assert "Traceback" not in answer.out + answer.err


def test_everything_can_be_imported_where_there_is_no_fcntl(monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.delitem(sys.modules, "bench.records.locks")
    locks = importlib.import_module("bench.records.locks")
    assert locks.fcntl is None
    with Path(__file__).open() as file:
        assert not locks.locked(file)
    users = [p for p in (ROOT / "bench").rglob("*.py") if "import fcntl" in p.read_text()]
    assert [path.name for path in users] == ["locks.py"]
