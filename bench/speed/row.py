"""A row of the table: one measured figure, its interval, and what it is to be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.speed.turns import Interval, Turns, interval

MOST_DIGITS = 6
"""Behind the point."""


@dataclass(frozen=True)
class Goal:
    """A bound that the figure is to keep."""

    value: float
    at_least: bool = True

    def met_by(self, figure: float) -> bool:
        """Return whether `figure` keeps the bound."""
        return figure >= self.value if self.at_least else figure <= self.value


@dataclass(frozen=True)
class Row:
    """One figure with its interval; `goal` is None where none was set."""

    name: str
    what: str
    figure: Interval
    """In `unit`, of wall time unless `what` says otherwise."""
    rounds: int
    goal: Goal | None = None
    unit: str = "x"
    """"x": a ratio; "%": a share, 1 being all of it; "s": seconds."""
    cpu: Interval | None = None
    """The same of CPU time, which others' work disturbs less; None where it says nothing."""
    note: str = ""
    processes: int = 1
    """Fresh ones, each with its `rounds`; of one, the interval is over its rounds."""

    @property
    def met(self) -> bool | None:
        """Whether the figure keeps its goal; None without one."""
        return None if self.goal is None else self.goal.met_by(self.figure.median)


def at_least(value: float) -> Goal:
    """Return the goal of `value` or more."""
    return Goal(value)


def at_most(value: float) -> Goal:
    """Return the goal of `value` or less."""
    return Goal(value, at_least=False)


def ratio_row(turns: Turns, name: str, what: str, goal: Goal | None = None, note: str = "") -> Row:
    """Return the row of two things timed in turns."""
    cpu = interval(turns.cpu) if turns.cpu else None
    return Row(name, what, interval(turns.wall), len(turns.wall), goal, cpu=cpu, note=note)


def figure_row(
    name: str,
    what: str,
    values: Sequence[float],
    goal: Goal | None = None,
    *,
    unit: str = "x",
    note: str = "",
) -> Row:
    """Return the row of a figure that every round gave anew."""
    return Row(name, what, interval(values), len(values), goal, unit, note=note)


def over_processes(each: Sequence[Row]) -> Row:
    """Return one row of the same row of several processes.

    A process counts once, by its median: rounds of one process have in common where its memory
    lies, and an interval over all rounds would be too short.
    """
    first, figures = each[0], [row.figure.median for row in each]
    cpus = [row.cpu.median for row in each if row.cpu is not None]
    assert {row.name for row in each} == {first.name}
    assert len(cpus) in {0, len(each)}
    cpu = interval(cpus) if cpus else None
    return replace(first, figure=interval(figures), cpu=cpu, processes=len(each))


def in_digits(figure: Interval, unit: str, goal: Goal | None = None) -> tuple[str, str, str]:
    """Return the median and both ends in `unit`, with as few digits as tell whether `goal` is met.

    1.002 is not at most 1, and "1.00, not met" would be a riddle.
    """
    scale, digits = (100, 1) if unit == "%" else (1, 2)
    while goal is not None and digits < MOST_DIGITS:
        if goal.met_by(round(figure.median * scale, digits) / scale) == goal.met_by(figure.median):
            break
        digits += 1
    numbers = (figure.median, figure.low, figure.high)
    median, low, high = (f"{number * scale:.{digits}f}" for number in numbers)
    return median, low, high


def repeated(rounds: int, processes: int) -> str:
    """Return in words how often something was measured."""
    of_each = counted(rounds, "round")
    return of_each if processes == 1 else f"{counted(processes, 'process', 'es')} of {of_each}"


def counted(number: int, what: str, more: str = "s") -> str:
    """Return `number` of `what` in words."""
    return f"{number} {what}{'' if number == 1 else more}"
