"""Every method against its own parts."""

from collections.abc import Sequence

from reports.controls.estimates import ControlGain
from reports.display.numbers import PERCENT, POINTS
from reports.display.setting import condition_words
from reports.display.table import (
    BATCH_SIZE,
    DATASET,
    METHOD,
    SEEDS,
    TIMESTEPS,
    Cell,
    Column,
    Table,
    count_cell,
    estimate_cell,
    method_cell,
    timesteps_cell,
)
from reports.input.context import Context


def control_table(context: Context, controls: Sequence[ControlGain]) -> Table | None:
    """Every method against its own parts, or `None` where no control was run."""
    if not controls:
        return None
    several = len({row.setting.dataset for row in controls}) > 1
    rows = tuple(
        (
            *([Cell(row.setting.dataset)] if several else []),
            method_cell(row.method),
            count_cell(row.setting.batch_size),
            timesteps_cell(row.setting.timesteps),
            Cell(
                row.control, "" if context.one_condition else condition_words(row.setting.condition)
            ),
            estimate_cell(row.own, PERCENT),
            estimate_cell(row.alone, PERCENT),
            estimate_cell(row.gain, POINTS, signed=True),
            count_cell(row.gain.n),
        )
        for row in controls
    )
    return Table(
        caption="Test accuracy of the whole method, and of cheap parts of the same network",
        columns=(
            *([DATASET] if several else []),
            METHOD,
            BATCH_SIZE,
            TIMESTEPS,
            Column("Control", numeric=False),
            Column("Whole method", "%"),
            Column("Control", "%"),
            Column("Whole − control", "pp"),
            SEEDS,
        ),
        rows=rows,
        note="Paired within each run. Below zero, the part does better than the whole.",
    )
