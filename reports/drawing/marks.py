"""How each kind of mark is drawn, and what stands for it in the legend."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reports.display.facet import facets
from reports.display.palette import DASHES, MARKERS, PART_COLOURS, Style
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
from reports.drawing.values import Told, Value, of_level, of_line, of_pairs, of_point

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVEL_DASH = (0, (4, 3))
FAINT = 0.16


def draw_marks(axis: "Axes", marks: Sequence[Mark], style: Mapping[str, Style], told: Told) -> None:
    """Draw every mark of one panel; `told` keeps what each of them tells."""
    pairs = [mark for mark in marks if isinstance(mark, Pairs)]
    stacks = [mark for mark in marks if isinstance(mark, Stack)]
    points: dict[str, list[Point]] = {}
    for mark in marks:
        match mark:
            case Line():
                _line(axis, mark, style[mark.method], told)
            case Level():
                _level(axis, mark, style[mark.method], told)
            case Point():
                points.setdefault(mark.method, []).append(mark)
            case Front():
                axis.step(mark.x, mark.y, where="post", color=SOFT, linewidth=1.2, zorder=1)
            case Ranks():
                _ranks(axis, mark, style, told)
    for method, own in points.items():
        _points(axis, own, style[method], told)
    if pairs:
        _pairs(axis, pairs, style, told)
    if stacks:
        _stacks(axis, stacks, told)


def shown_in_legend(panels: Iterable[Panel], style: Mapping[str, Style]) -> list[Any]:
    """Return one entry per method or piece drawn, looking as it does in the panels."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: dict[str, Line2D | Patch] = {}
    for mark in (mark for panel in panels for mark in panel.marks):
        match mark:
            case Line(name=name) if name:
                how = _among(mark, style[mark.method])
                entries[name] = Line2D(
                    [], [], color=INK, linewidth=1.8, label=_text(name), marker=how.marker,
                    linestyle=(0, how.dashes or ()),  # type: ignore[arg-type]
                )  # fmt: skip
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


def _among(line: Line, how: Style) -> Style:
    """Tell a line from the other ones of its method."""
    dashes, marker = DASHES[line.order % len(DASHES)], MARKERS[line.order % len(MARKERS)]
    return replace(how, dashes=dashes, marker=marker) if line.name else how


def _has_markers(line: Line) -> bool:
    return not (line.band or line.stepped)


def _line(axis: "Axes", line: Line, how: Style, told: Told) -> None:
    own, how = facets(method=line.method), _among(line, how)
    shown = ", ".join(filter(None, (line.method, line.name)))
    axis.plot(
        line.x, line.y, gid=told.gid(own, shown, of_line(line)),
        color=how.light, linewidth=1.7, linestyle=(0, how.dashes or ()),
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
            step="post" if line.stepped else None, gid=told.gid(own),
        )  # fmt: skip
    else:
        axis.vlines(x, low, high, color=how.light, linewidth=1.4, gid=told.gid(own))


def _level(axis: "Axes", level: Level, how: Style, told: Told) -> None:
    own = facets(method=level.method)
    axis.axhline(
        level.y, color=how.light, linestyle=LEVEL_DASH, linewidth=1.4,
        gid=told.gid(own, level.method, of_level(level)),
    )  # fmt: skip
    if level.low is not None and level.high is not None:
        axis.axhspan(
            level.low, level.high, color=how.light, alpha=FAINT / 1.5, linewidth=0,
            gid=told.gid(own),
        )  # fmt: skip


def _points(axis: "Axes", points: Sequence[Point], how: Style, told: Told) -> None:
    """Draw one method's points, with a ring around those on the front."""
    for point in points:
        own = {**facets(method=point.method), **point.facets}
        gid = told.gid(own)
        if point.x_low is not None and point.x_high is not None:
            axis.hlines(
                point.y, point.x_low, point.x_high, color=how.light, linewidth=1, alpha=0.7, gid=gid
            )
        if point.y_low is not None and point.y_high is not None:
            axis.vlines(
                point.x, point.y_low, point.y_high, color=how.light, linewidth=1, alpha=0.7, gid=gid
            )
        if point.on_front:
            axis.plot(
                point.x, point.y, color=INK, linestyle="", marker="o", markersize=13,
                markerfacecolor="none", markeredgewidth=1.2, zorder=2, gid=gid,
            )  # fmt: skip
        name = ", ".join(filter(None, (point.method, point.label)))
        axis.plot(
            point.x, point.y, color=how.light, linestyle="", marker=how.marker, markersize=6,
            zorder=3, gid=told.gid(own, name, of_point(point)),
        )  # fmt: skip


def _pairs(axis: "Axes", pairs: Sequence[Pairs], style: Mapping[str, Style], told: Told) -> None:
    """Draw the baseline's and the candidate's seeds side by side, one pair of columns each."""
    for i, pair in enumerate(pairs):
        left, right = 2.6 * i, 2.6 * i + 1.0
        own = facets(method=pair.candidate)
        # One line with gaps is written far shorter than a line for each seed.
        steps: list[float] = []
        heights: list[float] = []
        for before, after in zip(pair.before, pair.after, strict=True):
            if before is not None and after is not None:
                steps += (left, right, right)
                heights += (before, after, float("nan"))
        axis.plot(steps, heights, color=SOFT, linewidth=0.9, alpha=0.7, gid=told.gid(own))
        for at, name, values in (
            (left, pair.baseline, pair.before),
            (right, pair.candidate, pair.after),
        ):
            _dots(
                axis, at, values, style[name], told.gid(own, name, of_pairs(at, pair.seeds, values))
            )
    middles = [2.6 * i + 0.5 for i in range(len(pairs))]
    few = len(pairs) <= 4
    axis.set_xticks(
        middles, [pair.candidate for pair in pairs], rotation=0 if few and len(pairs) < 3 else 30,
        ha="center" if few and len(pairs) < 3 else "right", rotation_mode="anchor",
    )  # fmt: skip
    axis.grid(visible=False, axis="x")
    axis.set_xlim(-0.8, 2.6 * len(pairs) - 0.8)


def _dots(axis: "Axes", at: float, values: Ends, how: Style, gid: str | None) -> None:
    """Draw dots as lines of no length with round ends: one path, however many there are."""
    known = [v for v in values if v is not None]
    gaps = [x for v in known for x in (v, v, float("nan"))]
    axis.plot([at] * len(gaps), gaps, color=how.light, linewidth=5, alpha=0.85, gid=gid)


def _stacks(axis: "Axes", stacks: Sequence[Stack], told: Told) -> None:
    below = [0.0] * len(stacks[0].heights)
    for stack in stacks:
        light, _ = PART_COLOURS[stack.order]
        bars = axis.bar(stack.places, stack.heights, bottom=below, color=light, width=0.7)
        for i, (bar, place) in enumerate(zip(bars, stack.places, strict=True)):
            x = bar.get_x() + bar.get_width() / 2
            name = f"{told.plot.x.label} {place}"
            value = Value(x, stack.heights[i], name=name, below=below[i])
            bar.set_gid(told.gid({}, stack.piece, (value,)))
        below = [low + height for low, height in zip(below, stack.heights, strict=True)]
    axis.grid(visible=False, axis="x")


def _ranks(axis: "Axes", ranks: Ranks, style: Mapping[str, Style], told: Told) -> None:
    import pandas as pd
    from matplotlib.lines import Line2D
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
    for method, rank in zip(ranks.methods, ranks.ranks, strict=True):
        # The diagram is drawn by others: what carries the value is a line of no points.
        gid = told.gid({}, method, (Value(rank, 0.0),))
        axis.add_artist(Line2D([], [], linestyle="", gid=gid))
