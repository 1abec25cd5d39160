"""Rows as a table for a terminal and as a document for a file."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import torch
from rich.table import Table

from bench.measure import environment
from bench.speed.row import Goal, Row, counted, in_digits, repeated
from bench.speed.turns import Interval
from noprop_core.words import printable


@dataclass
class Measured:
    """All rows of one run, with the machine they are of."""

    device: torch.device
    rows: list[Row] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    """Of torch, row by row."""
    loads: list[float] = field(default_factory=list)
    """The machine's load average over a minute: before the first measurement and after each."""

    def look_at_the_machine(self) -> None:
        """Note how busy it is."""
        if hasattr(os, "getloadavg"):
            self.loads.append(round(os.getloadavg()[0], 2))

    def add(self, row: Row, threads: int) -> None:
        """Take in one more row."""
        self.rows.append(row)
        self.threads.append(threads)

    @property
    def exit_code(self) -> int:
        """0 if every goal is met, else 1."""
        return int(any(row.met is False for row in self.rows))

    def document(self) -> str:
        """Return everything as JSON."""
        content = {
            "environment": environment.describe(
                str(self.device), torch.get_num_threads(), environment.code_in_use()
            ).model_dump(),
            "measured_on": datetime.now(UTC).date().isoformat(),
            "load_average": self.loads,
            "rows": [
                _as_data(row, threads) for row, threads in zip(self.rows, self.threads, strict=True)
            ],
        }
        return json.dumps(content, indent=2) + "\n"


def _as_data(row: Row, threads: int) -> Mapping[str, Any]:
    goal = row.goal and {"at_least" if row.goal.at_least else "at_most": row.goal.value}
    return asdict(row) | {"goal": goal, "met": row.met, "threads": threads}


def table_of(measured: Measured) -> Table:
    """Show every row: what was measured, the figure, and whether it is what it is to be."""
    loads = f", load {measured.loads[0]} to {measured.loads[-1]}" if measured.loads else ""
    table = Table(
        title=f"speed on {measured.device}{loads}",
        caption="medians over rounds, of several processes the median over their medians "
        "[95 % by order statistics; the extremes of five or fewer]; "
        "wall time, CPU time where it tells more on a busy machine",
    )
    table.add_column("name", no_wrap=True)
    table.add_column("what", ratio=1, min_width=30)
    for heading in ("wall", "CPU", "goal", "met"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row, threads in zip(measured.rows, measured.threads, strict=True):
        often = repeated(row.rounds, row.processes)
        about = f"{row.what}; {often}, {counted(threads, 'thread')}"
        table.add_row(
            row.name,
            printable(f"{about}; {row.note}" if row.note else about),
            _words(row.figure, row.unit, row.goal),
            _words(row.cpu, row.unit) if row.cpu else "",
            _goal(row.goal, row.unit),
            {None: "", True: "yes", False: "no"}[row.met],
        )
    return table


def _words(figure: Interval, unit: str, goal: Goal | None = None) -> str:
    median, low, high = in_digits(figure, unit, goal)
    return f"{median} {unit} \\[{low}, {high}]"


def _goal(goal: Goal | None, unit: str) -> str:
    if goal is None:
        return ""
    value = goal.value * 100 if unit == "%" else goal.value
    return f"{'>=' if goal.at_least else '<='} {value:g} {unit}"
