"""The section on what changes over T and batch size."""

from collections.abc import Sequence

from reports.display.selection import Selection
from reports.display.view import Section
from reports.input.context import Context
from reports.input.pairing import Means
from reports.trends.ends import Trend
from reports.trends.estimates import Scaling
from reports.trends.figure import trend_pictures
from reports.trends.table import interaction_tables, trend_tables


def trends_section(
    context: Context,
    means: Means,
    trends: Sequence[Trend],
    scalings: Sequence[Scaling],
    interactions: Sequence[Scaling],
    selection: Selection,
) -> Section:
    """Trends over T and batch size, and whether the gap to the baseline depends on them."""
    return Section(
        "trends",
        "Trends over T and batch size",
        pictures=trend_pictures(context, means, trends, selection),
        tables=(*trend_tables(context, scalings), *interaction_tables(context, interactions)),
    )
