"""The section on several methods at once."""

from collections.abc import Sequence

from reports.display.border import Border
from reports.display.selection import Selection
from reports.display.table import Table
from reports.display.view import Section, present
from reports.input.context import Context
from reports.standings.estimates import Improvement, Ranking, Standing
from reports.standings.figure import can_draw_ranks, profile_pictures, rank_pictures
from reports.standings.table import improvement_table, ranking_tables, standing_table


def several_section(
    context: Context,
    standings: Sequence[Standing],
    improvements: Sequence[Improvement],
    rankings: Sequence[Ranking],
    pairs: Table | None,
    selection: Selection,
    border: Border,
) -> Section:
    """Several methods at once; `pairs` compares all of them two by two."""
    title = "Several methods at once"
    if len(context.methods) < 2:
        return Section("several", title)
    undrawn = not can_draw_ranks() and any(ranking.test for ranking in rankings)
    return Section(
        "several",
        title,
        paragraphs=(
            "The critical-difference diagram is left out because scikit-posthocs is not installed"
            + (f"; {border.plots} adds it." if border.plots else "."),
        )
        if undrawn
        else (),
        pictures=(*profile_pictures(context, standings, selection), *rank_pictures(rankings)),
        tables=present(
            standing_table(context, standings),
            improvement_table(context, improvements),
            *ranking_tables(context, rankings),
            pairs,
        ),
    )
