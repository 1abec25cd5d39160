"""Accuracy against time and against memory: which settings none beats in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.display.figure_words import front_says
from reports.display.numbers import Unit, unit_for
from reports.display.picture import (
    Axis,
    Mark,
    Panel,
    Picture,
    Plot,
    Point,
)
from reports.display.picture import Front as Steps
from reports.display.selection import MOST_PLACES, Selection, select
from reports.input.pairing import Setting
from reports.page.analysis import Analysis
from reports.pareto.estimates import Front
from reports.pareto.estimates import Point as Measured
from reports.settings.estimates import GroupSummary
from reports.standings.table import condition_text

MOST_INTERVALS = 60
"""Points of a figure beyond which their intervals would hide them, and are in the table."""


def pareto_pictures(analysis: Analysis) -> tuple[Picture, ...]:
    """One figure per data set, condition and cost: a panel per batch size, one front over all."""
    selection = select(analysis)
    summaries = {(s.method, s.setting): s for s in analysis.summaries}
    seen: dict[str, int] = {}
    pictures = []
    for front in analysis.fronts:
        shown = [p for p in front.points if p.n and p.method in selection.methods]
        number = seen[front.cost.slug] = seen.get(front.cost.slug, 0) + 1
        if len(shown) < 2 or number > MOST_PLACES:
            continue
        unit = unit_for(front.cost.quantity, [max(p.cost or 0.0 for p in shown)])
        bare = len(shown) > MOST_INTERVALS
        panels = tuple(
            Panel(f"batch size {batch}", _marks(here, front, summaries, unit, bare=bare))
            for batch in selection.batch_sizes
            if (here := [p for p in shown if p.setting.batch_size == batch])
        )
        pictures.append(
            Picture(
                slug=f"{front.cost.slug}-pareto-{number}",
                title=f"Test accuracy against {front.cost.name.lower()}: {front.dataset} "
                f"({condition_text(front.condition)})",
                plot=Plot(
                    (panels,),
                    Axis(f"{front.cost.name.lower()} ({unit.symbol})", log=True),
                    Axis("test accuracy (%)"),
                ),
                how_to_read=_how_to_read(analysis, selection, bare=bare),
                what_it_says=front_says(front, analysis),
            )
        )
    return tuple(pictures)


def _marks(
    points: Sequence[Measured],
    front: Front,
    summaries: Mapping[tuple[str, Setting], GroupSummary],
    unit: Unit,
    *,
    bare: bool,
) -> tuple[Mark, ...]:
    members = [(p.cost, p.accuracy) for p in front.members if p.cost and p.accuracy is not None]
    line = Steps(
        tuple(cost / unit.size for cost, _ in members), tuple(accuracy for _, accuracy in members)
    )
    return (
        line,
        *(_point(p, None if bare else summaries[p.method, p.setting], front, unit) for p in points),
    )


def _point(point: Measured, summary: GroupSummary | None, front: Front, unit: Unit) -> Point:
    """Place a point; without `summary` it has no intervals."""
    assert point.cost is not None
    assert point.accuracy is not None
    steps = point.setting.timesteps
    accuracy = summary.estimates["test_accuracy"] if summary else None
    cost = summary.estimates[front.cost.column] if summary else None
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
    )


def _how_to_read(analysis: Analysis, selection: Selection, *, bare: bool) -> str:
    intervals = (
        "its intervals in the tables"
        if bare
        else f"the {100 * analysis.plan.confidence:g} % intervals of both means"
    )
    return (
        f"Each point is a method at one T, with {intervals}; up and to the left is better, and "
        "the horizontal scale is logarithmic. Rings mark the settings that no other one, of any "
        "batch size, beats in both, and the stepped line joins them in every panel."
        f"{selection.note}"
    )
