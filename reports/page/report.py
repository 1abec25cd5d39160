"""What every format writes: a view, rows of estimates, and facts for machines."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports.display.border import NO_BORDER, Border
from reports.display.view import MethodNote, View
from reports.page.analysis import Analysis
from reports.page.build import build_view
from reports.page.data import Data
from reports.page.row import Row
from reports.page.rows import estimate_rows


@dataclass(frozen=True, slots=True)
class Report:
    """A report in parts, each made when a format asks for it.

    `view` is what is printed or drawn, `rows` are all estimates in full, `facts` what a format for
    machines tells besides the rows.
    """

    view: Callable[[], View]
    rows: Callable[[], Iterable[Row]]
    facts: Callable[[], Mapping[str, object]]
    border: Border = NO_BORDER


def study_report(
    analysis: Analysis,
    environment: Mapping[str, str],
    methods: Sequence[MethodNote] = (),
    data: Data | None = None,
    border: Border = NO_BORDER,
) -> Report:
    """Return a study's analysis as what every format can write.

    `environment` is printed as it is, name by value; `methods` fill the section "methods as run";
    `data` are frames that can be downloaded from the page.
    """
    plan = analysis.context.plan

    def view() -> View:
        return build_view(analysis, environment, methods, data, border)

    return Report(
        view=view,
        rows=lambda: estimate_rows(analysis),
        facts=lambda: {
            "plan": plan.model_dump() | {"margins": plan.all_margins, "defaulted": plan.defaulted},
            "targets": analysis.targets,
            "view": view(),
        },
        border=border,
    )
