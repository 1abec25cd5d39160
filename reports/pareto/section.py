"""The section on what accuracy costs."""

from collections.abc import Sequence

from reports.display.selection import Selection
from reports.display.view import Section, present
from reports.input.context import Context
from reports.input.pairing import Means
from reports.pareto.estimates import Front
from reports.pareto.figure import pareto_pictures
from reports.pareto.table import front_table


def pareto_section(
    context: Context, fronts: Sequence[Front], means: Means, selection: Selection
) -> Section:
    """Accuracy against time and memory."""
    return Section(
        "pareto",
        "Accuracy against time and memory",
        pictures=pareto_pictures(context, fronts, means, selection),
        tables=present(front_table(context, fronts)),
    )
