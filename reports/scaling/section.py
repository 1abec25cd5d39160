"""The section on runs that were divided over processes."""

from collections.abc import Sequence

from reports.display.view import Section, present
from reports.input.context import Context
from reports.scaling.estimates import DividedArm
from reports.scaling.table import scaling_table


def scaling_section(context: Context, arms: Sequence[DividedArm]) -> Section:
    """Show what dividing gains and costs."""
    return Section(
        "scaling", "One run over several processes", tables=present(scaling_table(context, arms))
    )
