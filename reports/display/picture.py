"""What a figure shows, as plain data: panels of marks. `drawing` turns it into SVG.

Numbers are in the unit that the axis label names. A mark belongs to a method and is drawn in that
method's colour, dash and marker.
"""

from dataclasses import dataclass, field

from reports.display.facet import Facet, Facets

Numbers = tuple[float, ...]
Ends = tuple[float | None, ...]
"""Ends of intervals; `None` where there is none."""


@dataclass(frozen=True, slots=True)
class Line:
    """Values along an axis, (n,) each, with their intervals: as a band, or as a bar at each point.

    A `stepped` line keeps each value until the next. Several lines of one method have a `name`
    each, and an `order` that picks dash and marker; the colour stays the method's.
    """

    method: str
    x: Numbers
    y: Numbers
    low: Ends
    high: Ends
    band: bool = False
    stepped: bool = False
    name: str = ""
    order: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """One value that holds along the whole axis, with its interval: a method without T."""

    method: str
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Pairs:
    """Values of two methods by seed (n,), each pair joined; `None` where a run has no value."""

    baseline: str
    candidate: str
    seeds: tuple[int, ...]
    before: Ends
    after: Ends


@dataclass(frozen=True, slots=True)
class Point:
    """One setting of a method between two quantities, with both intervals and a short label.

    `on_front`: no other setting beats it in both. `facets` are its own, besides its panel's.
    """

    method: str
    label: str
    x: float
    y: float
    x_low: float | None
    x_high: float | None
    y_low: float | None
    y_high: float | None
    on_front: bool
    facets: Facets = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Front:
    """The settings that no other beats in both quantities, joined by steps."""

    x: Numbers
    y: Numbers


@dataclass(frozen=True, slots=True)
class Stack:
    """Bars of one kind of piece, (n,) heights over named places, on those given before it.

    `order` picks the piece's colour.
    """

    piece: str
    order: int
    places: tuple[str, ...]
    heights: Numbers


@dataclass(frozen=True, slots=True)
class Ranks:
    """Mean ranks of methods, and the groups that are not told apart."""

    methods: tuple[str, ...]
    ranks: Numbers
    critical_difference: float


Mark = Line | Level | Pairs | Point | Front | Stack | Ranks


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: label with unit, logarithmic or not, from zero or not, and its only ticks if any."""

    label: str
    log: bool = False
    from_zero: bool = False
    ticks: Numbers = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes: heading, what is drawn between them, and what all of that belongs to."""

    title: str
    marks: tuple[Mark, ...]
    facets: Facets = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure: rows of panels that share their axes."""

    rows: tuple[tuple[Panel, ...], ...]
    x: Axis
    y: Axis

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, row by row."""
        return tuple(panel for row in self.rows for panel in row)


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure on the page: what it shows, and the two sentences below it.

    A `folded` one opens at a click: its numbers are in a table too. `facets` are what every panel
    belongs to. What it runs `along` it keeps whole under a filter.
    """

    slug: str
    title: str
    plot: Plot
    how_to_read: str
    what_it_says: str
    folded: bool = False
    facets: Facets = field(default_factory=dict)
    along: Facet | None = None
