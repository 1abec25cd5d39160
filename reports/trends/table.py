"""Rows for trends over T and batch size, and for interactions with the baseline."""

from collections.abc import Sequence

from reports.display.numbers import NO_NUMBER
from reports.display.setting import arm_words, place_cells, place_columns
from reports.display.table import (
    METHOD,
    Cell,
    Column,
    Table,
    change_cell,
    method_cell,
    p_cell,
)
from reports.display.words import confidence_words
from reports.input.context import Context
from reports.input.metrics import Metric
from reports.trends.estimates import Axis, Scaling

TREND_NOTE = (
    "One slope per seed, from the values at every level; the interval is that of their mean. "
    "All but accuracy: an exponent on log-log axes; 1 means that doubling doubles, 0 that it does "
    "not matter. Accuracy: percentage points per doubling. q: Benjamini-Hochberg over the trends "
    "of this metric, exploratory."
)
INTERACTION_NOTE = (
    "How the gap to the baseline changes: 0 means that it is the same at every level. Accuracy: "
    "percentage points per doubling; all others: difference of exponents, so that 0.1 means "
    "7 % more with each doubling. q: Benjamini-Hochberg, exploratory."
)


def trend_tables(context: Context, scalings: Sequence[Scaling]) -> tuple[Table, ...]:
    """One table of slopes per metric that has any."""
    return _tables(scalings, context, "{}: change over T and over batch size", TREND_NOTE)


def interaction_tables(context: Context, scalings: Sequence[Scaling]) -> tuple[Table, ...]:
    """One table of interactions per metric that has any."""
    caption = (
        f"{{}}: does the gap to {context.plan.baseline.replace('{', '{{').replace('}', '}}')} "
        "depend on T or batch size"
    )
    return _tables(scalings, context, caption, INTERACTION_NOTE)


def _tables(
    scalings: Sequence[Scaling], context: Context, caption: str, note: str
) -> tuple[Table, ...]:
    tables = []
    for metric in context.plan.measured:
        rows = [s for s in scalings if s.metric is metric]
        if rows:
            tables.append(_table(metric, rows, context, caption.format(metric.name), note))
    return tuple(tables)


def _table(
    metric: Metric, rows: Sequence[Scaling], context: Context, caption: str, note: str
) -> Table:
    unit = f"{metric.step} per doubling".strip() if metric.is_difference else "exponent"
    return Table(
        caption=caption,
        columns=(
            Column("Over", numeric=False),
            *place_columns(context),
            Column("Held fixed", numeric=False),
            METHOD,
            Column(f"Slope [{confidence_words(context)} interval]", unit),
            Column("Levels", numeric=False),
            Column("Seeds", "complete of all"),
            Column("p", "t"),
            Column("q", "Benjamini-Hochberg"),
            Column("p", "Page's trend"),
        ),
        rows=tuple(_row(s, context) for s in rows),
        note=note,
        folded=True,
    )


def _row(s: Scaling, context: Context) -> tuple[Cell, ...]:
    fixed = (
        arm_words(s.setting.batch_size, None) or NO_NUMBER
        if s.axis is Axis.TIMESTEPS
        else "no T"
        if s.setting.timesteps is None
        else f"T = {s.setting.timesteps}"
    )
    estimate = s.slope.estimate
    return (
        Cell(str(s.axis)),
        *place_cells(s.setting.place, context),
        Cell(fixed),
        method_cell(s.method),
        change_cell(estimate, no_spread="the same for all seeds"),
        Cell(", ".join(f"{level:g}" for level in s.slope.levels)),
        Cell(f"{estimate.n} of {s.seeds}"),
        p_cell(s.slope.p),
        p_cell(s.q),
        p_cell(s.slope.page_p),
    )
