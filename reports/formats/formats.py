"""The formats a report can be written in, by name: one line each.

To add a format, write a function from a `reports.page.report.Report` to text in a file of its own,
and add its line to `FORMATS`. Nothing is imported before a format is written: a command line needs
the names alone.
"""

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


def render_as(name: str, report: "Report") -> str:
    """Write a report in the format called `name`, one of `FORMATS`."""
    return cast(str, resolve_name(FORMATS[name].writer)(report))
