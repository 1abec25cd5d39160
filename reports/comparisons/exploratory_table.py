"""Rows for all pairs of methods: exploratory, and labelled as such."""

from collections.abc import Sequence

from reports.comparisons.exploratory import ExploratoryPair
from reports.display.facet import Facet
from reports.display.numbers import effect_text
from reports.display.setting import setting_cells, setting_columns
from reports.display.table import (
    PAIRS,
    Cell,
    Column,
    Table,
    count_cell,
    method_cell,
    p_cell,
)
from reports.input.context import Context


def exploratory_table(context: Context, pairs: Sequence[ExploratoryPair]) -> Table | None:
    """All pairs of methods in the primary metric, or `None` for fewer than three methods."""
    if not pairs:
        return None
    metric = context.plan.primary
    return Table(
        caption=f"Exploratory: {metric.name.lower()} of all pairs of methods",
        columns=(
            *setting_columns(context),
            Column("Better on average", numeric=False, facet=Facet.METHOD),
            Column("Compared with", numeric=False),
            Column("Effect", metric.step if metric.is_difference else "ratio"),
            PAIRS,
            Column("p", "unadjusted"),
            Column("q", "Benjamini-Hochberg"),
        ),
        rows=tuple(_pair_row(p, context) for p in pairs),
        note="Not declared beforehand: these rows suggest what to study next and support no claim. "
        "Of the rows with q below 0.05, about 5 % may be false alarms.",
        folded=True,
    )


def _pair_row(pair: ExploratoryPair, context: Context) -> tuple[Cell, ...]:
    c = pair.comparison
    effect, interval = effect_text(c.paired, c.metric.step)
    return (
        *setting_cells(c.setting, context),
        method_cell(c.candidate),
        method_cell(c.baseline),
        Cell(effect, interval, value=c.paired.effect.point),
        count_cell(c.n),
        p_cell(c.paired.tests.p if c.paired.tests else None),
        p_cell(pair.q),
    )
