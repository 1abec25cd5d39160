"""A forest plot as a column of a table: one axis for the column, one small drawing per row.

Effects, intervals and seeds are placed on a canvas of fixed size here, so that the template only
prints what it is given. Ratios are placed by their logarithm.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from reports.display.limits import MOST_DOTS
from reports.display.numbers import MINUS, TIMES, number

WIDTH, MIDDLE, BELOW = 200, 6, 15
"""The canvas of a row in CSS pixels: width, the line of the interval, the line of the seeds."""
PADDING = 6
STEPS, LABEL = 4, 45
"""Steps between ticks at most, and the pixels that a label needs beside the next."""
WIDEST = 4.0
"""Intervals wider than so many times the median one are cut, with an arrow."""


@dataclass(frozen=True, slots=True)
class ForestAxis:
    """The column's axis: no effect, the margin that does not matter, and ticks, in pixels."""

    zero: float
    margin_low: float
    margin_high: float
    ticks: tuple[tuple[float, str], ...]
    width: int = WIDTH


@dataclass(frozen=True, slots=True)
class Bar:
    """One row's drawing: places in pixels, and the SVG paths of what stands there."""

    point: float | None
    plain: tuple[float, float] | None = None
    """Ends of the interval, cut at the ends of the axis."""
    adjusted: tuple[float, float] | None = None
    """Ends of the interval at the level tested, cut likewise."""
    left_cut: bool = False
    right_cut: bool = False
    dots: tuple[float, ...] = ()
    """Every seed's own effect."""
    width: int = WIDTH
    values: str = ""
    """Every seed's effect in words, where seeds are drawn."""

    @property
    def interval(self) -> str:
        """Path of the interval; empty where there is none."""
        return _line(self.plain)

    @property
    def wide(self) -> str:
        """Path of the interval at the level tested."""
        return _line(self.adjusted)

    @property
    def arrows(self) -> str:
        """Paths of arrows where the interval reaches beyond the axis."""
        left = f"M{PADDING} {MIDDLE - 4}l-5 4l5 4z" if self.left_cut else ""
        right = f"M{self.width - PADDING} {MIDDLE - 4}l5 4l-5 4z" if self.right_cut else ""
        return left + right

    @property
    def seeds(self) -> str:
        """Path of the seeds' dots."""
        # A line of no length with round ends is a dot, and far shorter to write than a circle.
        return "".join(f"M{at:g} {BELOW}h0" for at in self.dots)


def _line(ends: tuple[float, float] | None) -> str:
    return f"M{ends[0]:g} {MIDDLE}H{ends[1]:g}" if ends else ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What is drawn of one row: an effect with its interval, and every seed's own effect.

    `wide` is the interval adjusted for other comparisons, drawn thin behind the plain one.
    """

    point: float | None
    low: float | None
    high: float | None
    seeds: tuple[float, ...]
    wide: tuple[float, float] | None = None


NARROWEST = 1e-9
"""What an axis spans at least: equal results inside a margin of next to nothing have no width."""


@dataclass(frozen=True, slots=True)
class Forest:
    """A column's axis with the bars of all its rows, in their order."""

    axis: ForestAxis
    bars: tuple[Bar, ...]
    cut: int
    """Intervals that reach beyond the axis."""


def forest(
    effects: Sequence[Effect], *, margin: float, ratio: bool, width: int = WIDTH
) -> Forest | None:
    """Place effects on one axis of `width` pixels; `None` where not one of them is finite.

    `margin` is a difference, or for a `ratio` the ratio above 1 that does not matter.
    """
    scale: Callable[[float], float] = _log if ratio else float
    low_margin, high_margin = scale(1 / margin if ratio else -margin), scale(margin)
    low, high = _span(effects, scale, (low_margin, high_margin))
    if low is None or high is None:
        return None

    def place(value: float) -> float:
        share = (value - low) / (high - low)
        return round(PADDING + (width - 2 * PADDING) * min(1.0, max(0.0, share)), 1)

    most = max(1, min(STEPS, width // LABEL))
    ticks = _ratio_ticks(low, high, most) if ratio else _plain_ticks(low, high, most)
    axis = ForestAxis(
        zero=place(0.0),
        margin_low=place(low_margin),
        margin_high=place(high_margin),
        ticks=tuple((place(at), text) for at, text in ticks),
        width=width,
    )
    with_seeds = len(effects) <= MOST_DOTS
    bars = tuple(_bar(e, scale, place, (low, high), with_seeds, width) for e in effects)
    return Forest(axis, bars, sum(bar.left_cut or bar.right_cut for bar in bars))


def _bar(
    effect: Effect,
    scale: Callable[[float], float],
    place: Callable[[float], float],
    span: tuple[float, float],
    with_seeds: bool,
    width: int,
) -> Bar:
    plain, adjusted, left_cut, right_cut = None, None, False, False
    if effect.low is not None and effect.high is not None:
        low, high = scale(effect.low), scale(effect.high)
        plain = (place(low), place(high))
        left_cut, right_cut = low < span[0], high > span[1]
    if effect.wide is not None and plain:
        adjusted = (place(scale(effect.wide[0])), place(scale(effect.wide[1])))
    dots = effect.seeds if with_seeds else ()
    return Bar(
        point=None if effect.point is None else place(scale(effect.point)),
        plain=plain,
        adjusted=adjusted,
        left_cut=left_cut,
        right_cut=right_cut,
        dots=tuple(place(value) for seed in dots if _inside(value := scale(seed), span)),
        width=width,
        values=", ".join(f"{value:.3g}" for value in dots).replace("-", MINUS),
    )


def _span(
    effects: Sequence[Effect], scale: Callable[[float], float], margins: tuple[float, float]
) -> tuple[float | None, float | None]:
    """Choose the axis so that every point and all but very wide intervals fit."""
    points = [scale(e.point) for e in effects if e.point is not None]
    points = [p for p in points if math.isfinite(p)]
    if not points:
        return None, None
    intervals = [
        (low, high)
        for e in effects
        if e.low is not None and e.high is not None
        if math.isfinite(low := scale(e.low)) and math.isfinite(high := scale(e.high))
    ]
    usual = median([high - low for low, high in intervals]) if intervals else 0.0
    shown = [end for low, high in intervals if high - low <= WIDEST * usual for end in (low, high)]
    ends = [*points, *margins, *shown]
    room = max(0.0, NARROWEST - (max(ends) - min(ends))) / 2
    return min(ends) - room, max(ends) + room


def _inside(value: float, span: tuple[float, float]) -> bool:
    return span[0] <= value <= span[1]


def _log(value: float) -> float:
    if value <= 0:
        return -math.inf
    return math.log(value) if math.isfinite(value) else math.inf


def _plain_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Choose zero and one or two round numbers on either side."""
    step = _round_step((high - low) / max(2, most - 1))
    decimals = max(0, -math.floor(math.log10(step)))
    first, last = math.ceil(low / step), math.floor(high / step)
    return [(i * step, number(i * step, decimals, signed=True)) for i in range(first, last + 1)]


def _ratio_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Choose ratios at equal distances by their logarithm; the wider the axis, the rounder."""
    step = next(
        (
            ratio
            for ratio in (1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2, 5, 10, 100, 1000)
            if (high - low) / math.log(ratio) <= most
        ),
        10.0 ** math.ceil((high - low) / most / math.log(10)),
    )
    first, last = math.ceil(low / math.log(step)), math.floor(high / math.log(step))
    return [(i * math.log(step), _ratio_label(step**i)) for i in range(first, last + 1)]


def _ratio_label(ratio: float) -> str:
    return f"{TIMES}{ratio:.2g}" if ratio < 1 else f"{TIMES}{ratio:.3g}"


def _round_step(size: float) -> float:
    """Return the 1, 2 or 5 times a power of ten that is nearest above `size`."""
    power = 10.0 ** math.floor(math.log10(size))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= size * (1 - 1e-9))
