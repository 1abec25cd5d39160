"""The section with the raw data inside the page."""

from collections.abc import Mapping

import pandas as pd

from reports.display.border import Border
from reports.display.downloads import Source, csv_downloads
from reports.display.view import Section
from reports.input.runs import RUN_COLUMNS
from reports.page.analysis import Analysis
from reports.page.rows import estimates_frame

Data = Mapping[str, pd.DataFrame]
"""Raw frames by name: runs, epochs, controls, gradients."""

FILES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "runs": ("one row per run, as measured", RUN_COLUMNS),
    "estimates": ("one row per estimate on this page", ()),
    "controls": ("one row per run and part of the network tested by itself", ()),
    "epochs": ("one row per run and epoch", ()),
    "gradients": ("one row per run, epoch and block: the norm of its gradient", ()),
}
"""What can be downloaded, in order, with the columns that must do in little room."""


def data_section(analysis: Analysis, data: Data, border: Border) -> Section:
    """Frames to download; nothing where there are none."""
    if not data:
        return Section("data", "")
    frames = dict(data) | {"estimates": estimates_frame(analysis)}
    return Section(
        "data",
        "Raw data",
        paragraphs=(f"The files are inside this page. {border.columns}".strip(),),
        downloads=csv_downloads(
            [
                Source(
                    name,
                    what,
                    frames[name],
                    border.frames.get(name, ""),
                    tuple(column for column in core if column in frames[name]),
                )
                for name, (what, core) in FILES.items()
                if name in frames
            ]
        ),
    )
