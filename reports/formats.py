"""The formats a report can be written in, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reports.analysis import Analysis
from reports.latex import to_latex
from reports.machine import to_csv, to_json
from reports.markdown import to_markdown
from reports.page import render
from reports.rows import estimate_rows
from reports.view import MethodNote, build_view

SUFFIXES = {"html": ".html", "markdown": ".md", "latex": ".tex", "csv": ".csv", "json": ".json"}


def render_as(
    name: str,
    analysis: Analysis,
    environment: Mapping[str, str],
    methods: Sequence[MethodNote] = (),
) -> str:
    """Render the report in the format called `name`, one of `SUFFIXES`.

    html, markdown and latex show the same tables, rounded for reading; csv and json hold every
    estimate in full.  Only html has figures.
    """
    writers: dict[str, Callable[[], str]] = {
        "html": lambda: render(analysis, environment, methods),
        "markdown": lambda: to_markdown(build_view(analysis, environment, methods, figures=False)),
        "latex": lambda: to_latex(build_view(analysis, environment, methods, figures=False)),
        "csv": lambda: to_csv(estimate_rows(analysis)),
        "json": lambda: to_json(analysis, environment),
    }
    return writers[name]()
