"""The section with every setting's means."""

from collections.abc import Sequence

from reports.display.selection import Selection
from reports.display.view import Section, present
from reports.input.context import Context
from reports.input.targets import Target
from reports.settings.estimates import GroupSummary
from reports.settings.table import further_table, main_table


def results_section(
    context: Context,
    summaries: Sequence[GroupSummary],
    targets: Sequence[Target],
    selection: Selection,
) -> Section:
    """Results by setting."""
    return Section(
        "results",
        "Results by setting",
        tables=present(
            main_table(context, summaries, targets, selection.methods),
            further_table(context, summaries),
        ),
    )
