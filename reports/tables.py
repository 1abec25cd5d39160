"""Rows of text for the page's tables; they print values of the analysis and compute nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from reports.analysis import Analysis
from reports.comparisons import Comparison
from reports.metrics import MEASURED, Metric, Quantity
from reports.numbers import (
    NO_NUMBER,
    Unit,
    effect_text,
    interval_text,
    p_text,
    plain_text,
    point_text,
    unit_for,
)
from reports.pairing import Setting
from reports.sentences import condition_words, failures_words, reason_words, target_words
from reports.statistics.equivalence import Verdict
from reports.statistics.estimate import Estimate, Gap
from reports.summaries import GroupSummary

VERDICT_SIGNS = {
    Verdict.BETTER: "\N{BLACK UP-POINTING TRIANGLE}",
    Verdict.WORSE: "\N{BLACK DOWN-POINTING TRIANGLE}",
    Verdict.EQUIVALENT: "\N{ALMOST EQUAL TO}",
    Verdict.INCONCLUSIVE: "?",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, its unit, and whether its cells are numbers."""

    label: str
    unit: str = ""
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, a smaller second line, and how it is drawn.

    `method` names the method whose colour it carries, `verdict` the verdict it shows.
    """

    text: str
    detail: str = ""
    method: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A captioned table; every row has as many cells as there are columns.

    `words` says each row in sentences, for those who would rather read.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    words: tuple[str, ...] = ()


def main_tables(analysis: Analysis) -> tuple[Table, ...]:
    """Mean, interval, n and failures of every method and setting: one table per data set."""
    parts: dict[tuple[object, ...], list[GroupSummary]] = {}
    for summary in analysis.summaries:
        key = (summary.setting.dataset, summary.setting.condition)
        parts.setdefault(key, []).append(summary)
    return tuple(_main_table(summaries, analysis) for summaries in parts.values())


def _main_table(summaries: list[GroupSummary], analysis: Analysis) -> Table:
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
    setting = summaries[0].setting
    confidence = f"{100 * analysis.plan.confidence:g}"
    return Table(
        caption=f"{setting.dataset} ({condition_words(setting)}): mean and {confidence} % interval "
        "over seeds",
        columns=(
            Column("Batch size"),
            Column("T"),
            Column("Method", numeric=False),
            *(Column(metric.name, units[metric.column].symbol) for metric in MEASURED),
            *((Column("Median time to target", arrival_unit.symbol),) if has_target else ()),
            Column("Finished", "runs"),
            Column("Failed", "runs"),
        ),
        rows=tuple(
            (
                Cell(str(s.setting.batch_size)),
                Cell(timesteps_text(s.setting.timesteps)),
                Cell(s.method, method=s.method),
                *(
                    _estimate_cell(s.estimates[column], s.finished, unit)
                    for column, unit in units.items()
                ),
                *((_arrival_cell(s, arrival_unit),) if has_target else ()),
                Cell(str(s.finished)),
                Cell(failures_words(dict(s.failures))),
            )
            for s in ordered
        ),
        note=f"T is {NO_NUMBER} for a method without timesteps; it runs once per batch size. "
        "Means are over finished runs; failed runs count as never reaching the target."
        + ("" if not has_target else " " + target_words(setting, analysis)),
    )


def comparison_table(metric: Metric, analysis: Analysis) -> Table | None:
    """Every comparison in one metric, or `None` where there is none."""
    comparisons = [c for c in analysis.comparisons if c.metric is metric]
    if not comparisons:
        return None
    is_difference = comparisons[0].paired.kind == "difference"
    confidence = f"{100 * analysis.plan.confidence:g}"
    effect = Column(
        f"Effect [{confidence} % interval]", "pp" if is_difference else "candidate / baseline"
    )
    return Table(
        caption=f"{metric.name}: each method against {analysis.plan.baseline}, paired by seed",
        columns=(
            *setting_columns(analysis),
            Column("Candidate", numeric=False),
            effect,
            Column("Verdict", numeric=False),
            Column("Pairs", "n"),
            Column("Failed", "candidate / baseline"),
            Column("p", "log-rank" if comparisons[0].paired.censoring else "paired t"),
            Column("p", "Holm-adjusted"),
            Column("p", "sign-flip"),
            Column("p", "Wilcoxon"),
        ),
        rows=tuple(_comparison_row(c, analysis) for c in comparisons),
        note="Sign-flip and Wilcoxon p-values are sensitivity checks and are not adjusted. "
        f"The margin is {_margin_words(comparisons[0])}.",
    )


def failure_table(analysis: Analysis) -> Table | None:
    """Every run that did not finish, or `None` where all did."""
    if not analysis.failures:
        return None
    return Table(
        caption="Runs that did not finish",
        columns=tuple(
            Column(label, numeric=False) for label in ("Method", "Setting", "Seed", "Status", "Why")
        ),
        rows=tuple(
            (
                Cell(run.method, method=run.method),
                Cell(
                    f"{run.dataset}, batch size {run.batch_size}"
                    + ("" if run.timesteps is None else f", T = {run.timesteps}")
                ),
                Cell(str(run.seed)),
                Cell(run.status),
                Cell(run.failure or NO_NUMBER),
            )
            for run in analysis.failures
        ),
    )


def environment_table(environment: Mapping[str, str]) -> Table:
    """Where the runs were made."""
    return Table(
        caption="Machine and versions",
        columns=(Column("What", numeric=False), Column("Value", numeric=False)),
        rows=tuple((Cell(name), Cell(value)) for name, value in environment.items()),
    )


def _comparison_row(c: Comparison, analysis: Analysis) -> tuple[Cell, ...]:
    effect, interval = effect_text(c.paired)
    tests = c.paired.tests
    return (
        *setting_cells(c.setting, analysis),
        Cell(c.candidate, method=c.candidate),
        Cell(effect.removesuffix(" pp"), interval),
        Cell(f"{VERDICT_SIGNS[c.verdict]} {c.verdict}", reason_words(c), verdict=str(c.verdict)),
        Cell(str(c.n)),
        Cell(f"{c.candidate_failures} / {c.baseline_failures}"),
        Cell(
            p_text(tests.p if tests else None),
            tests.primary if tests and tests.primary.startswith("exact") else "",
        ),
        Cell(p_text(c.adjusted.p)),
        Cell(
            p_text(tests.sign_flip_p if tests else None),
            "" if tests is None or tests.sign_flip_is_exact else "sampled",
        ),
        Cell(p_text(tests.wilcoxon_p if tests else None)),
    )


def place_columns(analysis: Analysis) -> tuple[Column, ...]:
    """Columns for what usually is one and the same: data set, and device, torch and budget."""
    dataset = () if analysis.one_dataset else (Column("Data set", numeric=False),)
    return dataset if analysis.one_condition else (*dataset, Column("Condition", numeric=False))


def place_cells(setting: Setting, analysis: Analysis) -> tuple[Cell, ...]:
    """Fill `place_columns`."""
    dataset = () if analysis.one_dataset else (Cell(setting.dataset),)
    return dataset if analysis.one_condition else (*dataset, Cell(condition_words(setting)))


def setting_columns(analysis: Analysis) -> tuple[Column, ...]:
    """Columns for a setting: its place, batch size and T."""
    return (*place_columns(analysis), Column("Batch size"), Column("T"))


def setting_cells(setting: Setting, analysis: Analysis) -> tuple[Cell, ...]:
    """Fill `setting_columns`."""
    return (
        *place_cells(setting, analysis),
        Cell(str(setting.batch_size)),
        Cell(timesteps_text(setting.timesteps)),
    )


def timesteps_text(timesteps: int | None) -> str:
    """T as text, a dash where there is none."""
    return NO_NUMBER if timesteps is None else str(timesteps)


def _estimate_cell(estimate: Estimate, finished: int, unit: Unit) -> Cell:
    detail = interval_text(estimate, unit)
    if estimate.gap is Gap.NO_SPREAD:
        detail = f"the same in all {estimate.n}"
    if 0 < estimate.n != finished:
        detail = f"{detail}, n = {estimate.n}"
    return Cell(point_text(estimate, unit), detail)


def _arrival_cell(summary: GroupSummary, unit: Unit) -> Cell:
    arrival = summary.arrival
    if arrival is None:
        return Cell(NO_NUMBER)
    seconds = arrival.median_seconds
    text = plain_text(seconds, unit) if math.isfinite(seconds) else "not reached"
    return Cell(text, f"{arrival.reached} of {arrival.runs} runs")


def _margin_words(comparison: Comparison) -> str:
    margin = comparison.paired.margin
    return f"±{margin:g} pp" if comparison.paired.kind == "difference" else f"a ratio of {margin:g}"
