"""The page's main rows: means by setting, failures, environment; nothing is computed here."""

from __future__ import annotations

import math
from collections.abc import Mapping

from reports.comparisons.estimates import Comparison
from reports.display.numbers import (
    NO_NUMBER,
    Unit,
    plain_text,
    unit_for,
)
from reports.display.table import (
    BATCH_SIZE,
    CONDITION,
    DATASET,
    METHOD,
    TIMESTEPS,
    Cell,
    Column,
    Table,
    count_cell,
    estimate_cell,
    method_cell,
    timesteps_cell,
)
from reports.display.words import (
    condition_words,
    failures_words,
    reason_words,
    target_words,
)
from reports.input.metrics import MEASURED, Quantity
from reports.input.pairing import Setting
from reports.input.runs import Condition, Run
from reports.page.analysis import Analysis
from reports.settings.estimates import GroupSummary
from reports.statistics.equivalence import Verdict
from reports.statistics.estimate import Estimate

VERDICT_SIGNS = {
    Verdict.BETTER: "\N{BLACK UP-POINTING TRIANGLE}",
    Verdict.WORSE: "\N{BLACK DOWN-POINTING TRIANGLE}",
    Verdict.EQUIVALENT: "\N{ALMOST EQUAL TO}",
    Verdict.INCONCLUSIVE: "?",
}


def main_table(analysis: Analysis, first: tuple[str, ...]) -> Table | None:
    """Mean, interval, n and failures of every method and setting, or `None` without runs.

    Where it is cut, the rows of the methods in `first` stay.
    """
    summaries = analysis.summaries
    if not summaries:
        return None
    units = {
        metric.column: unit_for(
            metric.quantity, [s.estimates[metric.column].point for s in summaries]
        )
        for metric in MEASURED
    }
    has_target = any(s.arrival is not None for s in summaries)
    arrival_unit = unit_for(
        Quantity.TIME, [s.arrival.median_seconds for s in summaries if s.arrival is not None]
    )
    rank = {method: i for i, method in enumerate(analysis.methods)}
    ordered = sorted(summaries, key=lambda s: (s.setting.order, rank[s.method]))
    places = {s.setting.place: s.setting for s in ordered}
    return Table(
        caption=f"Mean and {100 * analysis.plan.confidence:g} % interval over seeds"
        + (f": {_only_place(ordered[0].setting)}" if len(places) == 1 else ""),
        columns=(
            *setting_columns(analysis),
            METHOD,
            *(Column(metric.name, units[metric.column].symbol) for metric in MEASURED),
            *((Column("Median time to target", arrival_unit.symbol),) if has_target else ()),
            Column("Finished", "runs"),
            Column("Failed", "runs"),
        ),
        rows=tuple(
            (
                *setting_cells(s.setting, analysis),
                method_cell(s.method),
                *(
                    _estimate_cell(s.estimates[column], s.finished, unit)
                    for column, unit in units.items()
                ),
                *((_arrival_cell(s, arrival_unit),) if has_target else ()),
                count_cell(s.finished),
                Cell(failures_words(dict(s.failures)), value=s.runs - s.finished),
            )
            for s in ordered
        ),
        main=True,
        first=first,
        note=f"T is {NO_NUMBER} for a method without timesteps; it runs once per batch size. "
        "Means are over finished runs; failed runs count as never reaching the target."
        + ("" if not has_target else _targets(places, analysis)),
    )


def failure_table(analysis: Analysis) -> Table | None:
    """Every run that did not finish, or `None` where all did."""
    if not analysis.failures:
        return None
    return Table(
        caption="Runs that did not finish",
        columns=(
            DATASET,
            BATCH_SIZE,
            TIMESTEPS,
            METHOD,
            Column("Seed", "number"),
            Column("Status", numeric=False),
            Column("Why", numeric=False),
        ),
        rows=tuple(_failure_row(run) for run in analysis.failures),
    )


def environment_table(environment: Mapping[str, str]) -> Table:
    """Where the runs were made."""
    return Table(
        caption="Machine and versions",
        columns=(Column("What", numeric=False), Column("Value", numeric=False)),
        rows=tuple((Cell(name), Cell(value or NO_NUMBER)) for name, value in environment.items()),
    )


def verdict_cell(comparison: Comparison) -> Cell:
    """Say what may be said of a candidate, with its sign and the reason."""
    verdict = comparison.verdict
    return Cell(
        f"{VERDICT_SIGNS[verdict]} {verdict}", reason_words(comparison), verdict=str(verdict)
    )


def place_columns(analysis: Analysis) -> tuple[Column, ...]:
    """Columns for what usually is one and the same: data set, and device, torch and budget."""
    dataset = () if analysis.one_dataset else (DATASET,)
    return dataset if analysis.one_condition else (*dataset, CONDITION)


def place_cells(setting: Setting, analysis: Analysis) -> tuple[Cell, ...]:
    """Fill `place_columns`."""
    dataset = () if analysis.one_dataset else (Cell(setting.dataset),)
    return dataset if analysis.one_condition else (*dataset, Cell(condition_words(setting)))


def setting_columns(analysis: Analysis) -> tuple[Column, ...]:
    """Columns for a setting: its place, batch size and T."""
    return (*place_columns(analysis), BATCH_SIZE, TIMESTEPS)


def setting_cells(setting: Setting, analysis: Analysis) -> tuple[Cell, ...]:
    """Fill `setting_columns`."""
    return (
        *place_cells(setting, analysis),
        count_cell(setting.batch_size),
        timesteps_cell(setting.timesteps),
    )


def timesteps_text(timesteps: int | None) -> str:
    """T as text, a dash where there is none."""
    return timesteps_cell(timesteps).text


def _failure_row(run: Run) -> tuple[Cell, ...]:
    return (
        Cell(run.dataset),
        count_cell(run.batch_size),
        timesteps_cell(run.timesteps),
        method_cell(run.method),
        count_cell(run.seed),
        Cell(run.status),
        Cell(run.failure or NO_NUMBER),
    )


def _only_place(setting: Setting) -> str:
    return f"{setting.dataset} ({condition_words(setting)})"


def _targets(places: Mapping[tuple[str, Condition], Setting], analysis: Analysis) -> str:
    """Name the target accuracy of every place, with the place where there are several."""
    words = {
        setting: target
        for setting in places.values()
        if (target := target_words(setting, analysis))
    }
    if len(places) == 1:
        return "".join(f" {target}" for target in words.values())
    return "".join(f" {_only_place(s)}: {target}" for s, target in words.items())


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
