"""Whatever is wrong with a command's line, each command says it on one line and ends with 2."""

import pytest

import noprop_vs_backprop
from bench import __main__ as umbrella
from bench import gallery, new, readme, report, run, scaling
from bench.speed import __main__ as speed
from noprop_core import catalogue
from reports import __main__ as tidy
from reports import calibrate

COMMANDS = {
    "bench.run": (run.main, ()),
    "bench.report": (report.main, ()),
    "bench.speed": (speed.main, ()),
    "bench.scaling": (scaling.main, ()),
    "bench.gallery": (gallery.main, ()),
    "bench.new": (new.main, ("method", "mine")),
    "bench.readme": (readme.main, ()),
    "noprop-bench run": (umbrella.main, ("run",)),
    "noprop-bench compare": (umbrella.main, ("compare", "new", "old")),
    "noprop_vs_backprop.py": (noprop_vs_backprop.main, ()),
    "reports": (tidy.main, ("table.csv",)),
    "reports.calibrate": (calibrate.main, ()),
}
"""By name: what is called, and the words without which nothing else is looked at."""

WRONG = {
    "bench.run": [("--time-limit", "soon"), ("--keep", "worst"), ("--seeds",), ("--plan=1",)],
    "bench.report": [("--format", "doc"), ("-o",), ("--open=1",)],
    "bench.speed": [
        ("--rounds", "few"),
        ("--rounds",),
        ("--processes", "all"),
        ("--only", "nothing"),
    ],
    "bench.scaling": [("--ranks", "many"), ("--ranks",), ("a", "b")],
    "bench.gallery": [("-o",), ("--title",)],
    "bench.new": [("-o",), ("third",)],
    "bench.readme": [],
    "noprop-bench run": [("--time-limit", "soon"), ("--keep", "worst"), ("--budget", "long")],
    "noprop-bench compare": [("--format", "doc"), ("--fail-on", "slowly")],
    "noprop_vs_backprop.py": [("--epochs", "few"), ("--pair", "trio"), ("--seed",), ("word",)],
    "reports": [("--alpha", "low"), ("--missing", "perhaps"), ("--role", "seed"), ("--metric",)],
    "reports.calibrate": [("--studies", "few"), ("--seed",), ("--studies", "1"), ("word",)],
}
"""Words that are wrong there: no number, no choice that there is, no value at all."""

CASES = [
    pytest.param(name, words, id=f"{name} {' '.join(words)}")
    for name, wrong in WRONG.items()
    for words in [("--bogus",), ("--bogus=1",), ("--s",), *wrong]
]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("name", "words"), CASES)
def test_a_word_that_is_wrong_is_one_line(command, name, words):
    main, before = COMMANDS[name]
    answer = command(*before, *words, main=main)
    assert (answer.code, answer.out) == (2, "")
    [line] = answer.errors
    # What was given, where it is a word; else which option lacks it.
    said = words[-1].partition("=")
    assert said[0] in line or words[0] in line
    assert line.isprintable()


@pytest.mark.parametrize("name", ["bench.new", "reports"])
def test_a_word_that_is_missing_is_one_line(command, name):
    answer = command(main=COMMANDS[name][0])
    assert answer.code == 2
    [line] = answer.errors
    assert "required" in line


def test_a_command_that_there_is_not_is_one_line(command):
    answer = command("rnu", main=umbrella.main)
    assert (answer.code, answer.errors) == (2, ["unknown command 'rnu'; did you mean 'run'?"])


@pytest.mark.parametrize("content", [None, "a page without the marks"])
def test_a_page_that_takes_no_catalogue_is_one_line(command, tmp_path, content):
    page = tmp_path / "page.md"
    if content is not None:
        page.write_text(content)
    answer = command(page, main=catalogue.main)
    assert answer.code == 2
    [line] = answer.errors
    assert str(page) in line


@pytest.mark.parametrize("words", [("--export", "runs.csv"), ("--plan",), ("--export", "mlflow:d")])
@pytest.mark.parametrize("missing", ["--methods", "--dataset"])
def test_a_package_that_is_missing_is_one_line_where_nothing_runs(command, words, missing):
    answer = command(missing, "not_here.there:It", *words)
    assert (answer.code, answer.out) == (2, "")
    assert any("'not_here.there:It' cannot be loaded" in line for line in answer.errors)
    assert len(answer.errors) == 1
