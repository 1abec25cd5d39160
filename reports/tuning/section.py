"""The section on how the options were chosen."""

from collections.abc import Sequence

from reports.display.view import Section, present
from reports.input.context import Context
from reports.input.tuning import Tuning
from reports.tuning.estimates import TuningGain
from reports.tuning.figure import best_picture
from reports.tuning.table import budget_table, options_table
from reports.tuning.words import tuning_says


def tuning_section(context: Context, tuning: Tuning | None, gains: Sequence[TuningGain]) -> Section:
    """Show what was searched, what it took, and what it gained."""
    picture = best_picture(context, gains)
    return Section(
        "tuning",
        "How the options were chosen",
        paragraphs=(tuning_says(tuning),) if tuning is not None and gains else (),
        pictures=() if picture is None else (picture,),
        tables=present(budget_table(gains), options_table(gains)),
    )
