"""Reports name nothing of this project: what lies outside is handed in."""

import re
from pathlib import Path

import pytest

import reports
from noprop_core import registry

ROOT = Path(reports.__file__).parent
FILES = sorted(path for path in ROOT.rglob("*") if path.suffix in {".py", ".j2", ".css", ".csv"})
OUTSIDE = re.compile(r"\bbench\b|\bnoprop|python -m (?!reports)|\bresults/")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_command_file_or_method_of_ours_is_named(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not OUTSIDE.search(text)
    named = [name for name in registry.built_in() if re.search(rf"[\"'`]{name}[\"'`]", text)]
    assert named == []
