"""The machines of a study, and how fast each was."""

from collections.abc import Sequence

from reports.display.numbers import NO_NUMBER
from reports.display.table import Cell, Column, Table, count_cell, number_cell
from reports.nodes.estimates import NodeTime


def node_table(nodes: Sequence[NodeTime]) -> Table | None:
    """Every machine, or `None` where there is one."""
    if not nodes:
        return None
    return Table(
        caption="Time by machine",
        columns=(
            Column("Machine", numeric=False),
            Column("Kind", numeric=False),
            Column("Runs"),
            Column("Finished"),
            Column("Time per epoch, over that on all machines", "ratio"),
            Column("Arms that several have"),
        ),
        rows=tuple(_row(node) for node in nodes),
    )


def _row(node: NodeTime) -> tuple[Cell, ...]:
    return (
        Cell(node.node),
        Cell(node.machine or NO_NUMBER),
        count_cell(node.runs),
        count_cell(node.finished),
        number_cell(node.ratio, 2),
        count_cell(node.settings),
    )
