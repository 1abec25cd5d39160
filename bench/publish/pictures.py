"""Figures of results beside docs/answer.md: PDF for papers, SVG for pages."""

from collections.abc import Sequence
from pathlib import Path

from bench.command import warn
from bench.publish.said import Said
from noprop_core.errors import UserError
from reports.drawing.drawing import can_draw
from reports.files.output import write_folder
from reports.page.figures import figure_files

FOLDER = Path("docs") / "answer"
FIGURES = ("answer", "accuracy-over-t", "memory-over-t", "gradient-norms")
"""Of all that a page has, those that the answer is read from."""


def figure_path(result: str, figure: str, suffix: str) -> Path:
    """Return where a result's figure is, from the clone's root."""
    return FOLDER / f"{result}-{figure}.{suffix}"


def write_pictures(said: Sequence[Said], root: Path) -> None:
    """Draw the figures of every result; without matplotlib say so, and leave those there are."""
    if said and not can_draw():
        warn('warning: figures stay as they are: pip install "noprop-bench[plots]"')
        return
    for each in said:
        files = figure_files(each.view, FIGURES)
        own = {
            figure_path(each.result.name, figure, suffix).name: files[f"{figure}.{suffix}"]
            for figure in FIGURES
            for suffix in ("svg", "pdf")
            if f"{figure}.{suffix}" in files
        }
        try:
            write_folder(own, root / FOLDER)
        except OSError as error:
            raise UserError(f"cannot write '{root / FOLDER}': {error}") from error
