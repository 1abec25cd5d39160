"""The page's pictures, drawn by seaborn from values of the analysis; nothing is computed here."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from reports.analysis import Analysis
from reports.metrics import METRICS, Metric, Quantity
from reports.numbers import Unit, unit_for
from reports.pairing import Setting
from reports.palette import Style, styles
from reports.records import Condition
from reports.sentences import condition_words, curves_say, trend_says
from reports.summaries import CurveGroup, GroupSummary
from reports.svg import inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL_INCHES = (4.5, 2.9)
OVER_T = ("epoch_seconds", "peak_memory_bytes")

Grouped = TypeVar("Grouped", CurveGroup, GroupSummary)


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure on the page: its SVG, and the two sentences below it."""

    slug: str
    title: str
    svg: str
    how_to_read: str
    what_it_says: str


def missing_packages() -> tuple[str, ...]:
    """Name the plotting packages that are not installed here."""
    return tuple(p for p in ("matplotlib", "seaborn") if importlib.util.find_spec(p) is None)


def draw_curves(analysis: Analysis) -> tuple[Picture, ...]:
    """Draw validation accuracy over training time, one figure per data set and condition."""
    pictures = []
    for i, groups in enumerate(_apart(analysis.curves)):
        slug = f"curves-{i + 1}"
        title = f"Validation accuracy over training time: {_place(groups[0].setting)}"
        how = (
            "Each panel is one batch size and T. Thick lines are means over seeds, faint lines "
            "single seeds; higher and further left is better, and methods without T appear in "
            "every panel of their batch size. Only finished runs are drawn."
        )
        says = curves_say(groups, analysis)
        paint = partial(_curve_panels, groups=groups, style=styles(analysis.methods))
        svg = draw(slug, title, f"{how} {says}", paint)
        pictures.append(Picture(slug, title, svg, how, says))
    return tuple(pictures)


def draw_over_t(analysis: Analysis) -> tuple[Picture, ...]:
    """Draw time per epoch and peak memory over T, one figure per metric, data set and condition."""
    pictures = []
    for metric in (m for m in METRICS if m.column in OVER_T):
        measured = [s for s in analysis.summaries if s.estimates[metric.column].point is not None]
        for i, summaries in enumerate(_apart(measured)):
            if all(s.setting.timesteps is None for s in summaries):
                continue
            slug = f"{metric.slug}-over-t-{i + 1}"
            title = f"{metric.name} over T: {_place(summaries[0].setting)}"
            how = (
                "Each panel is one batch size. Points are means over seeds with their "
                f"{100 * analysis.plan.confidence:g} % interval; a dashed horizontal line is a "
                "method without T. Lower is better, and the scale starts at zero."
            )
            place = {(s.setting.dataset, s.setting.condition) for s in summaries}
            says = trend_says(
                metric,
                [
                    t
                    for t in analysis.trends
                    if t.metric is metric and (t.setting.dataset, t.setting.condition) in place
                ],
                analysis,
            )
            paint = partial(
                _over_t_panels, summaries=summaries, metric=metric, style=styles(analysis.methods)
            )
            svg = draw(slug, title, f"{how} {says}", paint)
            pictures.append(Picture(slug, title, svg, how, says))
    return tuple(pictures)


def _curve_panels(figure: Figure, groups: Sequence[CurveGroup], style: dict[str, Style]) -> None:
    import pandas as pd
    import seaborn as sns

    batches = sorted({g.setting.batch_size for g in groups})
    with_t = {g.setting.timesteps for g in groups if g.setting.timesteps is not None}
    steps: list[int | None] = [*sorted(with_t)] or [None]
    unit = unit_for(Quantity.TIME, [max(g.mean.seconds[-1] for g in groups)])
    axes = panels(figure, len(batches), len(steps), sharex="row")
    for row, batch_size in enumerate(batches):
        for column, timesteps in enumerate(steps):
            axis = axes[row][column]
            here = [
                g
                for g in groups
                if g.setting.batch_size == batch_size and g.setting.timesteps in (None, timesteps)
            ]
            at = "" if timesteps is None else f", T = {timesteps}"
            label(axis, f"batch size {batch_size}{at}")
            for kind, width, alpha in (("seed", 0.8, 0.35), ("mean", 2.0, 1.0)):
                lines = pd.DataFrame(
                    [
                        (g.method, f"{g.method} {i}", seconds / unit.size, accuracy)
                        for g in here
                        for i, curve in enumerate(g.seeds if kind == "seed" else (g.mean,))
                        for seconds, accuracy in zip(curve.seconds, curve.accuracy, strict=True)
                    ],
                    columns=["method", "line", "seconds", "accuracy"],
                )
                if lines.empty:
                    continue
                sns.lineplot(
                    data=lines, x="seconds", y="accuracy", hue="method", style="method",
                    units="line", estimator=None, sort=False, legend=False, ax=axis,
                    palette={method: s.colour for method, s in style.items()},
                    dashes=_dashes(style),
                    linewidth=width, alpha=alpha,
                )  # fmt: skip
            axis.set(
                xlabel=f"training time ({unit.symbol})" if row == len(batches) - 1 else "",
                ylabel="validation accuracy (%)" if column == 0 else "",
            )
    legend(figure, style, {g.method: "line" for g in groups})


def _over_t_panels(
    figure: Figure, summaries: Sequence[GroupSummary], metric: Metric, style: dict[str, Style]
) -> None:
    import pandas as pd
    import seaborn as sns

    batches = sorted({s.setting.batch_size for s in summaries})
    steps = sorted({s.setting.timesteps for s in summaries if s.setting.timesteps is not None})
    unit = unit_for(metric.quantity, [s.estimates[metric.column].point for s in summaries])
    axes = panels(figure, 1, len(batches), sharex="all")[0]
    for axis, batch_size in zip(axes, batches, strict=True):
        here = [s for s in summaries if s.setting.batch_size == batch_size]
        label(axis, f"batch size {batch_size}")
        points = pd.DataFrame(
            [
                (s.method, s.setting.timesteps, point / unit.size)
                for s in here
                if s.setting.timesteps is not None
                and (point := s.estimates[metric.column].point) is not None
            ],
            columns=["method", "T", "value"],
        )
        if not points.empty:
            sns.lineplot(
                data=points, x="T", y="value", hue="method", style="method", estimator=None,
                legend=False, ax=axis, palette={m: s.colour for m, s in style.items()},
                dashes=_dashes(style),
                markers={m: s.marker for m, s in style.items()}, markersize=6, linewidth=1.8,
            )  # fmt: skip
        for summary in here:
            _mark_interval(axis, summary, metric, unit, style[summary.method].colour)
        axis.set(
            xlabel="timesteps T",
            ylabel=f"{metric.name.lower()} ({unit.symbol})" if axis is axes[0] else "",
            xticks=steps,
        )
        axis.set_ylim(bottom=0)
        axis.margins(x=0.12)
    legend(
        figure,
        style,
        {s.method: "line" if s.setting.timesteps is None else "point" for s in summaries},
        dashed={s.method for s in summaries if s.setting.timesteps is None},
    )


def _mark_interval(
    axis: Axes, summary: GroupSummary, metric: Metric, unit: Unit, colour: str
) -> None:
    """Draw one interval: a bar at its T, or a band with a line for a method without T."""
    estimate, timesteps = summary.estimates[metric.column], summary.setting.timesteps
    low, high = estimate.low, estimate.high
    if timesteps is None and estimate.point is not None:
        axis.axhline(estimate.point / unit.size, color=colour, linestyle=(0, (4, 3)), linewidth=1.5)
    if low is None or high is None:
        return
    if timesteps is None:
        axis.axhspan(low / unit.size, high / unit.size, color=colour, alpha=0.12, linewidth=0)
    else:
        axis.vlines(timesteps, low / unit.size, high / unit.size, color=colour, linewidth=1.5)


def draw(slug: str, title: str, description: str, paint: Callable[[Figure], None]) -> str:
    """Paint a figure under settings that hold for it alone, and return its SVG."""
    import matplotlib
    import seaborn as sns
    from matplotlib.figure import Figure

    settings: Any = {
        **sns.axes_style("whitegrid"),
        "axes.edgecolor": "#888888",
        "axes.unicode_minus": True,
        "axes.formatter.use_mathtext": False,
        "font.family": ["DejaVu Sans", "sans-serif"],
        "font.size": 10,
        "grid.color": "#e4e4e4",
        "svg.fonttype": "none",
        "svg.hashsalt": slug,
        # A method may be called "$x"; names are text, never formulas.
        "text.parse_math": False,
    }
    with matplotlib.rc_context(settings):
        figure = Figure(layout="constrained")
        paint(figure)
        return inline_svg(figure, slug, title, description)


def panels(
    figure: Figure, rows: int, columns: int, sharex: Literal["row", "all"]
) -> list[list[Axes]]:
    """Lay out a grid of panels of the page's usual size."""
    width, height = PANEL_INCHES
    figure.set_size_inches(max(6.5, columns * width), rows * height + 0.7)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=sharex, sharey=True)
    return [list(row) for row in grid]


def _dashes(style: dict[str, Style]) -> dict[str, Any]:
    return {method: s.dashes for method, s in style.items()}


def label(axis: Axes, text: str) -> None:
    """Title a panel, and take away the frame's upper and right side."""
    axis.set_title(text, loc="left", fontsize="medium")
    axis.spines[["top", "right"]].set_visible(False)


def legend(
    figure: Figure,
    style: dict[str, Style],
    drawn_as: dict[str, Literal["line", "point"]],
    dashed: Set[str] = frozenset(),
) -> None:
    """Add one entry per drawn method, looking as the method does in the panels."""
    from matplotlib.lines import Line2D

    shown = [method for method in style if method in drawn_as]
    handles = [
        Line2D(
            [],
            [],
            color=style[method].colour,
            marker=style[method].marker if drawn_as[method] == "point" else "",
            linewidth=1.8,
            linestyle=(0, (4, 3) if method in dashed else style[method].dashes or ()),  # type: ignore[arg-type]
        )
        for method in shown
    ]
    # matplotlib hides legend entries that start with an underscore; a zero-width space shows them.
    labels = [f"\N{ZERO WIDTH SPACE}{m}" if m.startswith("_") else m for m in shown]
    figure.legend(
        handles, labels, loc="outside upper left", ncols=min(5, len(shown)), frameon=False
    )


def _apart(items: Sequence[Grouped]) -> list[list[Grouped]]:
    """Put items of one data set and condition together, in their order."""
    parts: dict[tuple[str, Condition], list[Grouped]] = {}
    for item in items:
        parts.setdefault((item.setting.dataset, item.setting.condition), []).append(item)
    return list(parts.values())


def _place(setting: Setting) -> str:
    return f"{setting.dataset} ({condition_words(setting)})"
