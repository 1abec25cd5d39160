"""Every seed as a dot, the two runs of a pair joined by a line."""

from collections.abc import Sequence
from dataclasses import replace

from reports.comparisons.estimates import Comparison
from reports.comparisons.headlines import pairs_say
from reports.display.facet import facets
from reports.display.picture import (
    Axis,
    Pairs,
    Panel,
    Picture,
    Plot,
)
from reports.display.selection import Selection, by_place
from reports.display.setting import panel_title, titled
from reports.display.words import with_unit
from reports.input.context import Context
from reports.input.metrics import (
    Metric,
    Shown,
)
from reports.input.units import Unit


def seed_pictures(
    context: Context, comparisons: Sequence[Comparison], selection: Selection
) -> tuple[Picture, ...]:
    """One figure per metric, data set and condition; a panel per batch size and T."""
    pictures = []
    primary = context.plan.primary_metric
    for metric in context.metrics:
        if metric.is_censored or not (Shown.FIGURE in metric.shown or metric.column == primary):
            continue
        shown = [
            c
            for c in comparisons
            if c.metric is metric and c.pairs and selection.shows(c.candidate, c.setting)
        ]
        if all(c.paired.deterministic for c in shown):
            continue  # every dot would lie on every other
        for i, here in enumerate(by_place(shown), start=1):
            picture = _picture(i, metric, here, selection, context)
            pictures.append(replace(picture, folded=metric.column != primary))
    return tuple(pictures)


def _picture(
    number: int,
    metric: Metric,
    comparisons: Sequence[Comparison],
    selection: Selection,
    context: Context,
) -> Picture:
    baseline = comparisons[0].baseline
    unit = context.unit(metric)
    batches = sorted({c.setting.batch_size for c in comparisons}, key=lambda size: size or 0)
    rows = tuple(
        tuple(
            _panel(here, unit)
            for timesteps in sorted(
                {c.setting.timesteps for c in comparisons}, key=lambda t: t or 0
            )
            if (here := _at(comparisons, batch_size, timesteps))
        )
        for batch_size in batches
    )
    scale = " The scale is logarithmic." if not metric.is_difference else ""
    return Picture(
        slug=f"{metric.slug}-seeds-{number}",
        title=titled(f"{metric.name}, every seed", comparisons[0].setting.place, context),
        plot=Plot(
            rows,
            Axis(f"candidate, beside {baseline}"),
            Axis(with_unit(metric.name.lower(), unit.symbol), log=bool(scale)),
        ),
        how_to_read=f"Each pair of columns is one candidate: every dot on the left is a run of "
        f"{baseline}, on the right the candidate's run with the same seed, and a line joins the "
        f"two. Lines that all lean one way are a difference that every seed shows.{scale}"
        f"{selection.note}",
        what_it_says=pairs_say(metric, comparisons),
        facets=facets(dataset=comparisons[0].setting.dataset),
    )


def _at(
    comparisons: Sequence[Comparison], batch_size: int | None, timesteps: int | None
) -> list[Comparison]:
    return [
        c
        for c in comparisons
        if (c.setting.batch_size, c.setting.timesteps) == (batch_size, timesteps)
    ]


def _panel(comparisons: Sequence[Comparison], unit: Unit) -> Panel:
    setting = comparisons[0].setting
    return Panel(
        panel_title(setting.batch_size, setting.timesteps),
        tuple(
            Pairs(
                baseline=c.baseline,
                candidate=c.candidate,
                seeds=tuple(c.pairs),
                before=tuple(theirs / unit.size for _, theirs in c.pairs.values()),
                after=tuple(ours / unit.size for ours, _ in c.pairs.values()),
            )
            for c in comparisons
        ),
        facets(batch_size=setting.batch_size, timesteps=setting.timesteps),
    )
