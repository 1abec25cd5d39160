"""Every example of `docs/extend.md` works as it stands there, by the files that it names."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import synthetic

from bench import run
from bench.records import frame
from reports.formats.formats import FORMATS, render_as
from reports.input.metrics import METRICS
from reports.input.plan import Plan
from reports.page.analysis import Analysis, analyse
from reports.page.build import build_view
from reports.page.report import study_report

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "extend.md").read_text(encoding="utf-8")
PLAN = Plan.declared({"title": "A study", "baseline": "backprop"})


def example(language: str, first_line: str) -> str:
    """Return the one block of the page that begins with `first_line`."""
    found = re.findall(rf"```{language}\n({re.escape(first_line)}\n.*?)```", PAGE, re.DOTALL)
    assert len(found) == 1, first_line
    return str(found[0])


@pytest.fixture
def module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], ModuleType]]:
    """Import an example of the page by its name; what it adds to a table is taken out again."""
    metrics, formats = list(METRICS), set(FORMATS)
    monkeypatch.syspath_prepend(tmp_path)

    def load(name: str) -> ModuleType:
        (tmp_path / f"{name}.py").write_text(example("python", f"# {name}.py"), encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
        return import_module(name)

    yield load
    METRICS[:] = metrics
    for name in FORMATS.keys() - formats:
        del FORMATS[name]


def analysed(**changes: Any) -> Analysis:
    runs, epochs = synthetic.study(batch_sizes=(64,), timesteps=(2,), **changes)
    return analyse(runs.assign(carbon_grams=0.5 + runs.seed / 10), epochs, PLAN)


def test_an_executor_runs_a_study(module, tmp_path, monkeypatch) -> None:
    assert module("my_executor").Processes.slots == 2
    monkeypatch.chdir(tmp_path)
    small = ("--methods", "classifier,backprop-mlp", "--batch-sizes", "128", "--device", "cpu")
    words = ["--executor", "my_executor:Processes", *small, "--seeds", "0-1", "--epochs", "1"]
    assert run.main(words) == 0
    [folder] = (tmp_path / "results").iterdir()
    assert list(frame.load(folder)["status"]) == ["ok"] * 4


def test_a_metric_is_compared_and_shown(module) -> None:
    assert "Carbon" not in render_as("html", study_report(analysed(), {}))
    module("my_metric")
    for name in FORMATS:
        assert "arbon" in render_as(name, study_report(analysed(), {}))


def test_a_section_is_on_the_page(module) -> None:
    sections = module("my_section").MINE
    view = build_view(analysed(diverged=("noprop-dt", 64, 2, 3)), {}, sections=sections)
    assert view.sections[-1].items == (("Seeds", "3"),)


def test_a_format_is_written(module) -> None:
    module("my_format")
    text = render_as("text", study_report(analysed(), {}))
    assert text.splitlines()[0] == "A study"
    assert len(text.splitlines()) >= 3


BUDGET = """
from pathlib import Path
from bench import report, run
from bench.records import frame
words = ["--methods", "classifier", "--seeds", "0", "--batch-sizes", "128", "--device", "cpu"]
assert run.main(["--isolation", "none", "--budget", "loss=1.5", *words]) == 0
[folder] = Path("results").iterdir()
[row] = frame.load(folder).to_dict("records")
print(folder.name, row["budget"], row["ended_by"], row["validation_loss"] <= 1.5, sep="; ")
assert report.main([str(folder)]) == 0
"""


def test_a_budget_is_added_by_the_files_that_the_page_names(tmp_path) -> None:
    tree = tmp_path / "tree"
    for package in ("noprop_core", "bench", "reports"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tree / package, ignore=ignored)
    changes = example("diff", "--- a/bench/arguments.py")
    named = re.findall(r"^\+\+\+ b/(\S+)$", changes, re.MULTILINE)
    section = PAGE.partition("## A budget")[2]
    assert all(f"`{name}`" in section for name in named)
    subprocess.run(["git", "apply", "-"], cwd=tree, input=changes, text=True, check=True)
    done = subprocess.run(
        [sys.executable, "-c", BUDGET],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, page = done.stdout.splitlines()[-2:]
    assert first == "quick+loss=1.5; validation loss 1.5; loss; True"
    assert "validation loss 1.5" in (tmp_path / page).read_text(encoding="utf-8")
