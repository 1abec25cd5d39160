"""reports stands alone: it imports no other part of the project, no clock, no torch."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import reports

ROOT = Path(reports.__file__).parent
FORBIDDEN = {"bench", "noprop_core", "torch", "time", "timeit"}
ONLY_IN_PAGE = {"os", "pathlib", "tempfile", "shutil"}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_keep_to_their_layer(path):
    names = set(imported(path))
    tops = {name.partition(".")[0] for name in names}
    assert not tops & FORBIDDEN
    assert path.name == "page.py" or not tops & ONLY_IN_PAGE
    if path.parent.name == "statistics":
        outside = {n for n in names if n.startswith("reports") and ".statistics" not in n}
        assert not outside
