"""The section on the same runs under several releases of torch."""

from collections.abc import Sequence

from reports.display.view import Section, present
from reports.input.context import Context
from reports.versions.estimates import Change
from reports.versions.table import versions_say, versions_table


def versions_section(context: Context, changes: Sequence[Change]) -> Section:
    """Show what changed between releases."""
    alpha = context.plan.alpha
    return Section(
        "versions",
        "Across releases of torch",
        paragraphs=(versions_say(changes, alpha),),
        tables=present(versions_table(context, changes)),
    )
