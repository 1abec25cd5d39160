"""What `bench.new` writes runs as it stands, by the command that it prints."""

import importlib
import shlex
import sys

import pytest

from bench import new, run
from bench.records import frame
from bench.study.loading import load_study

SMALL = ("--seeds", "0", "--epochs", "1", "--device", "cpu", "--isolation", "none")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield tmp_path
    for name in ("a_method_of_mine", "some_data"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("kind", "name", "file"),
    [
        ("method", "a_method_of_mine", "a_method_of_mine.py"),
        ("dataset", "some_data", "some_data.py"),
        ("study", "my_study", "my_study.toml"),
    ],
)
def test_a_template_runs_as_it_is(kind, name, file, here, command):
    written = command(kind, name, main=new.main)
    assert written.code == 0
    path, line = written.out.splitlines()
    assert path == file
    assert "{" not in line
    words = shlex.split(line.removeprefix("run it: python -m bench.run "))
    methods = () if kind == "method" else ("--methods", "backprop")
    words = [word for word in words if kind != "dataset" or word not in words[-2:]]
    answer = command(*words, *methods, *SMALL, "--batch-sizes", "64", main=run.main)
    assert answer.code == 0, answer.err
    [folder] = (here / "results").iterdir()
    runs = frame.load(folder)
    assert set(runs.status) == {"ok"}
    if kind == "method":
        assert set(runs.method) == {"a_method_of_mine:AMethodOfMine", "backprop"}
    if kind == "dataset":
        assert set(runs.dataset) == {"some_data:some_data"}


def test_the_study_to_start_from_has_what_it_declares(here, command):
    assert command("study", "my_study", main=new.main).code == 0
    study = load_study("my_study.toml")
    assert (study.name, study.baseline, len(study.seeds)) == ("my_study", "backprop", 8)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("method", "My-Method"), "is no name of a module"),
        (("method", "class"), "is no name of a module"),
        (("method", "../away"), "is no name of a module"),
        (("method", "json"), "is a module that Python finds already"),
        (("metod", "mine"), "metod"),
        (("study", "x", "--folder", "file/y"), "cannot write"),
    ],
)
def test_a_bad_name_or_place_is_one_line(words, says, here, command):
    (here / "file").touch()
    answer = command(*words, main=new.main)
    assert (answer.code, answer.out) == (2, "")
    [line] = answer.errors
    assert says in line


def test_nothing_is_overwritten(here, command):
    (here / "my_study.toml").write_text("mine")
    answer = command("study", "my_study", main=new.main)
    assert (answer.code, len(answer.errors)) == (2, 1)
    assert (here / "my_study.toml").read_text() == "mine"
