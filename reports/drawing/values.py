"""What marks tell at the pointer: the values of their points, written short into the SVG.

A mark's group carries `data-s`, what it is called, and `data-v`, its points: `x y`, ends of the
interval behind them, ends of the interval along x behind those; a dash where there is none, and
no x where it is that of the point before. A point whose x is no value has a name in `data-n`. A
panel carries `data-a`, by which a value becomes a place, so that both stand there once. Of figures
with few points every mark has a title too, which needs no script.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reports.display.facet import Facets
from reports.display.limits import MOST_TITLED
from reports.display.numbers import MINUS
from reports.display.picture import Axis, Level, Line, Mark, Pairs, Plot, Point, Ranks, Stack

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbered = Callable[[Facets], Mapping[str, str]]
"""Attributes, by name, of what belongs to some facets."""
NONE = "-"


@dataclass(frozen=True, slots=True)
class Value:
    """One point: where it stands, its intervals, and what it is called if x is no value.

    `x` None: in the middle, since it holds all along the axis. `below` is what it stands on.
    """

    x: float | None
    y: float
    low: float | None = None
    high: float | None = None
    x_low: float | None = None
    x_high: float | None = None
    name: str = ""
    below: float = 0.0


def of_line(line: Line) -> tuple[Value, ...]:
    """Return one value per point of a line, (n,); of a stepped one those where it steps."""
    values = tuple(map(Value, line.x, line.y, line.low, line.high))
    if not line.stepped:
        return values
    heights = [(v.y, v.low, v.high) for v in values]
    return tuple(v for i, v in enumerate(values) if i == 0 or heights[i] != heights[i - 1])


def of_level(level: Level) -> tuple[Value, ...]:
    """Return the only value of a level."""
    return (Value(None, level.y, level.low, level.high),)


def of_pairs(at: float, seeds: Sequence[int], values: Sequence[float | None]) -> tuple[Value, ...]:
    """Return one value per seed that has one, all in the column `at`."""
    return tuple(
        Value(at, value, name=f"seed {seed}")
        for seed, value in zip(seeds, values, strict=True)
        if value is not None
    )


def of_point(point: Point) -> tuple[Value, ...]:
    """Return a point with both its intervals."""
    return (Value(point.x, point.y, point.y_low, point.y_high, point.x_low, point.x_high),)


def count(marks: Iterable[Mark]) -> int:
    """Count the points of marks."""
    total = 0
    for mark in marks:
        match mark:
            case Line():
                total += len(of_line(mark))
            case Stack():
                total += len(mark.heights)
            case Pairs():
                total += 2 * len(mark.seeds)
            case Ranks():
                total += len(mark.methods)
            case Level() | Point():
                total += 1
    return total


@dataclass(slots=True)
class Told:
    """What the groups of one figure carry, by the `gid` of their artists; a mute one keeps none."""

    plot: Plot
    numbered: Numbered = lambda facets: {}
    is_mute: bool = False
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    @property
    def titled(self) -> bool:
        """Whether the figure has few enough points for titles."""
        return count(m for panel in self.plot.panels for m in panel.marks) <= MOST_TITLED

    def gid(self, facets: Facets, name: str = "", values: Sequence[Value] = ()) -> str | None:
        """Return a gid for an artist; `None` where its group would carry nothing."""
        attributes = dict(self.numbered(facets))
        known = [v for v in values if math.isfinite(v.y)]
        if known:
            attributes |= {"data-s": name, "data-v": _points(known)}
            if any(v.name for v in known):
                attributes["data-n"] = _names([v.name for v in known])
            if any(v.below for v in known):
                attributes["data-o"] = " ".join(_short(v.below) for v in known)
        gid = self.keep(attributes)
        if gid and known and self.titled:
            self.titles[gid] = "\n".join((name, *(self._words(v) for v in known)))
        return gid

    def keep(self, attributes: Mapping[str, str]) -> str | None:
        """Return a gid for an artist whose group carries these attributes, by name; or `None`."""
        if self.is_mute or not attributes:
            return None
        gid = f"told-{len(self.attributes)}"
        self.attributes[gid] = dict(attributes)
        return gid

    def _words(self, value: Value) -> str:
        x = "" if value.x is None else _words(self.plot.x, value.x, value.x_low, value.x_high)
        y = _words(self.plot.y, value.y, value.low, value.high)
        return ", ".join(filter(None, (value.name or x, y)))


def places(axis: "Axes") -> str:
    """Return how a value of these axes becomes a place, once their limits are final.

    Slope and offset along x, then along y, in points from the top left corner of the figure; 1
    where it is the logarithm that is placed; the middle along x.
    """
    figure = axis.get_figure(root=True)
    assert figure is not None
    height, points = figure.get_size_inches()[1] * 72, 72 / figure.dpi
    (x0, x1), (y0, y1) = axis.get_xlim(), axis.get_ylim()
    (left, bottom), (right, top) = (
        (x * points, height - y * points) for x, y in axis.transData.transform([(x0, y0), (x1, y1)])
    )
    numbers = []
    for log, ends, at in (
        (axis.get_xscale() == "log", (x0, x1), (left, right)),
        (axis.get_yscale() == "log", (y0, y1), (bottom, top)),
    ):
        low, high = map(math.log10, ends) if log else ends
        slope = (at[1] - at[0]) / (high - low)
        numbers += [slope, at[0] - slope * low, int(log)]
    return " ".join(f"{number:.9g}" for number in (*numbers, (left + right) / 2))


def _points(values: Sequence[Value]) -> str:
    """Write points; an x that is that of the point before is left out."""
    texts, before = [], ""
    for value in values:
        ends = [value.low, value.high, value.x_low, value.x_high]
        while ends and ends[-1] is None:
            ends.pop()
        x = _short(value.x)
        parts = ("" if x == before else x, _short(value.y), *(_short(end, 4) for end in ends))
        texts.append(" ".join(parts))
        before = x
    return ";".join(texts)


def _names(names: Sequence[str]) -> str:
    """Write names; the words that several begin with stand once, before a bar."""
    words = [name.rpartition(" ") for name in names]
    if len(names) < 2 or len({first for first, _, _ in words}) > 1:
        return ";".join(names)
    return f"{words[0][0]}|{';'.join(last for _, _, last in words)}"


def _short(value: float | None, digits: int = 5) -> str:
    return NONE if value is None or not math.isfinite(value) else f"{value:.{digits}g}"


def _words(axis: Axis, value: float, low: float | None, high: float | None) -> str:
    if not axis.label:
        return ""
    interval = "" if low is None or high is None else f" [{_shown(low)}, {_shown(high)}]"
    return f"{axis.label}: {_shown(value)}{interval}"


def _shown(value: float) -> str:
    return f"{float(f'{value:.4g}'):g}".replace("-", MINUS)
