"""What `--json` wrote, read back, and as Markdown: a table for `docs/speed.md`, and what limits."""

import textwrap
from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import BaseModel, ValidationError

from bench.records.record import Environment
from bench.speed.catalogue import MEASUREMENTS
from bench.speed.row import Goal, Row, counted, in_digits, repeated
from bench.speed.turns import Interval
from noprop_core.errors import InvalidSetting
from reports.files.regular import read_regular

LINE = 100
"""Characters of a line of text."""


class WrittenRow(BaseModel):
    """A row of the table, as `bench.speed.row.Row` has it."""

    name: str
    what: str
    figure: Interval
    rounds: int
    goal: dict[str, float] | None
    unit: str
    cpu: Interval | None
    note: str
    met: bool | None
    threads: int
    processes: int = 1
    """Files of before have none: all was measured in one."""

    @property
    def measurement(self) -> str:
        """The name of what it was measured with."""
        return self.name.partition("/")[0]

    def as_measured(self) -> Row:
        """Return the row that was written."""
        goal = next(
            (Goal(value, side == "at_least") for side, value in (self.goal or {}).items()), None
        )
        return Row(
            self.name,
            self.what,
            self.figure,
            self.rounds,
            goal,
            self.unit,
            self.cpu,
            self.note,
            self.processes,
        )


class Written(BaseModel):
    """A whole run of `python -m bench.speed`."""

    environment: Environment
    measured_on: str
    """ISO date."""
    load_average: list[float]
    rows: list[WrittenRow]

    def only(self, names: Collection[str]) -> "Written":
        """Return the rows of the measurements called `names`."""
        rows = [row for row in self.rows if row.measurement in names]
        return self.model_copy(update={"rows": rows})

    @property
    def exit_code(self) -> int:
        """0 if every goal is met, else 1."""
        return int(any(row.met is False for row in self.rows))


def read_written(path: Path) -> Written:
    """Read a file that `--json` wrote; raises `InvalidSetting`."""
    try:
        return Written.model_validate_json(read_regular(path))
    except OSError as error:
        raise InvalidSetting(f"--from: cannot read '{path}': {error.strerror or error}") from error
    except (ValidationError, ValueError) as error:
        raise InvalidSetting(
            f"--from: '{path}' is no file of this version's python -m bench.speed --json"
        ) from error


def markdown_of(written: Written) -> str:
    """Return where it was measured, every row, and what limits them."""
    return "\n\n".join(
        [_where(written), "\n".join(_table(written.rows)), "\n".join(_limits(written.rows))]
    )


def _where(written: Written) -> str:
    machine, loads = written.environment, written.load_average
    busy = f", load {loads[0]:g} before and at most {max(loads):g} after" if loads else ""
    goals = [row.met for row in written.rows if row.met is not None]
    missed = ", ".join(f"`{row.name}`" for row in written.rows if row.met is False)
    and_those = f"; not met: {missed}" if missed else ""
    return _filled(
        f"{written.measured_on}: {machine.kind_of_machine}"
        f"{f', {machine.cpu_capability}' if machine.cpu_capability else ''}, torch "
        f"{machine.torch}, commit {machine.code_version[:12]}{busy}. Of {len(goals)} goals "
        f"{sum(goals)} are met{and_those}. Medians over rounds, in brackets their 95 % interval by "
        f"order statistics (of five rounds or fewer the extremes).{_of_processes(written.rows)}"
    )


def _of_processes(rows: Collection[WrittenRow]) -> str:
    if all(row.processes == 1 for row in rows):
        return ""
    return (
        " Where it says processes, each was a fresh one: the median over processes of each one's "
        "median, and the interval over processes (of five or fewer the extremes)."
    )


def _table(rows: Collection[WrittenRow]) -> Iterator[str]:
    yield "| row | what | wall time | CPU time | goal | met |"
    yield "|---|---|---:|---:|---:|---|"
    for row in rows:
        cells = (
            f"`{row.name}`",
            f"{row.what}; {_often(row)}",
            _figure(row.figure, row.unit, row.as_measured().goal),
            _figure(row.cpu, row.unit) if row.cpu else "",
            _goal(row),
            {None: "", True: "yes", False: "**no**"}[row.met],
        )
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _limits(rows: Collection[WrittenRow]) -> Iterator[str]:
    """Yield what limits each measurement, and what it found out besides."""
    for name in dict.fromkeys(row.measurement for row in rows):
        known = MEASUREMENTS.get(name)
        notes = [
            f"{row.name.partition('/')[2]}: {row.note}" if "/" in row.name else row.note
            for row in rows
            if row.measurement == name and row.note
        ]
        said = [known.limits if known else "", *(note[:1].upper() + note[1:] for note in notes)]
        words = " ".join(f"{text.rstrip('.')}." for text in said if text)
        if words:
            yield _filled(f"- `{name}`: {words}", "  ")


def _figure(figure: Interval, unit: str, goal: Goal | None = None) -> str:
    median, low, high = in_digits(figure, unit, goal)
    return f"{median}{'' if unit == 'x' else f' {unit}'} [{low}, {high}]"


def _goal(row: WrittenRow) -> str:
    for side, sign in (("at_least", ">="), ("at_most", "<=")):
        if row.goal and side in row.goal:
            percent = row.unit == "%"
            value = row.goal[side] * (100 if percent else 1)
            return f"{sign} {value:g}{'' if row.unit == 'x' else f' {row.unit}'}"
    return ""


def _often(row: WrittenRow) -> str:
    return f"{repeated(row.rounds, row.processes)}, {counted(row.threads, 'thread')}"


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, LINE, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
