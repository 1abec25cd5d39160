"""The raw data inside the page: frames as CSV, compressed where they are large."""

import base64
import gzip
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from reports.display.limits import LARGEST_PLAIN, MOST_BYTES, MOST_CELLS
from reports.files.spreadsheets import as_text


@dataclass(frozen=True, slots=True)
class Download:
    """A file in the page: its name, what it holds, its rows and columns, and its content.

    Without content: it had no room, and `elsewhere` says where to get it.
    """

    name: str
    what: str
    rows: int
    columns: int
    content: bytes
    elsewhere: str = ""

    @property
    def href(self) -> str:
        """The file as a link that needs no network."""
        kind = "application/gzip" if self.name.endswith(".gz") else "text/csv;charset=utf-8"
        return f"data:{kind};base64,{base64.b64encode(self.content).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Source:
    """A frame to download: file name without ending, what it holds, where else it can be had.

    `core` are the columns that must do where there is no room for all.
    """

    name: str
    what: str
    frame: pd.DataFrame
    elsewhere: str
    core: tuple[str, ...] = ()


def csv_downloads(sources: Sequence[Source]) -> tuple[Download, ...]:
    """Turn frames into downloads, in their order as long as there is room; none of an empty one."""
    room = MOST_BYTES
    downloads = []
    for source in sources:
        if source.frame.empty:
            continue
        frames = [source.frame, *([source.frame[list(source.core)]] if source.core else [])]
        tried = (_download(source, f, room) for f in frames if f.size <= MOST_CELLS)
        fitting = next((d for d in tried if len(d.content) <= room), None)
        room -= len(fitting.content) if fitting else 0
        downloads.append(fitting or _left_out(source))
    return tuple(downloads)


def _left_out(source: Source) -> Download:
    rows, columns = source.frame.shape
    return Download(f"{source.name}.csv", source.what, rows, columns, b"", source.elsewhere)


def _download(source: Source, frame: pd.DataFrame, room: int) -> Download:
    text = as_text(frame).to_csv(index=False, lineterminator="\n").encode(errors="backslashreplace")
    is_large = len(text) > min(LARGEST_PLAIN, room)
    return Download(
        name=f"{source.name}.csv.gz" if is_large else f"{source.name}.csv",
        what=source.what,
        rows=len(frame),
        columns=len(frame.columns),
        # Without a time, so that the same data give the same bytes.
        content=gzip.compress(text, mtime=0) if is_large else text,
    )
