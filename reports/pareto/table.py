"""The settings on a front, and those on it in some resamples."""

from collections.abc import Sequence

from reports.display.numbers import quantity_text
from reports.display.setting import setting_cells, setting_columns
from reports.display.table import (
    METHOD,
    Cell,
    Column,
    Table,
    method_cell,
    number_cell,
)
from reports.input.context import Context
from reports.pareto.estimates import Front


def front_table(context: Context, fronts: Sequence[Front]) -> Table | None:
    """Every setting that is on a front, or in at least one resample; `None` without fronts."""
    rows = [
        (front, point)
        for front in fronts
        for point in sorted(front.points, key=lambda p: (not p.on_front, -(p.share or 0.0)))
        if point.n and (point.on_front or point.share)
    ]
    if not rows:
        return None
    return Table(
        caption="Settings that no other beats in accuracy and cost at once",
        columns=(
            Column("Cost", numeric=False),
            *setting_columns(context),
            METHOD,
            Column(rows[0][0].accuracy.name, "%"),
            Column("Mean cost", "with unit"),
            Column("On the front", numeric=False),
            Column("On it in resamples", "%"),
            Column("Runs", "used of all"),
        ),
        folded=True,
        rows=tuple(
            (
                Cell(front.cost.name),
                *setting_cells(p.setting, context),
                method_cell(p.method),
                number_cell(p.accuracy, 2),
                Cell(quantity_text(p.cost or 0.0, context.unit(front.cost)), value=p.cost),
                Cell("yes" if p.on_front else "no"),
                number_cell(None if p.share is None else 100 * p.share, 0),
                Cell(f"{p.n} of {p.runs}"),
            )
            for front, p in rows
        ),
        note="Resamples draw seeds anew, the same for all methods. The share says how often the "
        "front would have looked so with these seeds; it is no probability, and too steady for few "
        "seeds. A front knows no margins: two settings that are nearly alike split the share, so a "
        "low one can mean a twin.",
    )
