"""A typed view into one self-contained HTML file."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from reports.display.border import NO_BORDER, Border
from reports.display.facet import Facets
from reports.display.forest import MIDDLE
from reports.display.table import shortened
from reports.display.view import MethodNote
from reports.drawing.drawing import can_draw, draw
from reports.drawing.svg import with_shared_styles
from reports.drawing.swatch import shape
from reports.drawing.theme import theme, variable
from reports.files.output import write_whole
from reports.page.analysis import Analysis
from reports.page.collection import collection_paused
from reports.page.data import Data
from reports.page.filters import filters, numbered, row_attributes, written
from reports.page.interaction import keyed_columns, page_script, sort_key
from reports.page.phone import layouts, names, quoted
from reports.page.report import Report, study_report
from reports.page.templating import template_environment


def render(
    analysis: Analysis,
    environment: Mapping[str, str],
    methods: Sequence[MethodNote] = (),
    data: Data | None = None,
    border: Border = NO_BORDER,
) -> str:
    """Return a study's report as HTML; the arguments are those of `study_report`."""
    return to_html(study_report(analysis, environment, methods, data, border))


@collection_paused()
def to_html(report: Report) -> str:
    """Write a report as one page that loads nothing from anywhere.

    Without matplotlib the figures are replaced by a line that says so; without itables the tables
    do not sort.
    """
    view = report.view()
    templates = template_environment()
    found = filters(view.tables, view.joint)
    by_slug = {each.slug: each for each in found}
    in_lines = layouts(view.tables)
    templates.globals.update(
        row_attributes=lambda columns, row: row_attributes(columns, row, by_slug),
        keyed_columns=keyed_columns,
        shortened=shortened,
        sort_key=sort_key,
        layout=lambda table: in_lines.get(names(table), ""),
        quoted=quoted,
        middle=MIDDLE,
        chips={method: i for i, method in enumerate(view.styles)},
        variables={method: variable(style.light) for method, style in view.styles.items()},
        shapes={method: shape(style) for method, style in view.styles.items()},
    )

    def attributes(facets: Facets) -> Mapping[str, str]:
        return numbered(facets, by_slug)

    templates.globals["attributes"] = lambda facets: written(attributes(facets))
    drawings, drawn_styles = with_shared_styles(
        {p.slug: draw(p, view.styles, attributes) for p in view.pictures} if can_draw() else {}
    )
    return templates.get_template("report.html.j2").render(
        view=view,
        border=report.border,
        filters=found,
        layouts=in_lines,
        theme=theme(view.styles.values()),
        drawings=drawings,
        drawn_styles=drawn_styles,
        script=page_script() if view.tables or view.pictures else None,
    )


def write(html: str, path: str | os.PathLike[str]) -> Path:
    """Write the page to `path` whole or not at all, and return the path.

    An interrupted write leaves the old page, a device stays one: see `reports.files.output`.
    Folders are made; `OSError` is passed on.
    """
    write_whole(html, Path(path))
    return Path(path)
