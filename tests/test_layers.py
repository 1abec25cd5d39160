"""Who may import whom, read from the imports: packages, their folders, and the files in those."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from noprop_core import __version__

ROOT = Path(__file__).parents[1]
PACKAGES = ("noprop_core", "bench", "reports")
MAY_IMPORT = {
    "noprop_core": {"noprop_core"},
    "reports": {"reports"},
    "bench": {"bench", "noprop_core"},
}
DECLARATIONS = ("reports.input.plan", "reports.input.metrics")
"""What a study takes over from the report: names and rules, which load neither pandas nor scipy."""
OUTPUT = "reports.files"
"""How files for others to read are written, by whichever package; imports the library alone."""
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
NOT_IN_REPORTS = {"torch", "time", "timeit"}
ONLY_WHERE_THE_PAGE_IS_WRITTEN = {"os", "pathlib", "tempfile", "shutil"}
NOT_IN_CORE = {"time", "timeit", "pytest", "json", "pandas", "scipy", "statsmodels"}

COMMANDS_WITH_REPORTS = {
    "report", "reporting", "report_files", "report_names", "projecting", "gallery_pages",
    "answering", "planning", "tuned_methods", "until_decided", "browser", "readme_block",
    "readme_reference", "readme_writing", "rerunning",
}  # fmt: skip
"""Modules of bench that may import all of reports: those that report, or ask for its verdicts."""
TOPICS = {
    "answer", "budgets", "changes", "claims", "comparisons", "controls", "curves", "gradients",
    "memory", "nodes", "pareto", "provenance", "published", "scaling", "settings", "standings",
    "trends", "tuning", "versions", "warnings",
}  # fmt: skip
"""Folders of reports with one question each."""
FLOORS: dict[str, tuple[set[str], ...]] = {
    "reports": (
        {"statistics", "files"}, {"input"}, {"display"}, TOPICS | {"drawing"},
        {"page"}, {"formats"}, {"tidy"},
    ),
    "bench": ({"study"}, {"records"}, {"measure"}, {"execute"}),
}  # fmt: skip
"""Folders of a package, the lowest first: an import goes to a lower floor.

Topics may import one another, in no circle. Single files beside the folders stand above them.
"""
BUILT_ON = {"changes": "comparisons", "answer": "comparisons", "budgets": "comparisons"}
"""A change compares two sets, the answer is over all settings, budgets are compared within each."""
PRESENTATION = {
    "words", "headlines", "rules", "table", "exploratory_table", "finished_table", "pooled_table",
    "pooled_words", "power", "figure", "section", "limits", "matrix", "look_words",
}  # fmt: skip
"""Files of a topic that show something; all others estimate."""


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_the_layers_below(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    allowed = set(MAY_IMPORT[package])
    found = set(imports_of(path))
    is_command = path.parent == ROOT / "bench" and path.stem in COMMANDS_WITH_REPORTS
    if is_command or path.parent == ROOT / "bench" / "publish":
        allowed.add("reports")
    if path.parent == ROOT / "bench" / "study":
        found = {name for name in found if not name.startswith(DECLARATIONS)}
    if package == "bench":
        found = {name for name in found if not name.startswith(OUTPUT)}
    ours = {name.partition(".")[0] for name in found} & {*PACKAGES, "tests"}
    assert ours <= allowed
    if package == "noprop_core":
        assert not {name.partition(".")[0] for name in imports_of(path)} & NOT_IN_CORE
    if package == "reports":
        tops = {name.partition(".")[0] for name in imports_of(path)}
        assert not tops & NOT_IN_REPORTS
        assert (
            path
            in {
                ROOT / "reports" / name
                for name in ("page/html.py", "files/output.py", "files/regular.py")
            }
            or not tops & ONLY_WHERE_THE_PAGE_IS_WRITTEN
        )


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in FILES}
IMPORTS = {
    name: {found for found in imports_of(path) if found in MODULES and found != name}
    for name, path in MODULES.items()
}


def assert_no_circle(graph: Mapping[str, set[str]]) -> None:
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"circle: {' -> '.join((*trail, name))}"
        if name not in done:
            for below in sorted(graph.get(name, ())):
                visit(below, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_imports_make_no_circle() -> None:
    assert_no_circle(IMPORTS)


def folder_of(name: str) -> str:
    """Return a module's folder within its package; empty for a file beside the folders."""
    package, *rest = MODULES[name].relative_to(ROOT).parts[:-1]
    assert package in PACKAGES
    return "/".join(rest)


def arrows(package: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield importer, its folder, imported, its folder, where those folders differ."""
    for name in (n for n in MODULES if n.partition(".")[0] == package):
        for found in (f for f in IMPORTS[name] if f.startswith(f"{package}.")):
            if folder_of(name) != folder_of(found):
                yield name, folder_of(name), found, folder_of(found)


@pytest.mark.parametrize("package", FLOORS)
def test_folders_import_downwards_and_in_no_circle(package: str) -> None:
    floor = {folder: i for i, folders in enumerate(FLOORS[package]) for folder in folders}
    folders = {folder_of(name) for name in MODULES if name.partition(".")[0] == package} - {""}
    graph: dict[str, set[str]] = {folder: set() for folder in folders}
    for name, above, found, below in arrows(package):
        if above in floor and below in floor:
            assert floor[below] <= floor[above], f"{name} imports {found}, which stands above it"
        assert below or above not in floor, f"{name} imports {found}, which stands above it"
        if above:
            graph[above].add(below)
    assert_no_circle(graph)


@pytest.mark.parametrize(
    "name",
    sorted(name for name in MODULES if name.startswith("reports.") and folder_of(name) in TOPICS),
)
def test_a_topic_estimates_or_shows(name: str) -> None:
    own, shows = folder_of(name), name.rpartition(".")[2] in PRESENTATION
    for found in IMPORTS[name]:
        folder, stem = folder_of(found), found.rpartition(".")[2]
        if shows:
            assert folder in {own, BUILT_ON.get(own), "display", "input", "statistics"}, found
        else:
            # A warning is one class that finds what is the matter and says it.
            words = {"display"} if own == "warnings" else set()
            assert folder in {"input", "statistics"} | TOPICS | words, found
            assert folder not in TOPICS or stem not in PRESENTATION, found


def test_only_the_page_and_its_formats_know_the_analysis() -> None:
    for name, found in IMPORTS.items():
        if name.startswith("reports.") and "reports.page.analysis" in found:
            assert folder_of(name) in {"page", "formats", "tidy"}, name


def test_what_a_study_takes_from_reports_imports_nothing_heavy() -> None:
    for name in DECLARATIONS:
        tops = {found.partition(".")[0] for found in imports_of(MODULES[name])}
        assert not tops & {"pandas", "numpy", "scipy", "torch"}, name
        assert IMPORTS[name] <= {n for n in MODULES if n.startswith("reports.input")}, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_one_room_with_a_name_of_its_own(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "common", "misc"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_every_package_is_listed_for_installation() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = {".".join(p.parent.relative_to(ROOT).parts) for p in FILES if p.name == "__init__.py"}
    assert set(settings["tool"]["setuptools"]["packages"]) == found


def test_the_reports_can_be_installed_by_themselves() -> None:
    whole, alone = (
        tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))
        for folder in ("", "reports")
    )
    setuptools = whole["tool"]["setuptools"]
    own = [name for name in setuptools["packages"] if name.partition(".")[0] == "reports"]
    assert alone["tool"]["setuptools"]["packages"] == own
    assert (
        alone["tool"]["setuptools"]["package-data"]["reports"]
        == (setuptools["package-data"]["reports"])
    )
    assert alone["project"]["version"] == __version__
    # What is imported anywhere is declared, and with the versions of the whole project.
    both = (alone["project"], whole["project"])
    needed, known = ({*p["dependencies"], *_extra(p, "plots")} for p in both)
    assert needed - {"pyarrow>=16"} <= known
    names = {re.split("[>=]", each)[0].replace("-", "_") for each in needed}
    tops = {n.partition(".")[0] for p in FILES if "reports" in p.parts for n in imports_of(p)}
    assert tops - {*sys.stdlib_module_names, "reports", "pydantic_core"} <= names


def _extra(project: Mapping[str, Any], name: str) -> list[str]:
    found: list[str] = project["optional-dependencies"][name]
    return found


def test_every_package_says_that_it_is_typed() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    data = settings["tool"]["setuptools"]["package-data"]
    for package in PACKAGES:
        assert "py.typed" in data[package]
        assert (ROOT / package / "py.typed").is_file()
