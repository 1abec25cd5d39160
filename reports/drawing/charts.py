"""A table with a forest plot as a matplotlib figure: text in columns, and bars on their axis."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reports.display.charts import Chart
from reports.display.forest import BELOW, MIDDLE, PADDING, Bar, ForestAxis
from reports.display.table import Cell, Column, Table
from reports.drawing.drawing import settings
from reports.drawing.medium import PAPER
from reports.drawing.theme import BAND, INK, LINE, SOFT, VERDICT_INKS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 72.0
"""In an inch; all places here are in points, from the top left."""
WIDTH = 6.9 * POINTS
"""As wide as the text of a paper; wider only where names are long."""
TEXT, SMALL = PAPER.points - 0.5, PAPER.points - 1.5
LINE_HEIGHT, BAR_HEIGHT, GAP, MARGIN = 9.0, 13.0, 9.0, 3.0
AXIS_HEIGHT = 10.0
NARROWEST, WIDEST = 80.0, 190.0
"""Of a forest plot."""
LONGEST, LONG_HEADING = 48, 14
"""Letters of a name, more are cut with an ellipsis; and of a heading on one line."""


@contextmanager
def drawn_chart(chart: Chart) -> Iterator["Figure"]:
    """Draw a chart for a page of a paper; it is to be saved inside the context."""
    from matplotlib.figure import Figure

    table = chart.table
    with settings(chart.name, PAPER):
        widths = _widths(table)
        head = LINE_HEIGHT * max(sum(map(len, _heading(c))) for c in table.columns)
        head += AXIS_HEIGHT if table.axis else 0.0
        heights = [max(map(_height, row)) for row in table.rows]
        size = sum(widths) + GAP * (len(widths) - 1) + 2 * MARGIN, head + sum(heights) + 4 * MARGIN
        figure = Figure(figsize=(size[0] / POINTS, size[1] / POINTS))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
        axes.set_axis_off()
        left = MARGIN
        for i, (column, width) in enumerate(zip(table.columns, widths, strict=True)):
            _column(axes, column, [row[i] for row in table.rows], left, width, head, heights)
            left += width + GAP
        _rules(axes, size[0], head, heights)
        yield figure


def _column(
    axes: "Axes",
    column: Column,
    cells: Sequence[Cell],
    left: float,
    width: float,
    head: float,
    heights: Sequence[float],
) -> None:
    top = MARGIN
    for lines, weight in zip(_heading(column), ("bold", "normal"), strict=True):
        for line in lines:
            _text(axes, left, top, line, weight=weight)
            top += LINE_HEIGHT
    scale = width / column.axis.width if column.axis else 1.0
    if column.axis:
        for at, text in column.axis.ticks:
            _text(axes, left + at * scale, head - AXIS_HEIGHT + MARGIN, text, SMALL, SOFT, "center")
    top, before = head + 2 * MARGIN, ""
    for cell, height in zip(cells, heights, strict=True):
        # What is the same as above says nothing new, unless it is what the row is about.
        repeated = column.facet and not cell.method and cell.text == before
        before = cell.text
        if column.axis and cell.bar:
            # Unbroken down the column, unless there is text above and below the bar.
            above = top + LINE_HEIGHT if cell.text else top - 1
            _band(axes, column.axis, left, scale, above, BAR_HEIGHT if cell.text else height)
        _cell(axes, Cell("") if repeated else cell, left, top, scale)
        top += height


def _cell(axes: "Axes", cell: Cell, left: float, top: float, scale: float) -> None:
    ink = VERDICT_INKS.get(cell.verdict, INK)
    alone = not cell.bar and not cell.detail
    if cell.text:
        _text(axes, left, top, _short(cell.text), TEXT, ink if alone else INK)
        top += LINE_HEIGHT
    if cell.bar:
        _bar(axes, cell.bar, cell.verdict, left, top, scale)
        top += BAR_HEIGHT
    for i, line in enumerate(cell.detail.splitlines()):
        _text(axes, left, top, _short(line), SMALL, ink if cell.verdict and i == 0 else SOFT)
        top += LINE_HEIGHT


def _band(
    axes: "Axes", axis: ForestAxis, left: float, scale: float, top: float, height: float
) -> None:
    axes.fill_between(
        [left + axis.margin_low * scale, left + axis.margin_high * scale],
        top, top + height, color=BAND, linewidth=0, zorder=0,
    )  # fmt: skip
    axes.vlines(left + axis.zero * scale, top, top + height, color=SOFT, linewidth=0.6)


def _bar(axes: "Axes", bar: Bar, verdict: str, left: float, top: float, scale: float) -> None:
    ink = VERDICT_INKS.get(verdict, SOFT)
    middle = top + MIDDLE * BAR_HEIGHT / 18 + 1
    for at in bar.dots:
        axes.plot(
            left + at * scale, top + BELOW * BAR_HEIGHT / 18 + 1, color=SOFT, marker="o",
            markersize=2, alpha=0.5, markeredgewidth=0, linestyle="",
        )  # fmt: skip
    for ends, thickness in ((bar.adjusted, 0.7), (bar.plain, 1.4)):
        if ends:
            places = [left + end * scale for end in ends]
            axes.plot(places, [middle] * 2, color=ink, linewidth=thickness)
    for cut, at, marker in (
        (bar.left_cut, PADDING, "<"), (bar.right_cut, bar.width - PADDING, ">")
    ):  # fmt: skip
        if cut:
            axes.plot(left + at * scale, middle, color=ink, marker=marker, markersize=4)
    if bar.point is not None:
        open_mark = verdict == "inconclusive"
        axes.plot(
            left + bar.point * scale, middle, color=ink, marker="o", markersize=4,
            markerfacecolor="white" if open_mark else ink, markeredgewidth=1.0, zorder=3,
        )  # fmt: skip


def _rules(axes: "Axes", width: float, head: float, heights: Sequence[float]) -> None:
    tops = [head + MARGIN]
    axes.hlines(tops, 0, width, color=INK, linewidth=0.8)
    below = head + 2 * MARGIN
    for height in heights[:-1]:
        below += height
        axes.hlines(below - 1, 0, width, color=LINE, linewidth=0.4)


def _text(
    axes: "Axes",
    x: float,
    y: float,
    text: str,
    size: float = TEXT,
    colour: str = INK,
    align: str = "left",
    weight: str = "normal",
) -> None:
    axes.text(x, y, text, size=size, color=colour, ha=align, va="top", weight=weight)


def _heading(column: Column) -> tuple[list[str], list[str]]:
    """Return the lines of the label, and of the unit below it."""
    return _halves(column.label), [f"({column.unit})"] if column.unit else []


def _halves(label: str) -> list[str]:
    """Break a long heading before its bracket, or where its halves are most alike."""
    spaces = [i for i, letter in enumerate(label) if letter == " "]
    if len(label) <= LONG_HEADING or not spaces:
        return [label]
    bracket = label.find(" [")
    at = bracket if bracket > 0 else min(spaces, key=lambda i: abs(i - len(label) / 2))
    return [label[:at], label[at + 1 :]]


def _height(cell: Cell) -> float:
    lines = bool(cell.text) + len(cell.detail.splitlines())
    return lines * LINE_HEIGHT + (BAR_HEIGHT if cell.bar else 0.0) + 2


def _widths(table: Table) -> list[float]:
    """Give every column what its text needs, and forest plots what is left of the page."""
    texts = [
        max(
            [
                *(_measured(line, TEXT, bold=True) for half in _heading(column) for line in half),
                *(_measured(_short(row[c].text), TEXT) for row in table.rows),
                *(
                    _measured(_short(line), SMALL)
                    for row in table.rows
                    for line in row[c].detail.splitlines()
                ),
            ]
        )
        for c, column in enumerate(table.columns)
    ]
    drawn = [i for i, column in enumerate(table.columns) if column.axis is not None]
    room = WIDTH - GAP * (len(texts) - 1) - 2 * MARGIN
    room -= sum(width for i, width in enumerate(texts) if i not in drawn)
    for i in drawn:
        texts[i] = max(texts[i], min(WIDEST, max(NARROWEST, room / len(drawn))))
    return texts


def _measured(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a line in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
