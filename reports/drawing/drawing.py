"""Pictures as SVG, drawn by matplotlib; nothing is computed here but where things stand."""

import importlib.util
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reports.display.palette import Style
from reports.display.picture import (
    Axis,
    Pairs,
    Picture,
    Plot,
    Ranks,
)
from reports.drawing.labels import draw_labels
from reports.drawing.marks import draw_marks, shown_in_legend
from reports.drawing.medium import PAGE, Medium
from reports.drawing.svg import inline_svg
from reports.drawing.theme import INK, LINE, SOFT
from reports.drawing.values import Numbered, Told, places

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PACKAGE = "matplotlib"


def can_draw() -> bool:
    """Whether the package that draws is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


def draw(
    picture: Picture, style: Mapping[str, Style], numbered: Numbered = lambda facets: {}
) -> str:
    """Draw a picture under settings that hold for it alone, and return its SVG.

    Colours follow the page from light to dark; the picture's title and what it says are its
    text alternative. Its panels and marks carry their values, see `values`, and the attributes
    that `numbered` gives to what they belong to.
    """
    told = Told(picture.plot, numbered)
    with drawn(picture, style, PAGE, told) as figure:
        return inline_svg(figure, picture.slug, picture.title, picture.what_it_says, told)


@contextmanager
def drawn(
    picture: Picture, style: Mapping[str, Style], medium: Medium, told: Told | None = None
) -> Iterator["Figure"]:
    """Draw a picture for a medium, in light colours; it is to be saved inside the context.

    `told` keeps what its marks tell, if anything is to be told.
    """
    from matplotlib.figure import Figure

    told = told or Told(picture.plot, is_mute=True)
    with settings(picture.slug, medium):
        figure = Figure()
        handles = shown_in_legend(picture.plot.panels, style)
        alone = len(picture.plot.panels) == 1
        most = medium.legend_alone if alone else medium.legend_columns
        columns = min(most, max(1, len(handles)))
        axes = _panels(figure, picture.plot, math.ceil(len(handles) / columns), medium)
        for axis, panel in zip(axes, picture.plot.panels, strict=True):
            axis.set_title(panel.title, loc="left", fontsize="medium")
            draw_marks(axis, panel.marks, style, told)
        _label(axes, picture.plot)
        for axis, panel in zip(axes, picture.plot.panels, strict=True):
            draw_labels(axis, panel.marks, told)
            own = {"class": "panel", "data-p": panel.title, "data-a": places(axis)}
            axis.set_gid(told.keep(own | dict(told.numbered(panel.facets))))
            for side in (axis.xaxis, axis.yaxis):
                side.set_gid(told.keep({"class": "axis"}))
        if handles:
            figure.legend(
                handles=handles, loc="upper left", frameon=False, borderaxespad=0.2, ncols=columns
            )
        yield figure


@contextmanager
def settings(name: str, medium: Medium) -> Iterator[None]:
    """Apply our settings of matplotlib, and no others, within the context.

    A letter that the font lacks is an empty box, without a word for each.
    """
    import matplotlib

    with matplotlib.rc_context(_settings(name, medium)), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        yield


def _settings(slug: str, medium: Medium) -> Any:
    return {
        "axes.edgecolor": SOFT,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.labelcolor": INK,
        "axes.labelsize": medium.points - 0.5,
        "axes.linewidth": 0.8,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": INK,
        "axes.formatter.use_mathtext": False,
        # At a fixed height: finding one that clears the ticks takes as long as drawing them.
        "axes.titley": 1.0,
        "font.family": ["DejaVu Sans", "sans-serif"],
        "font.size": medium.points,
        "grid.color": LINE,
        "grid.linewidth": 0.8,
        "text.color": INK,
        "xtick.color": SOFT,
        "xtick.labelcolor": INK,
        "xtick.labelsize": medium.points - 1,
        "ytick.color": SOFT,
        "ytick.labelcolor": INK,
        "ytick.labelsize": medium.points - 1,
        "lines.solid_capstyle": "round",
        # Simplified paths would lose dots, which are lines of no length.
        "path.simplify": False,
        "svg.fonttype": "none",
        "pdf.fonttype": 42,  # letters stay letters, which journals ask for
        "svg.hashsalt": slug,
        # A method may be called "$x"; names are text, never formulas.
        "text.parse_math": False,
    }


def _panels(figure: "Figure", plot: Plot, legend_rows: int, m: Medium) -> list["Axes"]:
    """Lay out the grid of panels, which share their axes, so that they can be compared.

    Sizes are given in inches instead of found by drawing everything twice.
    """
    rows, columns = len(plot.rows), max(len(row) for row in plot.rows)
    marks = [mark for panel in plot.panels for mark in panel.marks]
    width, height = m.panel
    width = min(width, m.widest_row / columns)
    if len(marks) == 1 and isinstance(marks[0], Ranks):
        width, height = 2 * width, 0.5 + 0.28 * len(marks[0].methods)
    elif len(plot.panels) == 1:
        width = m.single
    bottom = m.bottom + (m.slanted if any(isinstance(mark, Pairs) for mark in marks) else 0.0)
    top = m.top + m.legend_row * legend_rows
    whole = (
        m.left + columns * width + (columns - 1) * m.gap_x + m.right,
        bottom + rows * height + (rows - 1) * m.gap_y + top,
    )
    figure.set_size_inches(*whole)
    figure.subplots_adjust(
        left=m.left / whole[0], right=1 - m.right / whole[0], wspace=m.gap_x / width,
        bottom=bottom / whole[1], top=1 - top / whole[1], hspace=m.gap_y / height,
    )  # fmt: skip
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    axes = []
    for row, panels in enumerate(plot.rows):
        axes += list(grid[row][: len(panels)])
        for unused in grid[row][len(panels) :]:
            unused.set_axis_off()
    return axes


def _label(axes: Sequence["Axes"], plot: Plot) -> None:
    _scale(axes[0], plot.x, "x")
    _scale(axes[0], plot.y, "y")
    row_starts, at = set(), 0
    for row in plot.rows:
        row_starts.add(at)
        at += len(row)
    last_row = at - len(plot.rows[-1])
    for i, axis in enumerate(axes):
        if i in row_starts:
            axis.set_ylabel(plot.y.label)
        if i >= last_row:
            axis.set_xlabel(plot.x.label)


def _scale(axis: "Axes", how: Axis, name: str) -> None:
    """Set the scale of an axis; the other panels share it."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

    side = getattr(axis, f"{name}axis")
    if how.log:
        axis.set(**{f"{name}scale": "log"})
        side.set_major_locator(LogLocator(subs=(1, 2, 5)))
        side.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        side.set_minor_locator(NullLocator())
    if how.ticks:
        side.set_major_locator(FixedLocator(how.ticks))
    if how.from_zero:
        axis.set_ylim(bottom=0) if name == "y" else axis.set_xlim(left=0)
