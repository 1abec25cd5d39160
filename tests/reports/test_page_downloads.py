"""Raw data in the page: the same numbers come out as went in, and what has no room is named."""

from __future__ import annotations

import base64
import gzip
import io

import numpy as np
import pandas as pd

from reports.downloads import MOST_BYTES, Source, csv_downloads


def read(download):
    kind, _, content = download.href.partition(",")
    data = base64.b64decode(content)
    assert kind.startswith("data:")
    return pd.read_csv(io.BytesIO(gzip.decompress(data) if download.name.endswith(".gz") else data))


def noise(rows, columns=("a", "b")):
    return pd.DataFrame(np.random.default_rng(0).normal(size=(rows, len(columns))), columns=columns)


def test_numbers_come_out_as_they_went_in():
    frame = pd.DataFrame({"name": ['a "b", c', "<d>"], "x": [0.1 + 0.2, np.nan], "n": [1, 2]})
    [download] = csv_downloads([Source("runs", "runs", frame, "elsewhere")])
    assert download.name == "runs.csv"
    pd.testing.assert_frame_equal(read(download), frame)
    assert (download.rows, download.columns) == (2, 3)


def test_a_large_frame_is_compressed_and_still_the_same():
    frame = noise(14_000, ("x",)).assign(y=1.5, text="a long text that is always the same")
    [download] = csv_downloads([Source("runs", "runs", frame, "elsewhere")])
    assert download.name == "runs.csv.gz"
    pd.testing.assert_frame_equal(read(download), frame)
    again = csv_downloads([Source("runs", "runs", frame, "elsewhere")])
    assert again == (download,)


def test_what_has_no_room_is_cut_to_its_core_or_named_without_content():
    wide = noise(30_000, ("a", "b", "c", "d")).assign(core=1)
    runs, epochs, empty = csv_downloads(
        [
            Source("runs", "runs", wide, "--export", core=("core",)),
            Source("epochs", "epochs", wide, "load_epochs"),
            Source("controls", "controls", wide[:3], "load_controls"),
        ]
    )
    assert list(read(runs).columns) == ["core"]
    assert runs.columns == 1
    assert (epochs.content, epochs.elsewhere) == (b"", "load_epochs")
    assert len(read(empty)) == 3
    assert sum(len(d.content) for d in (runs, epochs, empty)) <= MOST_BYTES


def test_an_empty_frame_is_no_file():
    assert csv_downloads([Source("controls", "", pd.DataFrame({"a": []}), "")]) == ()
