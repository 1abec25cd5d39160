"""Learning curves: validation accuracy over training time, means with bands."""

from __future__ import annotations

from reports.display.figure_words import curves_say
from reports.display.numbers import Unit, unit_for
from reports.display.picture import (
    Axis,
    Line,
    Panel,
    Picture,
    Plot,
)
from reports.display.selection import (
    by_place,
    panel_title,
    place_words,
    select,
)
from reports.input.metrics import Quantity
from reports.page.analysis import Analysis
from reports.settings.estimates import CurveGroup


def curve_pictures(analysis: Analysis) -> tuple[Picture, ...]:
    """One figure per data set and condition: a row of panels per batch size, a panel per T."""
    selection = select(analysis)
    shown = [g for g in analysis.curves if selection.shows(g.method, g.setting)]
    pictures = []
    for i, groups in enumerate(by_place(shown), start=1):
        unit = unit_for(Quantity.TIME, [max(g.mean.seconds[-1] for g in groups)])
        steps = {g.setting.timesteps for g in groups if g.setting.timesteps is not None}
        rows = tuple(
            tuple(
                _panel(groups, batch_size, timesteps, unit)
                for timesteps in (sorted(steps) if steps else [None])
            )
            for batch_size in sorted({g.setting.batch_size for g in groups})
        )
        pictures.append(
            Picture(
                slug=f"curves-{i}",
                title=f"Validation accuracy over training time: {place_words(groups[0].setting)}",
                plot=Plot(
                    rows, Axis(f"training time ({unit.symbol})"), Axis("validation accuracy (%)")
                ),
                how_to_read="Each panel is one batch size and T. Lines are means over seeds after "
                "each epoch, at their mean training time, and bands are the "
                f"{100 * analysis.plan.confidence:g} % interval of that mean at one epoch; higher "
                "and further left is better. Methods without T stand in every panel of their "
                f"batch size. Only finished runs are drawn.{selection.note}",
                what_it_says=curves_say(groups, analysis),
            )
        )
    return tuple(pictures)


def _panel(groups: list[CurveGroup], batch_size: int, timesteps: int | None, unit: Unit) -> Panel:
    return Panel(
        panel_title(batch_size, timesteps),
        tuple(
            Line(
                method=g.method,
                x=tuple(seconds / unit.size for seconds in g.mean.seconds),
                y=g.mean.accuracy,
                low=g.low,
                high=g.high,
                band=True,
            )
            for g in groups
            if g.setting.batch_size == batch_size and g.setting.timesteps in (None, timesteps)
        ),
    )
