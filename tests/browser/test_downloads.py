"""The data are in the page: every link holds a file, and a click saves exactly that."""

from __future__ import annotations

import base64
import gzip
import io
import re
from pathlib import Path

import pandas as pd
import pytest

LINKS = "section#data a[download]"
DATA_URL = re.compile(r"data:[\w/+.-]+(;charset=[\w-]+)?;base64,")


def content(href):
    head = DATA_URL.match(href)
    assert head, href[:80]
    return base64.b64decode(href[head.end() :], validate=True)


@pytest.fixture
def files(opened, full):
    """Return the links' content by name."""
    found = {}
    for link in opened(full).page.locator(LINKS).all():
        found[link.get_attribute("download")] = content(link.get_attribute("href"))
    return found


def frame_of(name, data):
    if name.endswith(".gz"):
        data = gzip.decompress(data)
    return pd.read_csv(io.BytesIO(data))


@pytest.mark.parametrize("name", ["runs", "epochs", "controls"])
def test_a_file_holds_every_row_and_column_of_its_frame(files, full, name):
    [(file, data)] = [(f, data) for f, data in files.items() if f.partition(".")[0] == name]
    frame = getattr(full.frames, name)
    read = frame_of(file, data)
    assert list(read.columns) == list(frame.columns)
    assert len(read) == len(frame)
    for column in ("cell", "method", "seed"):
        assert list(read[column]) == list(frame[column])
    numbers = "control_accuracy" if name == "controls" else "validation_accuracy"
    # As written, to the last digit.
    assert read[numbers].equals(frame[numbers].astype(float))


def test_every_file_is_a_table(files):
    assert len(files) >= 3
    for name, data in files.items():
        assert re.fullmatch(r"[\w-]+\.csv(\.gz)?", name)
        assert len(frame_of(name, data))


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
def test_a_click_saves_the_file(opened, full, files, javascript):
    page = opened(full, javascript=javascript).page
    for link in page.locator(LINKS).all():
        name = link.get_attribute("download")
        with page.expect_download() as waiting:
            link.click()
        assert waiting.value.suggested_filename == name
        assert Path(waiting.value.path()).read_bytes() == files[name]
