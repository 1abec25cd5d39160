"""Every figure of a report as files for a paper: SVG and PDF, and their captions."""

import re
from collections.abc import Collection, Iterator

from reports.display.charts import charts
from reports.display.names import unique
from reports.display.view import View
from reports.drawing.standalone import Files, chart_files, picture_files

NUMBER = re.compile(r"-\d+$")
CAPTIONS = "captions.md"


def figure_files(view: View, only: Collection[str] = ()) -> dict[str, bytes]:
    """Return the files by name, of the figures called `only` or of all.

    Needs matplotlib, see `reports.drawing.drawing.can_draw`. Names are those of what is shown, such
    as `accuracy-over-t.pdf`: an only one of its kind needs no number. `captions.md` has title, what
    it says and how to read it for each.
    """
    figures = list(_figures(view, only))
    files = {f"{f.name}.{suffix}": data for f in figures for suffix, data in _forms(f)}
    return files | ({CAPTIONS: _captions(figures)} if figures else {})


def _figures(view: View, only: Collection[str]) -> Iterator[Files]:
    yield from (chart_files(each) for each in charts(view) if not only or each.name in only)
    kinds = [NUMBER.sub("", picture.slug) for picture in view.pictures]
    names = [
        kind if kinds.count(kind) == 1 else picture.slug
        for kind, picture in zip(kinds, view.pictures, strict=True)
    ]
    for name, picture in zip(unique(names), view.pictures, strict=True):
        if not only or name in only:
            yield picture_files(picture, view.styles, name)


def _forms(figure: Files) -> tuple[tuple[str, bytes], ...]:
    return ("svg", figure.svg), ("pdf", figure.pdf)


def _captions(figures: list[Files]) -> bytes:
    parts = [f"## {f.name}\n\n{f.title}. {f.says} {f.how_to_read}\n" for f in figures]
    return "\n".join(parts).encode("utf-8", "backslashreplace")
