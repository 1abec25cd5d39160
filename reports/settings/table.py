"""The page's main rows: means by setting; nothing is computed here."""

import math
from collections.abc import Collection, Sequence

from reports.display.numbers import NO_NUMBER, plain_text
from reports.display.setting import place_words, setting_cells, setting_columns, titled
from reports.display.table import (
    METHOD,
    Cell,
    Column,
    Table,
    count_cell,
    estimate_cell,
    method_cell,
)
from reports.display.words import confidence_words
from reports.input.context import Context
from reports.input.pairing import Setting
from reports.input.targets import Target
from reports.input.units import SECONDS, Unit
from reports.settings.estimates import GroupSummary
from reports.settings.words import failures_words, target_words
from reports.statistics.estimate import Estimate


def main_table(
    context: Context,
    summaries: Sequence[GroupSummary],
    targets: Sequence[Target],
    first: tuple[str, ...],
) -> Table | None:
    """Mean, interval, n and failures of every method and setting, or `None` without runs.

    Where it is cut, the rows of the methods in `first` stay.
    """
    if not summaries:
        return None
    metrics = [metric for metric in context.metrics if not metric.is_censored]
    units = {
        metric.column: metric.units.fitting([s.estimates[metric.column].point for s in summaries])
        for metric in metrics
    }
    has_target = any(s.arrival is not None for s in summaries)
    arrival_unit = SECONDS.fitting(
        [s.arrival.median_seconds for s in summaries if s.arrival is not None]
    )
    rank = {method: i for i, method in enumerate(context.methods)}
    ordered = sorted(summaries, key=lambda s: (s.setting.order, rank[s.method]))
    places = {s.setting.place: s.setting for s in ordered}
    caption = f"Mean and {confidence_words(context)} interval over seeds"
    return Table(
        caption=titled(caption, ordered[0].setting.place) if len(places) == 1 else caption,
        columns=(
            *setting_columns(context),
            METHOD,
            *(Column(metric.name, units[metric.column].symbol) for metric in metrics),
            *((Column("Median time to target", arrival_unit.symbol),) if has_target else ()),
            Column("Finished", "runs"),
            Column("Failed", "runs"),
        ),
        rows=tuple(
            (
                *setting_cells(s.setting, context),
                method_cell(s.method),
                *(
                    _estimate_cell(s.estimates[column], s.finished, unit)
                    for column, unit in units.items()
                ),
                *((_arrival_cell(s, arrival_unit),) if has_target else ()),
                count_cell(s.finished),
                Cell(failures_words(s.failures), value=s.runs - s.finished),
            )
            for s in ordered
        ),
        main=True,
        first=first,
        note=_note(context) + ("" if not has_target else _targets(places.values(), targets)),
    )


def _note(context: Context) -> str:
    steps = (
        f"T is {NO_NUMBER} for a method without timesteps; it runs once per batch size. "
        if context.has_timesteps
        else ""
    )
    return f"{steps}Means are over finished runs."


def _targets(settings: Collection[Setting], targets: Sequence[Target]) -> str:
    """Name the target accuracy of every place, with the place where there are several."""
    words = {s: target for s in settings if (target := target_words(s, targets))}
    failed = " Failed runs count as never reaching the target."
    if len(settings) == 1:
        return failed + "".join(f" {target}" for target in words.values())
    return failed + "".join(f" {place_words(s.place)}: {target}" for s, target in words.items())


def _estimate_cell(estimate: Estimate, finished: int, unit: Unit) -> Cell:
    cell = estimate_cell(estimate, unit, no_spread=f"the same in all {estimate.n}")
    if 0 < estimate.n != finished:
        return Cell(cell.text, f"{cell.detail}, n = {estimate.n}", value=cell.value)
    return cell


def _arrival_cell(summary: GroupSummary, unit: Unit) -> Cell:
    arrival = summary.arrival
    if arrival is None:
        return Cell(NO_NUMBER)
    seconds = arrival.median_seconds
    text = plain_text(seconds, unit) if math.isfinite(seconds) else "not reached"
    return Cell(text, f"{arrival.reached} of {arrival.runs} runs", value=seconds)
