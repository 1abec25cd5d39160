"""The answer of a study as data: a matrix of methods and metrics, and a sentence per candidate."""

from dataclasses import dataclass

from reports.display.forest import Bar, ForestAxis
from reports.display.table import METHOD, Cell, Column, Table


@dataclass(frozen=True, slots=True)
class Entry:
    """One method in one metric: its own value; if it is a candidate, effect and verdict too."""

    value: str
    effect: str = ""
    interval: str = ""
    verdict: str = ""
    """Name of the verdict for a style sheet; empty of the baseline and of what is not compared."""
    verdict_words: str = ""
    bar: Bar | None = None

    @property
    def words(self) -> str:
        """Effect, interval and verdict; empty where nothing is compared."""
        return f"{self.effect} {self.interval} {self.verdict_words}".replace("  ", " ").strip()


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    """A metric, with the axis of the effects below it if there are any."""

    label: str
    unit: str
    axis: ForestAxis | None = None


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A method at a place; `place` is empty where there is one."""

    place: str
    method: str
    note: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a study says first: the question, a sentence per candidate, the matrix."""

    question: str
    sentences: tuple[tuple[str, str], ...]
    """A candidate and what is said of it."""
    columns: tuple[MatrixColumn, ...]
    rows: tuple[MatrixRow, ...]
    how_to_read: str
    short: tuple[tuple[str, str], ...] = ()
    """The same sentences without what stands in the matrix beside them."""
    under: str = ""
    """Of several budgets, which one this is about, and where the others are."""

    @property
    def table(self) -> Table:
        """The matrix as a table, for formats that draw nothing."""
        return Table(
            caption=self.question,
            columns=(METHOD, *(Column(c.label, c.unit, numeric=False) for c in self.columns)),
            rows=tuple(
                (
                    Cell(row.method, "; ".join(filter(None, (row.note, row.place)))),
                    *(Cell(entry.value, entry.words) for entry in row.entries),
                )
                for row in self.rows
            ),
            note=self.how_to_read,
        )
