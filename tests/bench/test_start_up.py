"""Help, a list and a slip of the finger are answered without importing what takes seconds."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bench.listing import number_of_runs
from bench.siblings import let_libraries_come_first
from bench.speed.start_up import ANSWERS
from bench.study.cells import expand
from bench.study.loading import load_study
from bench.study.named import named_studies
from noprop_core import registry
from noprop_core.declared import declared

ROOT = Path(__file__).parents[2]
TAKE_SECONDS = {"torch", "torchvision", "pandas", "numpy", "scipy", "sklearn", "matplotlib", "rich"}


@pytest.mark.parametrize(("words", "code"), ANSWERS.items())
def test_an_answer_that_needs_no_training_imports_nothing_for_it(words, code):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", *words.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert {"argparse", "bench.command"} <= imported
    assert not {name.partition(".")[0] for name in imported} & TAKE_SECONDS


def test_a_package_of_ours_imports_nothing_by_itself():
    for path in [
        p for name in ("noprop_core", "bench") for p in (ROOT / name).rglob("__init__.py")
    ]:
        assert "import " not in path.read_text("utf-8"), path


def test_what_is_read_of_a_method_s_source_is_what_its_class_declares():
    ours = registry.built_in()
    assert list(declared()) == list(ours)
    for name, method in declared().items():
        assert method.title == ours[name].title
        assert method.uses_timesteps is ours[name].uses_timesteps


@pytest.mark.parametrize("name", named_studies())
def test_the_listed_number_of_runs_is_that_of_the_study_s_cells(command, name):
    runs = len(expand(load_study(name), "cpu"))
    assert number_of_runs(tomllib.loads(named_studies()[name].read_text("utf-8"))) == runs
    assert f"({runs} runs)" in next(
        line for line in command("--list").out.splitlines() if line.startswith(f"  {name} ")
    )


def test_files_of_the_current_folder_that_are_called_as_a_library_s_are_in_nobody_s_way(tmp_path):
    for name in ("torch", "random", "logging", "json", "reports", "noprop_core"):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('{name} of the current folder')")
    done = subprocess.run(
        [sys.executable, "-m", "bench.run", "--list"], cwd=tmp_path, check=False,
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "quick" in done.stdout


@pytest.mark.parametrize(
    ("module", "path"),
    [
        ("bench.run", ["lib", "here"]),
        ("bench.__main__", ["lib", "here"]),
        ("pytest.__main__", ["here", "lib"]),
        ("benchmark", ["here", "lib"]),
        ("", ["here", "lib"]),
    ],
)
def test_the_current_folder_comes_last_for_our_commands_alone(module, path):
    found = ["here", "lib"]
    let_libraries_come_first(found, "here", module)
    assert found == path
    let_libraries_come_first(found, "elsewhere", module)
    assert found == path


def test_a_clone_goes_before_an_installed_version():
    found = [str(ROOT), "lib"]
    let_libraries_come_first(found, str(ROOT), "bench.run")
    assert found == [str(ROOT), "lib"]
