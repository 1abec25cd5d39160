"""The layers of the house: who may import whom, and no file that is no room."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("noprop_core", "bench", "reports")
MAY_IMPORT = {
    "noprop_core": {"noprop_core"},
    "reports": {"reports"},
    "bench": {"bench", "noprop_core"},
}
DECLARATIONS = ("reports.input.plan", "reports.input.metrics")
"""What a study takes over from the report: names and rules, which load neither pandas nor scipy."""
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
NOT_IN_REPORTS = {"torch", "time", "timeit"}
ONLY_WHERE_THE_PAGE_IS_WRITTEN = {"os", "pathlib", "tempfile", "shutil"}
NOT_IN_CORE = {"time", "timeit", "pytest", "json", "pandas", "scipy", "statsmodels"}


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
    if path.parent == ROOT / "bench" and path.stem in {"report", "reporting"}:
        allowed.add("reports")
    names = set(imports_of(path))
    if path == ROOT / "bench" / "study" / "study.py":
        names = {name for name in names if not name.startswith(DECLARATIONS)}
    ours = {name.partition(".")[0] for name in names} & {*PACKAGES, "tests"}
    assert ours <= allowed
    if package == "noprop_core":
        assert not {name.partition(".")[0] for name in imports_of(path)} & NOT_IN_CORE
    if package == "reports":
        tops = {name.partition(".")[0] for name in imports_of(path)}
        assert not tops & NOT_IN_REPORTS
        assert (
            path == ROOT / "reports" / "page" / "html.py"
            or not tops & ONLY_WHERE_THE_PAGE_IS_WRITTEN
        )


def test_statistics_import_nothing_else_of_the_project() -> None:
    for path in (ROOT / "reports" / "statistics").glob("*.py"):
        ours = {n for n in imports_of(path) if n.partition(".")[0] in PACKAGES}
        assert all(name.startswith("reports.statistics") for name in ours), path


def test_imports_make_no_circle() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in FILES
    }
    graph = {
        name: {found for found in imports_of(path) if found in modules and found != name}
        for name, path in modules.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"circle: {' -> '.join((*trail, name))}"
        if name not in done:
            for below in sorted(graph[name]):
                visit(below, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_one_room_with_a_name_of_its_own(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "common", "misc"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_every_package_is_listed_for_installation() -> None:
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = {".".join(p.parent.relative_to(ROOT).parts) for p in FILES if p.name == "__init__.py"}
    assert set(settings["tool"]["setuptools"]["packages"]) == found
