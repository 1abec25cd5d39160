"""Memory in parts: a row per method and setting."""

from collections.abc import Sequence

from reports.display.setting import setting_cells, setting_columns
from reports.display.table import (
    METHOD,
    SEEDS,
    Column,
    Table,
    count_cell,
    method_cell,
    number_cell,
)
from reports.input.context import Context
from reports.memory.estimates import PARTS, MemoryParts


def memory_parts_table(context: Context, parts: Sequence[MemoryParts]) -> Table | None:
    """Every part of every method and setting, or `None` where none was measured."""
    if not parts:
        return None
    unit = context.memory_unit
    return Table(
        caption="What memory holds while training, mean over seeds",
        columns=(
            *setting_columns(context),
            METHOD,
            *(Column(words.capitalize(), unit.symbol) for words in PARTS.values()),
            SEEDS,
        ),
        rows=tuple(
            (
                *setting_cells(p.setting, context),
                method_cell(p.method),
                *(number_cell(p.bytes[part] / unit.size, 2) for part in PARTS),
                count_cell(p.n),
            )
            for p in parts
        ),
        folded=True,
        note="Peak memory is at most the sum of a row: not all of it is held at the same moment.",
    )
