"""A command line with several mistakes is told all of them, each with the option it is about."""

import pytest

from bench import report
from bench.parsing import a_path


def test_everything_that_is_mistyped_is_told_at_once(command, tmp_path):
    answer = command(
        *("--sedes", "0", "--keep", "worst", "--time-limit", "soon", "--seeds", "five"),
        *("--batch-sizes", "x", "--study", "quikc", "--results", tmp_path / "r"),
    )
    assert answer.code == 2
    assert [line.partition(":")[0] for line in answer.errors] == [
        *("--keep", "--time-limit", "unknown option '--sedes'; did you mean --seeds?"),
        *("unknown study 'quikc'; did you mean 'quick'?", "--seeds", "--batch-sizes"),
    ]
    assert not (tmp_path / "r").exists()


def test_what_an_option_says_wrong_is_told_with_the_option(command):
    answer = command(
        "--budget", "epochs=0", "--timesteps", "0", "--methods", "noprop", "--name", "a/b"
    )
    assert [line.partition(":")[0] for line in answer.errors] == [
        *("--methods", "--timesteps", "--budget"),
    ]


def test_a_file_that_is_wrong_itself_is_named_whatever_the_options(command, study_file):
    [line] = command("--study", study_file(timesteps=[0]), "--seeds", "0").errors
    assert line.startswith("tiny.toml: timesteps: ")


@pytest.mark.parametrize("option", ["--isolation", "--keep", "--time-limit"])
def test_a_value_that_is_none_of_the_choices_meets_no_check(command, option):
    [line] = command(option, "sideways").errors
    assert line.startswith(f"{option}: ")


@pytest.mark.parametrize("option", ["--methods", "--dataset", "--name", "--devices"])
def test_a_name_that_is_no_utf_8_is_one_line(command, option):
    assert command(option, "a\udcff").errors == [rf"{option}: 'a\udcff' is no UTF-8"]


def test_devices_that_are_none_are_one_line(command):
    assert command("--devices", " ").errors == ["--devices: ' ' names none"]


def test_an_option_without_its_value_comes_after_what_was_found(command):
    answer = command("--fail-on", "slowly", "--format", "doc", "-o", main=report.main)
    assert [line.partition(":")[0] for line in answer.errors] == [
        *("--fail-on", "--format", "-o/--output"),
    ]


def test_a_path_may_begin_with_a_tilde(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert a_path("~/results") == tmp_path / "results"
    assert a_path("results") == a_path("./results")


@pytest.mark.parametrize("word", ["~nobody-of-this-name/results"])
def test_a_home_that_is_not_there_is_one_line(command, word):
    [line] = command("--results", word).errors
    assert line == f"--results: '{word}': there is no such home directory"
