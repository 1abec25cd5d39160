"""The formats a report can be written in, by name."""

from collections.abc import Callable, Mapping, Sequence

from reports.display.view import MethodNote, View
from reports.formats.latex import to_latex
from reports.formats.machine import to_csv, to_json
from reports.formats.markdown import to_markdown
from reports.page.analysis import Analysis
from reports.page.build import build_view
from reports.page.data import Data
from reports.page.html import render_view
from reports.page.rows import estimate_rows


def render_as(
    name: str,
    analysis: Analysis,
    environment: Mapping[str, str],
    methods: Sequence[MethodNote] = (),
    data: Data | None = None,
) -> str:
    """Render the report in the format called `name`, one of `suffixes.SUFFIXES`.

    html, markdown, latex and json show the same view; only html draws its figures, and json has
    what they draw.  csv and json hold every estimate in full.
    """

    def view() -> View:
        return build_view(analysis, environment, methods, data)

    writers: dict[str, Callable[[], str]] = {
        "html": lambda: render_view(view()),
        "markdown": lambda: to_markdown(view()),
        "latex": lambda: to_latex(view()),
        "csv": lambda: to_csv(estimate_rows(analysis)),
        "json": lambda: to_json(analysis, view()),
    }
    return writers[name]()
