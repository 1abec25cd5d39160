"""How accuracy, time and memory change over T, and over batch size."""

from __future__ import annotations

from collections.abc import Sequence

from reports.display.figure_words import trend_says
from reports.display.numbers import Unit, unit_for
from reports.display.picture import (
    Axis,
    Level,
    Line,
    Mark,
    Panel,
    Picture,
    Plot,
)
from reports.display.selection import (
    Selection,
    by_place,
    panel_title,
    place_words,
    select,
)
from reports.input.metrics import METRICS, Metric, Quantity
from reports.page.analysis import Analysis
from reports.settings.estimates import GroupSummary
from reports.trends.estimates import Axis as Over

DRAWN = ("test_accuracy", "epoch_seconds", "peak_memory_bytes")


def trend_pictures(analysis: Analysis) -> tuple[Picture, ...]:
    """One figure per metric, axis, data set and condition, where the axis has two levels."""
    selection = select(analysis)
    pictures = []
    for metric in (m for m in METRICS if m.column in DRAWN):
        measured = [
            s
            for s in analysis.summaries
            if s.estimates[metric.column].point is not None and s.method in selection.methods
        ]
        for over in Over:
            for i, summaries in enumerate(by_place(measured), start=1):
                if len(_levels(summaries, over)) > 1:
                    pictures.append(_picture(i, metric, over, summaries, selection, analysis))
    return tuple(pictures)


def _picture(
    number: int,
    metric: Metric,
    over: Over,
    summaries: Sequence[GroupSummary],
    selection: Selection,
    analysis: Analysis,
) -> Picture:
    unit = unit_for(metric.quantity, [s.estimates[metric.column].point for s in summaries])
    panels = tuple(
        Panel(_title(over, fixed), _marks(summaries, metric, over, fixed, unit))
        for fixed in _fixed(summaries, over, selection)
    )
    better = "Higher" if metric.higher_is_better else "Lower"
    is_accuracy = metric.quantity is Quantity.ACCURACY
    held = "batch size" if over is Over.TIMESTEPS else "T"
    without = (
        "a dashed horizontal line is a method without T"
        if over is Over.TIMESTEPS
        else "methods without T stand in every panel"
    )
    places = {s.setting.place for s in summaries}
    return Picture(
        slug=f"{metric.slug}-over-{'t' if over is Over.TIMESTEPS else 'batch'}-{number}",
        title=f"{metric.name} over {over}: {place_words(summaries[0].setting)}",
        plot=Plot(
            (panels,),
            Axis(
                "timesteps T" if over is Over.TIMESTEPS else "batch size (images)",
                log=True,
                ticks=tuple(float(level) for level in _levels(summaries, over)),
            ),
            Axis(f"{metric.name.lower()} ({unit.symbol})", from_zero=not is_accuracy),
        ),
        how_to_read=f"Each panel is one {held}. Points are means over seeds with their "
        f"{100 * analysis.plan.confidence:g} % interval; {without}. {better} is better"
        f"{'' if is_accuracy else ', and the vertical scale starts at zero'}.{selection.note}",
        what_it_says=trend_says(
            metric,
            over,
            [
                t
                for t in analysis.trends
                if t.metric is metric and t.axis is over and t.setting.place in places
            ],
        ),
    )


def _levels(summaries: Sequence[GroupSummary], over: Over) -> list[int]:
    return sorted({level for s in summaries if (level := _level(s, over)) is not None})


def _level(summary: GroupSummary, over: Over) -> int | None:
    setting = summary.setting
    return setting.timesteps if over is Over.TIMESTEPS else setting.batch_size


def _fixed(
    summaries: Sequence[GroupSummary], over: Over, selection: Selection
) -> Sequence[int | None]:
    """List what each panel holds fixed: batch sizes, or T."""
    if over is Over.TIMESTEPS:
        found = {s.setting.batch_size for s in summaries} & set(selection.batch_sizes)
        return sorted(found)
    steps = {s.setting.timesteps for s in summaries} & set(selection.timesteps)
    return sorted(t for t in steps if t is not None) or [None]


def _title(over: Over, fixed: int | None) -> str:
    return panel_title(fixed, None) if over is Over.TIMESTEPS else panel_title(None, fixed)


def _marks(
    summaries: Sequence[GroupSummary], metric: Metric, over: Over, fixed: int | None, unit: Unit
) -> tuple[Mark, ...]:
    lines: dict[str, list[GroupSummary]] = {}
    levels: list[Mark] = []
    for s in summaries:
        if over is Over.BATCH_SIZE and s.setting.timesteps in (None, fixed):
            lines.setdefault(s.method, []).append(s)
        elif over is Over.TIMESTEPS and s.setting.batch_size == fixed:
            if s.setting.timesteps is None:
                estimate = s.estimates[metric.column]
                assert estimate.point is not None
                levels.append(
                    Level(
                        s.method,
                        estimate.point / unit.size,
                        _scaled(estimate.low, unit),
                        _scaled(estimate.high, unit),
                    )
                )
            else:
                lines.setdefault(s.method, []).append(s)
    return (*levels, *(_line(m, group, metric, over, unit) for m, group in lines.items()))


def _line(
    method: str, group: Sequence[GroupSummary], metric: Metric, over: Over, unit: Unit
) -> Line:
    ordered = sorted(group, key=lambda s: _level(s, over) or 0)
    estimates = [s.estimates[metric.column] for s in ordered]
    return Line(
        method=method,
        x=tuple(float(_level(s, over) or 0) for s in ordered),
        y=tuple((e.point or 0.0) / unit.size for e in estimates),
        low=tuple(_scaled(e.low, unit) for e in estimates),
        high=tuple(_scaled(e.high, unit) for e in estimates),
    )


def _scaled(value: float | None, unit: Unit) -> float | None:
    return None if value is None else value / unit.size
