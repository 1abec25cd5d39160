"""The files of a report: one page, a folder of tables, and figures for a paper."""

from collections.abc import Callable
from pathlib import Path

from noprop_core.errors import InvalidSetting, UserError
from reports.drawing.drawing import can_draw
from reports.files.output import write_folder, write_whole
from reports.formats.formats import FOLDERS, FORMATS, render_as, render_files
from reports.page.figures import figure_files
from reports.page.report import Report


def default_output(folder: Path, stem: str, name: str) -> Path:
    """Return where a report of `folder` in the format called `name` goes unasked."""
    return folder / f"{stem}{(FORMATS | FOLDERS)[name].suffix}"


def save_report(report: Report, name: str, path: Path) -> None:
    """Write a report in the format called `name` to the file or folder `path`."""
    if name in FOLDERS:
        _written(path, lambda: write_folder(render_files(name, report), path))
    else:
        save(render_as(name, report), path)


def save_figures(report: Report, folder: Path) -> None:
    """Write every figure of a report into `folder`; raises `InvalidSetting` without matplotlib."""
    must_draw()
    _written(folder, lambda: write_folder(figure_files(report.view()), folder))


def must_draw() -> None:
    """Raise `InvalidSetting` where figures cannot be drawn: one library draws SVG and PDF."""
    if not can_draw():
        raise InvalidSetting('--figures needs matplotlib: pip install "noprop-bench[plots]"')


def save(text: str, path: Path) -> None:
    """Write `text` whole or not at all; raises `UserError` where that cannot be."""
    _written(path, lambda: write_whole(text, path))


def _written(path: Path, write: Callable[[], None]) -> None:
    try:
        write()
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror or error}") from error
