"""Learning curves: validation accuracy over training time, means with bands."""

from collections.abc import Iterable

from reports.curves.estimates import CurveGroup
from reports.curves.words import curves_say
from reports.display.facet import facets
from reports.display.picture import (
    Axis,
    Line,
    Panel,
    Picture,
    Plot,
)
from reports.display.selection import Selection, by_place
from reports.display.setting import panel_title, titled
from reports.display.words import confidence_words
from reports.input.context import Context
from reports.input.units import Unit


def curve_pictures(
    context: Context, curves: Iterable[CurveGroup], selection: Selection
) -> tuple[Picture, ...]:
    """One figure per data set and condition: a row of panels per batch size, a panel per T."""
    shown = [g for g in curves if selection.shows(g.method, g.setting)]
    pictures = []
    for i, groups in enumerate(by_place(shown), start=1):
        unit = context.time_unit
        steps = {g.setting.timesteps for g in groups if g.setting.timesteps is not None}
        rows = tuple(
            tuple(
                _panel(groups, batch_size, timesteps, unit)
                for timesteps in (sorted(steps) if steps else [None])
            )
            for batch_size in sorted(
                {g.setting.batch_size for g in groups}, key=lambda size: size or 0
            )
        )
        pictures.append(
            Picture(
                slug=f"curves-{i}",
                title=titled(
                    "Validation accuracy over training time", groups[0].setting.place, context
                ),
                plot=Plot(
                    rows, Axis(f"training time ({unit.symbol})"), Axis("validation accuracy (%)")
                ),
                how_to_read="Each panel is one batch size and T. Lines are means over seeds after "
                "each epoch, at their mean training time, and bands are the "
                f"{confidence_words(context)} interval of that mean at one epoch; higher "
                "and further left is better. Methods without T stand in every panel of their "
                f"batch size. Only finished runs are drawn.{selection.note}",
                what_it_says=curves_say(groups, context),
                facets=facets(dataset=groups[0].setting.dataset),
            )
        )
    return tuple(pictures)


def _panel(
    groups: list[CurveGroup], batch_size: int | None, timesteps: int | None, unit: Unit
) -> Panel:
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
        facets(batch_size=batch_size, timesteps=timesteps),
    )
