"""What our methods declare of themselves, read from their source without importing it.

A method's module imports torch, which takes seconds; a list of what can be named needs three
literals of each class. `registry` has the classes themselves.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

METHODS = Path(__file__).parent / "methods"

ENTRY_POINT_GROUP = "noprop_bench.methods"
"""Where other packages offer methods of theirs."""


@dataclass(frozen=True)
class Declared:
    """A method by name, its title, and whether T matters to it."""

    name: str
    title: str
    uses_timesteps: bool


@cache
def declared() -> dict[str, Declared]:
    """Return what the methods of `noprop_core.methods` declare, by name."""
    found = (method for path in METHODS.glob("*.py") for method in _methods_in(path))
    return {method.name: method for method in sorted(found, key=lambda method: method.name)}


def names() -> list[str]:
    """Return every name of a method, ours and other packages'."""
    return sorted({*declared(), *entry_points(group=ENTRY_POINT_GROUP).names})


def without_variant(name: str) -> str:
    """Return `noprop-dt` for `noprop-dt/learned`; a name without a variant stays as it is."""
    return name.partition("/")[0]


def _methods_in(path: Path) -> Iterator[Declared]:
    """Yield the classes in the file that state all three; a method's config states none."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            literals = dict(_literals(node))
            if literals.keys() >= Declared.__annotations__.keys():
                yield Declared(**{name: literals[name] for name in Declared.__annotations__})


def _literals(node: ast.ClassDef) -> Iterator[tuple[str, Any]]:
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, statement.value.value
