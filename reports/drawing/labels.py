"""Labels beside points, where there is room for them: none is printed over another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.display.facet import facets
from reports.display.picture import Mark, Point
from reports.drawing.values import Told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = 7.5
CHARACTER, HEIGHT = 0.65 * SIZE, 1.2 * SIZE
"""Points that a character is wide at most, and a label high; drawing it to see takes far longer."""
OFFSET = 4.0
Box = tuple[float, float, float, float]


def draw_labels(axis: "Axes", marks: Sequence[Mark], told: Told) -> None:
    """Write the label of every point above right of it, or beside or below, or not at all.

    Nothing may be drawn afterwards that moves the limits of the axes. A label that
    has no room is told with the point's value.
    """
    axis.get_xlim(), axis.get_ylim()  # asked for, they are found; places are not without them
    figure = axis.get_figure(root=True)
    assert figure is not None
    scale = 72 / figure.dpi
    corners = axis.transAxes.transform([(0.0, 0.0), (1.0, 1.0)]) * scale
    panel: Box = (*corners[0], *corners[1])
    taken: list[Box] = []
    for point in marks:
        if not isinstance(point, Point) or not point.label:
            continue
        x, y = axis.transData.transform((point.x, point.y)) * scale
        width = CHARACTER * len(point.label)
        for dx in (OFFSET, -OFFSET - width):
            for dy in (OFFSET, -OFFSET - HEIGHT):
                box = (x + dx, y + dy, x + dx + width, y + dy + HEIGHT)
                if _inside(box, panel) and not any(_meet(box, other) for other in taken):
                    break
            else:
                continue
            taken.append(box)
            axis.annotate(
                point.label, (point.x, point.y), (dx, dy), textcoords="offset points",
                fontsize=SIZE, gid=told.gid({**facets(method=point.method), **point.facets}),
            )  # fmt: skip
            break


def _inside(box: Box, panel: Box) -> bool:
    return box[0] >= panel[0] and box[2] <= panel[2] and box[1] >= panel[1] and box[3] <= panel[3]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
