"""pytest's and pytest-benchmark's own options: refused where they would measure something else."""

import sys

import pytest

from bench import benchmark_options
from bench.pytest_plugin import SESSION, pytest_load_initial_conftests

ONE = ("--methods", "classifier", "--seeds", "0")
HERE = ("--isolation", "none", "--device", "cpu")


@pytest.fixture
def start(study_session, study_file, tmp_path):
    path = study_file(methods=["classifier"], baseline="classifier", seeds=[0])
    return lambda *words: study_session("--study", path, "--results", tmp_path / "r", *words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--benchmark-cprofile=tottime",), "--benchmark-cprofile: would profile the waiting"),
        (("--benchmark-timer=time.time",), "--benchmark-timer: a run has a process and a clock"),
        (("--benchmark-json=nowhere/a.json",), "--benchmark-json: there is no folder 'nowhere'"),
        (("--benchmark-compare-fail=mean:5%",), "fail: needs --benchmark-compare"),
        (("--benchmark-group-by=func,param:seed",), "'param:seed' is none of group, name"),
        (("--study", "\x1b[2J"), r"unknown study '\x1b[2J'"),
        (("--results", "x" * 300), "File name too long"),
    ],
    ids=str,
)
def test_what_would_mean_nothing_is_a_line(start, words, said):
    answer = start(*words)
    assert answer.code == 2
    assert said in answer.out + answer.err
    assert "Traceback" not in answer.out + answer.err
    assert "\x1b[2J" not in answer.out + answer.err


@pytest.mark.parametrize(
    ("option", "extra"),
    [("--benchmark-histogram", "histogram"),
     ("--benchmark-storage=elasticsearch+http://localhost:1/", "elasticsearch")],
)  # fmt: skip
def test_what_pytest_benchmark_lacks_is_a_line_with_the_command(start, monkeypatch, option, extra):
    monkeypatch.setattr(benchmark_options, "find_spec", lambda name: None)
    answer = start(option)
    assert answer.code == 2
    assert f'needs pip install "pytest-benchmark[{extra}]"' in answer.out + answer.err
    assert "Traceback" not in answer.out + answer.err


def test_a_session_that_times_nothing_passes_no_gate_and_breaks_nothing(start, tmp_path):
    storage = ("--benchmark-storage", tmp_path / "saved")
    gate = ("--benchmark-compare-fail", "mean:5%")
    # Nothing is saved that could be compared with: a warning, where the project makes errors of
    # warnings.
    first = start(*HERE, "--benchmark-compare", "--benchmark-autosave", *storage)
    assert first.code == 0, first.out
    assert "INTERNALERROR" not in first.out + first.err
    again = start(*HERE, "--benchmark-compare", *gate, *storage)
    assert again.code == 2, again.out
    assert "nothing was timed, so nothing was compared" in again.out
    saved = (*storage, "--benchmark-autosave", "--benchmark-json", tmp_path / "all.json")
    skipped = start(*HERE, *saved)
    assert skipped.code == 0, skipped.out + skipped.err
    assert "INTERNALERROR" not in skipped.out + skipped.err


@pytest.mark.parametrize("word", ["--help", "--markers"])
def test_what_pytest_explains_of_itself_needs_no_sound_study(study_session, word):
    answer = study_session("--study", "nothing", word)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out


def test_they_mean_nothing_in_the_environment_either(start, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--benchmark-timer=time.time")
    answer = start()
    assert answer.code == 2
    assert "--benchmark-timer: a run has a process" in answer.out + answer.err


@pytest.mark.parametrize("words", [("-n", "2"), ("--dist", "load", "--tx", "2*popen")], ids=str)
def test_two_workers_at_once_are_refused(start, words):
    if "xdist" not in sys.modules:
        pytest.skip("needs pytest-xdist")
    answer = start(*words)
    assert answer.code == 2
    assert "cells that run side by side disturb each other's times" in answer.out + answer.err


class Config:
    """Stands in for pytest's, and remembers what is imported."""

    def __init__(self):
        self.pluginmanager, self.imported = self, []

    def import_plugin(self, name):
        self.imported.append(name)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--pyargs", "bench", "--study", "quick"], [SESSION]),
        (["--pyargs", "bench.test_study"], [SESSION]),
        (["--pyargs", "somebody.elses"], []),
        (["bench"], []),
        ([], []),
    ],
)
def test_other_people_s_sessions_are_left_alone(words, expected):
    config = Config()
    pytest_load_initial_conftests(config, words)
    assert config.imported == expected
