"""How accuracy, time and memory change over T, and over batch size."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.display.facet import Facet, Facets, facets
from reports.display.picture import (
    Axis,
    Level,
    Line,
    Mark,
    Panel,
    Picture,
    Plot,
)
from reports.display.selection import Selection, by_place
from reports.display.setting import panel_title, titled
from reports.display.words import confidence_words, with_unit
from reports.input.context import Context
from reports.input.metrics import Metric, Shown
from reports.input.pairing import Means, Setting
from reports.input.units import Unit
from reports.statistics.estimate import Estimate
from reports.trends.ends import Trend
from reports.trends.estimates import Axis as Over
from reports.trends.words import trend_says


@dataclass(frozen=True, slots=True)
class Mean:
    """One method's mean in one setting."""

    method: str
    setting: Setting
    estimate: Estimate


def trend_pictures(
    context: Context, means: Means, trends: Sequence[Trend], selection: Selection
) -> tuple[Picture, ...]:
    """One figure per metric, axis, data set and condition, where the axis has two levels."""
    pictures = []
    for metric in (m for m in context.metrics if Shown.FIGURE in m.shown):
        measured = [
            Mean(method, setting, estimates[metric.column])
            for (method, setting), estimates in means.items()
            if estimates[metric.column].point is not None and method in selection.methods
        ]
        own = [trend for trend in trends if trend.metric is metric]
        for over in Over:
            for i, here in enumerate(by_place(measured), start=1):
                if len(_levels(here, over)) > 1:
                    pictures.append(_picture(i, metric, over, here, own, selection, context))
    return tuple(pictures)


def _picture(
    number: int,
    metric: Metric,
    over: Over,
    means: Sequence[Mean],
    trends: Sequence[Trend],
    selection: Selection,
    context: Context,
) -> Picture:
    unit = context.unit(metric)
    panels = tuple(
        Panel(_title(over, fixed), _marks(means, over, fixed, unit), _facets(over, fixed))
        for fixed in _fixed(means, over, selection)
    )
    better = "Higher" if metric.higher_is_better else "Lower"
    is_accuracy = metric.is_difference
    held = "batch size" if over is Over.TIMESTEPS else "T"
    without = (
        "a dashed horizontal line is a method without T"
        if over is Over.TIMESTEPS
        else "methods without T stand in every panel"
    )
    place = means[0].setting.place
    return Picture(
        slug=f"{metric.slug}-over-{'t' if over is Over.TIMESTEPS else 'batch'}-{number}",
        title=titled(f"{metric.name} over {over}", place, context),
        plot=Plot(
            (panels,),
            Axis(
                "timesteps T" if over is Over.TIMESTEPS else "batch size (images)",
                log=True,
                ticks=tuple(float(level) for level in _levels(means, over)),
            ),
            Axis(with_unit(metric.name.lower(), unit.symbol), from_zero=not is_accuracy),
        ),
        how_to_read=f"Each panel is one {held}. Points are means over seeds with their "
        f"{confidence_words(context)} interval; {without}. {better} is better"
        f"{'' if is_accuracy else ', and the vertical scale starts at zero'}.{selection.note}",
        what_it_says=trend_says(
            metric,
            over,
            [t for t in trends if t.axis is over and t.setting.place == place],
            context,
        ),
        # Two levels are a difference, which the tables say as well.
        folded=len(_levels(means, over)) < 3,
        facets=facets(dataset=place[0]),
        along=Facet.TIMESTEPS if over is Over.TIMESTEPS else Facet.BATCH_SIZE,
    )


def _levels(means: Sequence[Mean], over: Over) -> list[int]:
    return sorted({level for m in means if (level := _level(m, over)) is not None})


def _level(mean: Mean, over: Over) -> int | None:
    setting = mean.setting
    return setting.timesteps if over is Over.TIMESTEPS else setting.batch_size


def _fixed(means: Sequence[Mean], over: Over, selection: Selection) -> Sequence[int | None]:
    """List what each panel holds fixed: batch sizes, or T."""
    if over is Over.TIMESTEPS:
        found = {m.setting.batch_size for m in means} & set(selection.batch_sizes)
        return sorted(found, key=lambda size: size or 0)
    steps = {m.setting.timesteps for m in means} & set(selection.timesteps)
    return sorted(t for t in steps if t is not None) or [None]


def _title(over: Over, fixed: int | None) -> str:
    return panel_title(fixed, None) if over is Over.TIMESTEPS else panel_title(None, fixed)


def _facets(over: Over, fixed: int | None) -> Facets:
    return facets(batch_size=fixed) if over is Over.TIMESTEPS else facets(timesteps=fixed)


def _marks(means: Sequence[Mean], over: Over, fixed: int | None, unit: Unit) -> tuple[Mark, ...]:
    lines: dict[str, list[Mean]] = {}
    levels: list[Mark] = []
    for m in means:
        if over is Over.BATCH_SIZE and m.setting.timesteps in (None, fixed):
            lines.setdefault(m.method, []).append(m)
        elif over is Over.TIMESTEPS and m.setting.batch_size == fixed:
            if m.setting.timesteps is None:
                low, high = _scaled(m.estimate.low, unit), _scaled(m.estimate.high, unit)
                levels.append(Level(m.method, (m.estimate.point or 0.0) / unit.size, low, high))
            else:
                lines.setdefault(m.method, []).append(m)
    return (*levels, *(_line(method, group, over, unit) for method, group in lines.items()))


def _line(method: str, means: Sequence[Mean], over: Over, unit: Unit) -> Line:
    ordered = sorted(means, key=lambda m: _level(m, over) or 0)
    return Line(
        method=method,
        x=tuple(float(_level(m, over) or 0) for m in ordered),
        y=tuple((m.estimate.point or 0.0) / unit.size for m in ordered),
        low=tuple(_scaled(m.estimate.low, unit) for m in ordered),
        high=tuple(_scaled(m.estimate.high, unit) for m in ordered),
    )


def _scaled(value: float | None, unit: Unit) -> float | None:
    return None if value is None else value / unit.size
