"""What was run where, and which runs did not finish."""

from collections.abc import Mapping, Sequence

from reports.display.numbers import NO_NUMBER
from reports.display.table import (
    BATCH_SIZE,
    DATASET,
    METHOD,
    TIMESTEPS,
    Cell,
    Column,
    Table,
    count_cell,
    method_cell,
    timesteps_cell,
)
from reports.input.runs import Run


def failure_table(failures: Sequence[Run], *, budgets: bool) -> Table | None:
    """Every run that did not finish, with its budget if asked for, or `None` where all did."""
    if not failures:
        return None
    return Table(
        caption="Runs that did not finish",
        columns=(
            DATASET,
            BATCH_SIZE,
            TIMESTEPS,
            METHOD,
            *((Column("Budget", numeric=False),) if budgets else ()),
            Column("Seed", "number"),
            Column("Status", numeric=False),
            Column("Why", numeric=False),
        ),
        rows=tuple(_failure_row(run, budgets=budgets) for run in failures),
    )


def environment_table(environment: Mapping[str, str]) -> Table:
    """Where the runs were made."""
    return Table(
        caption="Machine and versions",
        columns=(Column("What", numeric=False), Column("Value", numeric=False)),
        rows=tuple((Cell(name), Cell(value or NO_NUMBER)) for name, value in environment.items()),
    )


def _failure_row(run: Run, *, budgets: bool) -> tuple[Cell, ...]:
    return (
        Cell(run.dataset),
        count_cell(run.batch_size),
        timesteps_cell(run.timesteps),
        method_cell(run.method),
        *((Cell(run.condition.budget),) if budgets else ()),
        count_cell(run.seed),
        Cell(run.status),
        Cell(run.failure or NO_NUMBER),
    )
