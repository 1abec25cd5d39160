"""The page's main rows: means by setting; nothing is computed here."""

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from reports.display.numbers import NO_NUMBER, plain_text
from reports.display.setting import place_words, setting_cells, setting_columns
from reports.display.table import (
    METHOD,
    Cell,
    Column,
    Table,
    method_cell,
    spread_cell,
)
from reports.display.words import confidence_words, counted, join
from reports.input.context import Context
from reports.input.metrics import Metric
from reports.input.pairing import Setting
from reports.input.targets import Target
from reports.input.units import Unit
from reports.settings.estimates import Arrival, GroupSummary
from reports.settings.words import failures_words, target_words
from reports.statistics.estimate import Estimate, Gap


def main_table(
    context: Context,
    summaries: Sequence[GroupSummary],
    targets: Sequence[Target],
    first: tuple[str, ...],
) -> Table | None:
    """Means with intervals, and failures, of every method and setting, or `None` without runs.

    It has the metrics that verdicts are given in. Where it is cut, the rows of the methods in
    `first` stay.
    """
    if not summaries:
        return None
    ordered = _ordered(context, summaries)
    places = {s.setting.place: s.setting for s in ordered}
    targeted = _targeted(context, ordered, heads=True)
    alike = {(s.finished, s.runs) for s in ordered}
    finished = () if len(alike) == 1 and not _failed(ordered) else (Column("Finished", "runs"),)
    table = _table(
        context,
        ordered,
        [metric for metric in _shown(context, ordered) if context.plan.heads(metric)],
        f"Mean and {confidence_words(context)} interval (±) over seeds",
        (*_arrival_columns(context, targeted), *finished),
        [
            (
                *_arrival_cells(s, context, targeted),
                *((_finished_cell(s),) if finished else ()),
            )
            for s in ordered
        ],
    )
    seeds = "" if finished else f" Every row has {counted(ordered[0].runs, 'run')}."
    targets_note = (
        _targets(places.values(), targets, context, failed=_failed(ordered)) if targeted else ""
    )
    return replace(
        table,
        main=True,
        first=first,
        note=table.note + _note(context, ordered) + seeds + targets_note,
    )


def beside_table(
    context: Context,
    under: str,
    summaries: Sequence[GroupSummary],
    targets: Sequence[Target],
    first: tuple[str, ...],
) -> Table | None:
    """Return `main_table` of runs under another budget, called `under`, folded; else as there."""
    table = main_table(context, summaries, targets, first)
    if table is None:
        return None
    caption = f"By setting, {under}: {table.caption[0].lower()}{table.caption[1:]}"
    return replace(table, caption=caption, main=False, folded=True)


def further_table(context: Context, summaries: Sequence[GroupSummary]) -> Table | None:
    """Means of the metrics that explain the others, or `None` where there are none."""
    ordered = _ordered(context, summaries)
    metrics = [metric for metric in _shown(context, ordered) if not context.plan.heads(metric)]
    targeted = _targeted(context, ordered, heads=False)
    if not summaries or not (metrics or targeted):
        return None
    caption = f"Further measures, mean and {confidence_words(context)} interval (±) over seeds"
    columns = _arrival_columns(context, targeted)
    cells = [_arrival_cells(s, context, targeted) for s in ordered]
    return replace(_table(context, ordered, metrics, caption, columns, cells), folded=True)


def _table(
    context: Context,
    summaries: Sequence[GroupSummary],
    metrics: Sequence[Metric],
    caption: str,
    columns: tuple[Column, ...],
    cells: Sequence[tuple[Cell, ...]],
) -> Table:
    """Return settings, methods and `metrics`, and `columns` with their `cells` behind them."""
    constant = [
        m
        for m in metrics
        if all(s.estimates[m.column].gap is Gap.NO_SPREAD for s in summaries if s.finished)
    ]
    return Table(
        caption=caption,
        note=_constant(constant),
        columns=(
            *setting_columns(context),
            METHOD,
            *(Column(metric.name, context.unit(metric).symbol) for metric in metrics),
            *columns,
        ),
        rows=tuple(
            (
                *setting_cells(s.setting, context),
                method_cell(s.method),
                *(
                    _estimate_cell(
                        s.estimates[m.column],
                        s.finished,
                        context.unit(m),
                        "" if m in constant else f"the same in all {s.estimates[m.column].n}",
                    )
                    for m in metrics
                ),
                *more,
            )
            for s, more in zip(summaries, cells, strict=True)
        ),
    )


def _shown(context: Context, summaries: Sequence[GroupSummary]) -> list[Metric]:
    """Return the metrics that all rows know; under another budget nobody may have measured one."""
    return [m for m in context.metrics if all(m.column in s.estimates for s in summaries)]


def _ordered(context: Context, summaries: Sequence[GroupSummary]) -> list[GroupSummary]:
    rank = {method: i for i, method in enumerate(context.methods)}
    # One that ran under another budget alone is no method of the context.
    return sorted(
        summaries, key=lambda s: (s.setting.order, rank.get(s.method, len(rank)), s.method)
    )


def _failed(summaries: Sequence[GroupSummary]) -> bool:
    return any(s.failures for s in summaries)


def _note(context: Context, summaries: Sequence[GroupSummary]) -> str:
    has_t = {s.setting.timesteps is not None for s in summaries}
    steps = f"T is {NO_NUMBER} for a method without timesteps. " if len(has_t) > 1 else ""
    failed = " Means are over finished runs." if _failed(summaries) else ""
    return f"{steps}{failed}".strip()


def _targets(
    settings: Collection[Setting], targets: Sequence[Target], context: Context, *, failed: bool
) -> str:
    """Name the target accuracy of every place, with the place where there are several."""
    words = {s: target for s in settings if (target := target_words(s, targets))}
    never = " Failed runs count as never reaching the target." if failed else ""
    if len(settings) == 1:
        return never + "".join(f" {target}" for target in words.values())
    return never + "".join(
        f" {place_words(s.place, context)}: {target}" for s, target in words.items()
    )


def _constant(metrics: Sequence[Metric]) -> str:
    if not metrics:
        return ""
    names = join([metric.name.lower() for metric in metrics]).capitalize()
    return f"{names} {'is' if len(metrics) == 1 else 'are'} the same in all runs of a row. "


def _estimate_cell(estimate: Estimate, finished: int, unit: Unit, same: str) -> Cell:
    cell = spread_cell(estimate, unit, no_spread=same)
    if estimate.gap is Gap.NO_SPREAD and not same:
        cell = Cell(cell.text, value=cell.value)
    if 0 < estimate.n != finished:
        return Cell(cell.text, f"{cell.detail}, n = {estimate.n}", value=cell.value)
    return cell


def _targeted(context: Context, summaries: Sequence[GroupSummary], *, heads: bool) -> list[Metric]:
    """Return the costs of the target that somebody's are known of, with or without verdicts."""
    known = {column for s in summaries for column in s.arrivals}
    censored = (m for m in context.metrics if m.is_censored and m.column in known)
    return [metric for metric in censored if context.plan.heads(metric) is heads]


def _arrival_columns(context: Context, metrics: Sequence[Metric]) -> tuple[Column, ...]:
    """`Time to target`, in its unit."""
    return tuple(
        Column(m.name.removesuffix(" accuracy"), f"{context.unit(m).symbol}, median")
        for m in metrics
    )


def _arrival_cells(
    summary: GroupSummary, context: Context, metrics: Sequence[Metric]
) -> tuple[Cell, ...]:
    return tuple(_arrival_cell(summary.arrivals.get(m.column), context.unit(m)) for m in metrics)


def _arrival_cell(arrival: Arrival | None, unit: Unit) -> Cell:
    """Write the median, and how many arrived where not all did."""
    if arrival is None:
        return Cell(NO_NUMBER)
    cost = arrival.median
    text = plain_text(cost, unit) if math.isfinite(cost) else "not reached"
    late = arrival.reached < arrival.runs
    return Cell(text, f"{arrival.reached} of {arrival.runs} runs" if late else "", value=cost)


def _finished_cell(summary: GroupSummary) -> Cell:
    return Cell(str(summary.finished), failures_words(summary.failures) if summary.failures else "")
