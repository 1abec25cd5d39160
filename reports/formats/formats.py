"""The formats a report can be written in, by name: one line each.

To add a format, write a function from a `reports.page.report.Report` to text in a file of its own,
and add its line to `FORMATS`. Nothing is imported before a format is written: a command line needs
the names alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from reports.page.report import Report


@dataclass(frozen=True, slots=True)
class Format:
    """How a format's files end, and what writes it: `module:function`."""

    suffix: str
    writer: str


FORMATS: dict[str, Format] = {
    "html": Format(".html", "reports.page.html:to_html"),
    "markdown": Format(".md", "reports.formats.markdown:to_markdown"),
    "latex": Format(".tex", "reports.formats.latex:to_latex"),
    "csv": Format(".csv", "reports.formats.machine:to_csv"),
    "json": Format(".json", "reports.formats.machine:to_json"),
}
"""html, markdown, latex and json show the same view; only html draws its figures, and json has what
they draw. csv and json hold every estimate in full."""

FOLDERS: dict[str, Format] = {
    "latex-tables": Format("-tables", "reports.formats.latex_tables:to_tables"),
}
"""What is a folder of files: one LaTeX table each."""


def render_as(name: str, report: "Report") -> str:
    """Write a report in the format called `name`, one of `FORMATS`."""
    return cast(str, resolve_name(FORMATS[name].writer)(report))


def render_files(name: str, report: "Report") -> Mapping[str, bytes]:
    """Write a report in the format called `name`, one of `FOLDERS`: contents by file name."""
    return cast(Mapping[str, bytes], resolve_name(FOLDERS[name].writer)(report))
