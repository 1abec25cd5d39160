"""The tiny study, published once."""

import shutil
from pathlib import Path

import pytest

from bench.publish import __main__ as publish


@pytest.fixture(scope="session")
def published_once(finished, tmp_path_factory) -> Path:
    """Return a clone with the tiny study's result; nobody may write there."""
    base = tmp_path_factory.mktemp("published")
    shutil.copytree(finished.store.folder, base / "tiny")
    (base / "clone").mkdir()
    words = [str(base / "tiny"), "--as", "first", "--root", str(base / "clone")]
    assert publish.main(words) == 0
    return base / "clone"


@pytest.fixture
def clone(tmp_path) -> Path:
    """Return an empty clone."""
    root = tmp_path / "clone"
    root.mkdir()
    return root


@pytest.fixture
def tiny_result(published_once, clone) -> Path:
    """Return the folder of the tiny study's result, in a clone of its own."""
    shutil.copytree(published_once, clone, dirs_exist_ok=True)
    return clone / "docs" / "results" / "first"


@pytest.fixture
def no_drawing(monkeypatch) -> None:
    """Let figures stay as they are: drawing takes seconds, and `published_once` has drawn."""
    monkeypatch.setattr("bench.publish.command.write_pictures", lambda said, root: None)
