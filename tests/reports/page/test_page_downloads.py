"""Raw data in the page: the same numbers come out as went in, and what has no room is named."""

import base64
import gzip
import io

import numpy as np
import pandas as pd

from reports.display.downloads import (
    Source,
    csv_downloads,
)
from reports.display.limits import MOST_BYTES, MOST_CELLS


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
    vast = pd.DataFrame(np.zeros((MOST_CELLS // 2 + 1, 2)))
    runs, epochs, zeros, small = csv_downloads(
        [
            Source("runs", "runs", wide, "--export", core=("core",)),
            Source("epochs", "epochs", wide, "load_epochs"),
            Source("zeros", "what would fit, but is not tried", vast, "elsewhere"),
            Source("controls", "controls", wide[:3], "load_controls"),
        ]
    )
    assert list(read(runs).columns) == ["core"]
    assert runs.columns == 1
    assert (epochs.content, epochs.elsewhere) == (b"", "load_epochs")
    assert (zeros.content, zeros.rows) == (b"", len(vast))
    assert len(read(small)) == 3
    assert sum(len(d.content) for d in (runs, epochs, small)) <= MOST_BYTES


def test_a_file_that_fits_only_compressed_is_compressed():
    same = pd.DataFrame({"x": ["the same long text"] * 9_000})
    sources = [Source(str(i), "", same, "") for i in range(5)]
    downloads = csv_downloads(sources)
    assert all(d.content for d in downloads)
    assert [d.name.endswith(".gz") for d in downloads] == [False, False, False, True, True]
    assert all(len(read(d)) == 9_000 for d in downloads)


def test_an_empty_frame_is_no_file():
    assert csv_downloads([Source("controls", "", pd.DataFrame({"a": []}), "")]) == ()
