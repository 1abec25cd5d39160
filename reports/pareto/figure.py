"""Accuracy against time and against memory: which settings none beats in both."""

from collections.abc import Iterable, Mapping, Sequence

from reports.display.facet import facets
from reports.display.limits import MOST_INTERVALS, MOST_PLACES
from reports.display.picture import (
    Axis,
    Mark,
    Panel,
    Picture,
    Plot,
    Point,
)
from reports.display.picture import Front as Steps
from reports.display.selection import Selection
from reports.display.setting import panel_title, titled
from reports.display.words import confidence_words, with_unit
from reports.input.context import Context
from reports.input.pairing import Means
from reports.input.units import Unit
from reports.pareto.estimates import Front
from reports.pareto.estimates import Point as Measured
from reports.pareto.words import front_says
from reports.statistics.estimate import Estimate


def pareto_pictures(
    context: Context, fronts: Iterable[Front], means: Means, selection: Selection
) -> tuple[Picture, ...]:
    """One figure per data set, condition and cost: a panel per batch size, one front over all."""
    seen: dict[str, int] = {}
    pictures = []
    for front in fronts:
        shown = [p for p in front.points if p.n and p.method in selection.methods]
        number = seen[front.cost.slug] = seen.get(front.cost.slug, 0) + 1
        if len(shown) < 2 or number > MOST_PLACES:
            continue
        unit = context.unit(front.cost)
        bare = len(shown) > MOST_INTERVALS
        panels = tuple(
            Panel(
                panel_title(batch, None),
                _marks(here, front, {} if bare else means, unit),
                facets(batch_size=batch),
            )
            for batch in selection.batch_sizes
            if (here := [p for p in shown if p.setting.batch_size == batch])
        )
        pictures.append(
            Picture(
                slug=f"{front.cost.slug}-pareto-{number}",
                title=titled(
                    f"{front.accuracy.name} against {front.cost.name.lower()}",
                    (front.dataset, front.condition),
                    context,
                ),
                plot=Plot(
                    (panels,),
                    Axis(with_unit(front.cost.name.lower(), unit.symbol), log=True),
                    Axis(f"{front.accuracy.name.lower()} (%)"),
                ),
                how_to_read=_how_to_read(context, selection, bare=bare),
                what_it_says=front_says(front, context),
                facets=facets(dataset=front.dataset),
            )
        )
    return tuple(pictures)


def _marks(points: Sequence[Measured], front: Front, means: Means, unit: Unit) -> tuple[Mark, ...]:
    members = [(p.cost, p.accuracy) for p in front.members if p.cost and p.accuracy is not None]
    line = Steps(
        tuple(cost / unit.size for cost, _ in members), tuple(accuracy for _, accuracy in members)
    )
    return (line, *(_point(p, means.get((p.method, p.setting)), front, unit) for p in points))


def _point(
    point: Measured, estimates: Mapping[str, Estimate] | None, front: Front, unit: Unit
) -> Point:
    """Place a point; without `estimates` it has no intervals."""
    assert point.cost is not None
    assert point.accuracy is not None
    steps = point.setting.timesteps
    accuracy = estimates[front.accuracy.column] if estimates else None
    cost = estimates[front.cost.column] if estimates else None
    return Point(
        method=point.method,
        label="" if steps is None else f"T={steps}",
        x=point.cost / unit.size,
        y=point.accuracy,
        x_low=None if cost is None or cost.low is None else cost.low / unit.size,
        x_high=None if cost is None or cost.high is None else cost.high / unit.size,
        y_low=accuracy.low if accuracy else None,
        y_high=accuracy.high if accuracy else None,
        on_front=point.on_front,
        facets=facets(timesteps=steps),
    )


def _how_to_read(context: Context, selection: Selection, *, bare: bool) -> str:
    intervals = (
        "its intervals in the tables"
        if bare
        else f"the {confidence_words(context)} intervals of both means"
    )
    return (
        f"Each point is a method{' at one T' if context.has_timesteps else ''}, with {intervals}; "
        "up and to the left is better, and the horizontal scale is logarithmic. Rings mark the "
        "points that no other one, of any panel, beats in both, and the stepped line joins them in "
        "every panel."
        f"{selection.note}"
    )
