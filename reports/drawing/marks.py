"""How each kind of mark is drawn, and what stands for it in the legend."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports.display.palette import PART_COLOURS, Style
from reports.display.picture import (
    Ends,
    Front,
    Level,
    Line,
    Mark,
    Pairs,
    Panel,
    Point,
    Ranks,
    Stack,
)
from reports.drawing.theme import INK, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVEL_DASH = (0, (4, 3))
FAINT = 0.16


def draw_marks(axis: "Axes", marks: Sequence[Mark], style: Mapping[str, Style]) -> None:
    """Draw every mark of one panel."""
    pairs = [mark for mark in marks if isinstance(mark, Pairs)]
    stacks = [mark for mark in marks if isinstance(mark, Stack)]
    points: dict[str, list[Point]] = {}
    for mark in marks:
        match mark:
            case Line():
                _line(axis, mark, style[mark.method])
            case Level():
                _level(axis, mark, style[mark.method])
            case Point():
                points.setdefault(mark.method, []).append(mark)
            case Front():
                axis.step(mark.x, mark.y, where="post", color=SOFT, linewidth=1.2, zorder=1)
            case Ranks():
                _ranks(axis, mark, style)
    for method, own in points.items():
        _points(axis, own, style[method])
    if pairs:
        _pairs(axis, pairs, style)
    if stacks:
        _stacks(axis, stacks)


def shown_in_legend(panels: Iterable[Panel], style: Mapping[str, Style]) -> list[Any]:
    """Return one entry per method or piece drawn, looking as it does in the panels."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: dict[str, Line2D | Patch] = {}
    for mark in (mark for panel in panels for mark in panel.marks):
        match mark:
            case Line() | Level():
                how = style[mark.method]
                entries[mark.method] = Line2D(
                    [], [], color=how.light, linewidth=1.8, label=_text(mark.method),
                    marker=how.marker if isinstance(mark, Line) and _has_markers(mark) else "",
                    linestyle=LEVEL_DASH if isinstance(mark, Level) else (0, how.dashes or ()),  # type: ignore[arg-type]
                )  # fmt: skip
            case Point() | Pairs():
                names = (
                    (mark.method,) if isinstance(mark, Point) else (mark.baseline, mark.candidate)
                )
                for name in names:
                    entries[name] = Line2D(
                        [], [], color=style[name].light, linestyle="", label=_text(name),
                        marker=style[name].marker if isinstance(mark, Point) else "o",
                    )  # fmt: skip
            case Stack():
                light, _ = PART_COLOURS[mark.order]
                entries[mark.piece] = Patch(color=light, label=mark.piece)
    order = {name: i for i, name in enumerate(style)}
    return [entries[name] for name in sorted(entries, key=lambda name: order.get(name, len(order)))]


def _text(name: str) -> str:
    # matplotlib hides legend entries that start with an underscore; a zero-width space shows them.
    return f"\N{ZERO WIDTH SPACE}{name}" if name.startswith("_") else name


def _has_markers(line: Line) -> bool:
    return not (line.band or line.stepped)


def _line(axis: "Axes", line: Line, how: Style) -> None:
    axis.plot(
        line.x, line.y, color=how.light, linewidth=1.7, linestyle=(0, how.dashes or ()),
        marker=how.marker if _has_markers(line) else "", markersize=5,
        drawstyle="steps-post" if line.stepped else "default",
    )  # fmt: skip
    known = [
        (x, low, high)
        for x, low, high in zip(line.x, line.low, line.high, strict=True)
        if low is not None and high is not None
    ]
    if not known:
        return
    x, low, high = zip(*known, strict=True)
    if line.band:
        axis.fill_between(
            x, low, high, color=how.light, alpha=FAINT, linewidth=0,
            step="post" if line.stepped else None,
        )  # fmt: skip
    else:
        axis.vlines(x, low, high, color=how.light, linewidth=1.4)


def _level(axis: "Axes", level: Level, how: Style) -> None:
    axis.axhline(level.y, color=how.light, linestyle=LEVEL_DASH, linewidth=1.4)
    if level.low is not None and level.high is not None:
        axis.axhspan(level.low, level.high, color=how.light, alpha=FAINT / 1.5, linewidth=0)


def _points(axis: "Axes", points: Sequence[Point], how: Style) -> None:
    """Draw one method's points, with a ring around those on the front."""
    for point in points:
        if point.x_low is not None and point.x_high is not None:
            axis.hlines(point.y, point.x_low, point.x_high, color=how.light, linewidth=1, alpha=0.7)
        if point.y_low is not None and point.y_high is not None:
            axis.vlines(point.x, point.y_low, point.y_high, color=how.light, linewidth=1, alpha=0.7)
        if point.label:
            axis.annotate(
                point.label, (point.x, point.y), (4, 4), textcoords="offset points", fontsize=7.5
            )
    x, y = [p.x for p in points], [p.y for p in points]
    axis.plot(x, y, color=how.light, linestyle="", marker=how.marker, markersize=6, zorder=3)
    front = [(p.x, p.y) for p in points if p.on_front]
    if front:
        axis.plot(
            *zip(*front, strict=True), color=INK, linestyle="", marker="o", markersize=13,
            markerfacecolor="none", markeredgewidth=1.2, zorder=2,
        )  # fmt: skip


def _pairs(axis: "Axes", pairs: Sequence[Pairs], style: Mapping[str, Style]) -> None:
    """Draw the baseline's and the candidate's seeds side by side, one pair of columns each."""
    for i, pair in enumerate(pairs):
        left, right = 2.6 * i, 2.6 * i + 1.0
        # One line with gaps is written far shorter than a line for each seed.
        steps: list[float] = []
        heights: list[float] = []
        for before, after in zip(pair.before, pair.after, strict=True):
            if before is not None and after is not None:
                steps += (left, right, right)
                heights += (before, after, float("nan"))
        axis.plot(steps, heights, color=SOFT, linewidth=0.9, alpha=0.7)
        for at, name, values in (
            (left, pair.baseline, pair.before),
            (right, pair.candidate, pair.after),
        ):
            _dots(axis, at, values, style[name])
    middles = [2.6 * i + 0.5 for i in range(len(pairs))]
    few = len(pairs) <= 4
    axis.set_xticks(
        middles, [pair.candidate for pair in pairs], rotation=0 if few and len(pairs) < 3 else 30,
        ha="center" if few and len(pairs) < 3 else "right", rotation_mode="anchor",
    )  # fmt: skip
    axis.grid(visible=False, axis="x")
    axis.set_xlim(-0.8, 2.6 * len(pairs) - 0.8)


def _dots(axis: "Axes", at: float, values: Ends, how: Style) -> None:
    """Draw dots as lines of no length with round ends: one path, however many there are."""
    known = [v for v in values if v is not None]
    gaps = [x for v in known for x in (v, v, float("nan"))]
    axis.plot([at] * len(gaps), gaps, color=how.light, linewidth=5, alpha=0.85)


def _stacks(axis: "Axes", stacks: Sequence[Stack]) -> None:
    below = [0.0] * len(stacks[0].heights)
    for stack in stacks:
        light, _ = PART_COLOURS[stack.order]
        axis.bar(stack.places, stack.heights, bottom=below, color=light, width=0.7)
        below = [low + height for low, height in zip(below, stack.heights, strict=True)]
    axis.grid(visible=False, axis="x")


def _ranks(axis: "Axes", ranks: Ranks, style: Mapping[str, Style]) -> None:
    import pandas as pd
    from scikit_posthocs import critical_difference_diagram

    series = pd.Series(dict(zip(ranks.methods, ranks.ranks, strict=True)))
    # The diagram joins methods whose p is at least alpha; the critical difference decides.
    apart = (series.to_numpy()[:, None] - series.to_numpy()[None, :]).__abs__()
    p = pd.DataFrame((apart < ranks.critical_difference).astype(float), series.index, series.index)
    critical_difference_diagram(
        series, p, ax=axis,
        label_fmt_left="{label} {rank:.2f}", label_fmt_right="{label} {rank:.2f}",
        color_palette={method: style[method].light for method in ranks.methods},
        crossbar_props={"color": INK},
    )  # fmt: skip
