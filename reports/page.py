"""A typed view into one self-contained HTML file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.analysis import Analysis
from reports.view import MethodNote, View, build_view

__all__ = ["MethodNote", "render", "render_view", "write"]


def render(
    analysis: Analysis, environment: Mapping[str, str], methods: Sequence[MethodNote] = ()
) -> str:
    """Render the report as HTML: no script, nothing loaded from anywhere.

    `environment` is printed as it is, name by value; `methods` fill the section "methods as
    run".  Without matplotlib and seaborn the figures are replaced by a line that says so.
    """
    return render_view(build_view(analysis, environment, methods))


def render_view(view: View) -> str:
    """Render any view as one self-contained page."""
    templates = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("report.html.j2").render(view=view)


def write(html: str, path: str | os.PathLike[str]) -> Path:
    """Write the page to `path` whole or not at all, and return the path.

    The text goes to a temporary file in the same folder, which then takes the name; an
    interrupted write leaves the old page.  Folders are made; `OSError` is passed on.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(html)
        # mkstemp makes the file private; a report is meant to be read by others.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target
