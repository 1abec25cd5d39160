"""What a table consists of, and how estimates, counts and p-values become its cells.

A cell holds the text that is read and the value that it is sorted by, so that nothing has to read
a number back out of a text.
"""

import math
from dataclasses import dataclass, replace

from reports.display.facet import Facet
from reports.display.forest import Bar, ForestAxis
from reports.display.limits import (
    MOST_MAIN_ROWS,
    MOST_OPEN_ROWS,
    MOST_ROWS,
    MOST_UNFRAMED_ROWS,
    MOST_WIDE_COLUMNS,
)
from reports.display.numbers import (
    NO_NUMBER,
    change_text,
    decimals_for,
    interval_text,
    number,
    p_text,
    point_text,
)
from reports.input.units import Unit
from reports.statistics.estimate import Estimate, Gap


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, its unit, whether its cells are numbers, and what they can be filtered by.

    A column with an `axis` is a forest plot: its cells are drawn on that axis.
    """

    label: str
    unit: str = ""
    numeric: bool = True
    facet: Facet | None = None
    axis: ForestAxis | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, a smaller second line, and how it is drawn.

    `method` names the method whose colour it carries, `verdict` the verdict it shows. `value` is
    what it is sorted by where the text is no plain number; `None`: by the text.
    """

    text: str
    detail: str = ""
    method: str = ""
    verdict: str = ""
    value: float | None = None
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A captioned table; every row has as many cells as there are columns.

    `words` says each row in sentences, for those who would rather read. A table with a forest
    plot in it is a figure too, and has the two sentences of one. A `folded` one is for those who
    check: it opens at a click. A `main` one never folds and is cut
    late; the rows of the methods in `first` are kept first. Of tables that name a `group`, such as
    a metric, a page shows one group at a time.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    words: tuple[str, ...] = ()
    how_to_read: str = ""
    what_it_says: str = ""
    folded: bool = False
    main: bool = False
    first: tuple[str, ...] = ()
    group: str = ""

    @property
    def sorts(self) -> bool:
        """Whether there is anything to sort."""
        return len(self.rows) > 1

    @property
    def tall(self) -> bool:
        """Whether it is better scrolled in a frame than along the page."""
        return len(self.rows) > MOST_UNFRAMED_ROWS

    @property
    def dense(self) -> bool:
        """Whether it has so many columns that they are set closer."""
        return len(self.columns) > MOST_WIDE_COLUMNS

    @property
    def axis(self) -> ForestAxis | None:
        """The axis of the forest plot in this table, if there is one."""
        return next((column.axis for column in self.columns if column.axis is not None), None)


def shortened(table: Table) -> Table:
    """Fold a long table, and cut a very long one, with a word on what is left out."""
    most = MOST_MAIN_ROWS if table.main else MOST_ROWS
    folded = table.folded or (len(table.rows) > MOST_OPEN_ROWS and not table.main)
    hidden = len(table.rows) - most
    if hidden <= 0:
        return replace(table, folded=folded)
    rows = table.rows[:most]
    if table.first:
        wanted = [any(cell.method in table.first for cell in row) for row in table.rows]
        order = sorted(range(len(wanted)), key=lambda i: not wanted[i])
        rows = tuple(table.rows[i] for i in sorted(order[:most]))
    cut = f"{hidden} more rows are in the csv and json formats."
    return replace(table, rows=rows, note=f"{table.note} {cut}".strip(), folded=folded)


def without_drawings(table: Table) -> Table:
    """Leave out forest plots, for formats that cannot show them; the numbers stand beside them."""
    kept = [i for i, column in enumerate(table.columns) if column.axis is None]
    return replace(
        table,
        columns=tuple(table.columns[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in table.rows),
        note=" ".join(text for text in (table.what_it_says, table.note) if text),
        how_to_read="",
        what_it_says="",
    )


IDLE = frozenset({"", NO_NUMBER, "0", "0 / 0"})
"""What tells nothing where a whole column says it."""


def without_idle_columns(table: Table) -> Table:
    """Leave out columns that say nothing in any row, and join those that say the same.

    A column of the same cells as the one before it lends that one its heading.
    """
    kept: list[tuple[Column, tuple[Cell, ...]]] = []
    for i, column in enumerate(table.columns):
        cells = tuple(row[i] for row in table.rows)
        if cells and all(_is_idle(cell) for cell in cells):
            continue
        if kept and _say_the_same(kept[-1], (column, cells)):
            kept[-1] = _joined(kept[-1][0], column), kept[-1][1]
            continue
        kept.append((column, cells))
    if len(kept) == len(table.columns):
        return table
    rows = tuple(tuple(cells[i] for _, cells in kept) for i in range(len(table.rows)))
    return replace(table, columns=tuple(column for column, _ in kept), rows=rows)


def _is_idle(cell: Cell) -> bool:
    return cell.text in IDLE and not (cell.detail or cell.method or cell.verdict or cell.bar)


def _say_the_same(
    first: tuple[Column, tuple[Cell, ...]], second: tuple[Column, tuple[Cell, ...]]
) -> bool:
    if not second[0].numeric or len(second[1]) < 2 or first[0].facet or second[0].facet:
        return False
    return all(
        (a.text, a.detail) == (b.text, b.detail) for a, b in zip(first[1], second[1], strict=True)
    )


def _joined(first: Column, second: Column) -> Column:
    def both(a: str, b: str) -> str:
        return a if a == b else " and ".join(filter(None, (a, b)))

    return replace(first, label=both(first.label, second.label), unit=both(first.unit, second.unit))


DATASET = Column("Data set", numeric=False, facet=Facet.DATASET)
BATCH_SIZE = Column("Batch size", "images", facet=Facet.BATCH_SIZE)
TIMESTEPS = Column("T", "steps", facet=Facet.TIMESTEPS)
METHOD = Column("Method", numeric=False, facet=Facet.METHOD)
CANDIDATE = Column("Candidate", numeric=False, facet=Facet.METHOD)
CONDITION = Column("Condition", numeric=False)
PAIRS = Column("Pairs", "n")
SEEDS = Column("Seeds", "n")


def method_cell(name: str) -> Cell:
    """Name a method, in its colour."""
    return Cell(name, method=name)


def count_cell(count: int | None) -> Cell:
    """Write a count, or a dash where there is none."""
    return Cell(NO_NUMBER if count is None else str(count))


timesteps_cell = count_cell
"""T, or a dash for a method without."""


def number_cell(value: float | None, decimals: int, *, signed: bool = False) -> Cell:
    """Write a number with `decimals`, or a dash."""
    if value is None:
        return Cell(NO_NUMBER)
    return Cell(number(value, decimals, signed=signed), value=value)


def estimate_cell(
    estimate: Estimate, unit: Unit, *, signed: bool = False, no_spread: str = ""
) -> Cell:
    """Write a point with its interval below; `no_spread` says why there is none without spread."""
    detail = interval_text(estimate, unit, signed=signed)
    if estimate.gap is Gap.NO_SPREAD and no_spread:
        detail = no_spread
    return Cell(point_text(estimate, unit, signed=signed), detail, value=estimate.point)


def change_cell(estimate: Estimate, *, no_spread: str = "") -> Cell:
    """Write a difference or a slope with its interval below, in two digits as effects are."""
    text, detail = change_text(estimate)
    if estimate.gap is Gap.NO_SPREAD and no_spread:
        detail = no_spread
    return Cell(text, detail, value=estimate.point)


def spread_cell(estimate: Estimate, unit: Unit, *, no_spread: str = "") -> Cell:
    """Write a point, and below it half the width of its interval where that is symmetrical."""
    point, low, high = estimate.point, estimate.low, estimate.high
    if point is None or low is None or high is None or not low < high:
        return estimate_cell(estimate, unit, no_spread=no_spread)
    if not math.isclose(high - point, point - low, rel_tol=1e-6, abs_tol=1e-12 * abs(point)):
        return estimate_cell(estimate, unit, no_spread=no_spread)
    half = number((high - low) / 2 / unit.size, decimals_for(estimate, unit))
    return Cell(point_text(estimate, unit), f"±{half}", value=point)


def p_cell(p: float | None, detail: str = "") -> Cell:
    """Write a p-value as journals print it."""
    return Cell(p_text(p), detail, value=p)
