"""The section with the raw data inside the page."""

from collections.abc import Mapping

import pandas as pd

from reports.display.downloads import Source, csv_downloads
from reports.display.view import Section
from reports.input.runs import RUN_COLUMNS
from reports.page.analysis import Analysis
from reports.page.rows import estimates_frame

Data = Mapping[str, pd.DataFrame]
"""Raw frames by name: runs, epochs, controls."""


def data_section(analysis: Analysis, data: Data) -> Section:
    """Frames to download; nothing where there are none."""
    if not data:
        return Section("data", "")
    frame_of = "bench.frame.{}(folder)"
    known = {
        "runs": ("one row per run, as measured", "python -m bench.run --export", RUN_COLUMNS),
        "epochs": ("one row per run and epoch", frame_of.format("load_epochs"), ()),
        "controls": (
            "one row per run and part of the network tested by itself",
            frame_of.format("load_controls"),
            (),
        ),
    }
    estimates = Source(
        "estimates",
        "one row per estimate on this page",
        estimates_frame(analysis),
        "python -m bench.report --format csv",
    )
    raw = {
        name: Source(name, what, data[name], elsewhere, core)
        for name, (what, elsewhere, core) in known.items()
        if name in data
    }
    order = [raw.get("runs"), estimates, raw.get("controls"), raw.get("epochs")]
    return Section(
        "data",
        "Raw data",
        paragraphs=(
            "The files are inside this page. Column names are explained in "
            "bench/records/columns.py and reports/page/rows.py of the project.",
        ),
        downloads=csv_downloads([source for source in order if source is not None]),
    )
