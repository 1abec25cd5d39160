"""`noprop-bench COMMAND`, and our packages under whatever names lie in the way."""

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from bench import __main__ as umbrella
from bench.__main__ import COMMANDS, compared

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def path_as_it_was(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(command, name):
    answer = command(name, "--help", main=umbrella.main)
    assert (answer.code, answer.err) == (0, "")
    assert "usage: python -m bench" in answer.out
    assert callable(import_module(COMMANDS[name][0]).main)


@pytest.mark.parametrize("words", [(), ("--help",)])
def test_without_a_command_all_are_told(command, words):
    answer = command(*words, main=umbrella.main)
    assert answer.code == 0
    assert all(f"  {name}" in answer.out for name in COMMANDS)


def test_a_mistyped_command_is_one_line(command):
    answer = command("repotr", main=umbrella.main)
    assert (answer.code, answer.errors) == (2, ["unknown command 'repotr'; did you mean 'report'?"])


def test_two_folders_are_compared_as_by_the_report(command, tmp_path):
    assert compared(["new", "old", "--fail-on", "slower"]) == [
        *("new", "--against", "old", "--fail-on", "slower"),
    ]
    [line] = command("compare", "new", main=umbrella.main).errors
    assert line == "--against: expected one argument"
    [line] = command("compare", tmp_path, tmp_path, main=umbrella.main).errors
    assert "no records in" in line


def test_a_plan_is_told_and_nothing_run(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = command("plan", "--methods", "backprop,classifier", main=umbrella.main)
    assert answer.code == 0
    assert answer.out == command("run", "--plan", "--methods", "backprop,classifier",
                                 main=umbrella.main).out  # fmt: skip
    assert "plan of the study quick" in answer.out
    assert list(tmp_path.iterdir()) == []


def test_it_is_installed_under_its_name():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, function = settings["scripts"]["noprop-bench"].partition(":")
    assert callable(getattr(import_module(module), function))
    module = settings["entry-points"]["pytest11"]["noprop_bench"]
    assert import_module(module).pytest_load_initial_conftests


@pytest.mark.parametrize("theirs", ["reports/__init__.py", "reports/mine.txt", "reports.py"])
def test_another_package_of_our_name_is_not_taken_for_ours(tmp_path, theirs):
    path = tmp_path / theirs
    path.parent.mkdir(exist_ok=True)
    path.write_text("raise ValueError('somebody else')")
    finds = f"sys.path[:] = ['', *sys.path, {str(ROOT)!r}]"
    # `bench` is there already, as under `python -m bench.report` from an editable installation.
    program = f"import sys; {finds}; from bench import report; sys.exit(report.main(['--help']))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
