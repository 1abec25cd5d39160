"""A method from outside: by entry point, by path, through the contract tests, as documented."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import report
from noprop_core import registry

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tests" / "outside_package"
MODULE = PACKAGE / "src" / "outside_methods" / "random_features.py"
PATH = "outside_methods.random_features:RandomFeatures"
SMALL = ("--seeds", "0", "--batch-sizes", "128", "--epochs", "2", "--device", "cpu")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment in which the package is installed, by its own build back-end."""
    site = tmp_path_factory.mktemp("site")
    build = "import sys; from setuptools import build_meta as b; "
    build += "b.prepare_metadata_for_build_wheel(sys.argv[1])"
    source = tmp_path_factory.mktemp("source") / "package"
    # Building leaves traces in the folder: not in ours.
    source.mkdir()
    for path in (p for p in PACKAGE.rglob("*") if p.suffix in {".py", ".toml"}):
        copy = source / path.relative_to(PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    made = subprocess.run(
        [sys.executable, "-c", build, str(site)], cwd=source, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    assert next(site.glob("*.dist-info/entry_points.txt")).is_file()
    path = os.pathsep.join((str(site), str(source / "src"), str(ROOT)))
    return os.environ | {"PYTHONPATH": path}


def run(environment: dict[str, str], *words: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_installed_package_s_method_is_listed_and_runs_by_name(
    installed, tmp_path, monkeypatch, capsys
) -> None:
    assert f"random-features     from another package: {PATH}" in run(
        installed, "-m", "bench.run", "--list", cwd=tmp_path
    )
    names = "random-features,classifier"
    answer = run(installed, "-m", "bench.run", "--methods", names, *SMALL, cwd=tmp_path)
    assert "2 of 2 cells run" in answer
    for folder in installed["PYTHONPATH"].split(os.pathsep)[:2]:
        monkeypatch.syspath_prepend(folder)
    monkeypatch.chdir(tmp_path)
    assert report.main([]) == 0
    page, index = capsys.readouterr().out.splitlines()
    assert index == "results/index.html"
    html = (tmp_path / page).read_text("utf-8")
    assert "random-features" in html
    assert "Rahimi &amp; Recht 2008" in html


def test_the_contract_tests_take_it_in(installed) -> None:
    answer = run(
        installed, "-m", "pytest", "tests/noprop_core/test_contract.py", "-q", "-p",
        "no:cacheprovider", "-k", "random-features",
    )  # fmt: skip
    passed = re.search(r"(\d+) passed", answer)
    assert passed is not None
    assert int(passed[1]) >= 20


def test_a_class_is_found_by_its_path(monkeypatch) -> None:
    monkeypatch.syspath_prepend(PACKAGE / "src")
    assert registry.find(PATH).name == "random-features"
    assert registry.find(f"{PATH}/variant") is registry.find(PATH)
    assert registry.find(PATH).has_logits


def test_the_documented_example_is_this_one_and_short() -> None:
    page = (ROOT / "docs" / "add-a-method.md").read_text("utf-8")
    example = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert example == [MODULE.read_text("utf-8")]
    assert len(example[0].splitlines()) < 60
    (entry,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert entry in (PACKAGE / "pyproject.toml").read_text("utf-8")
