"""Rows for several methods at once: standings, improvement, ranks, and all pairs."""

from __future__ import annotations

from reports.comparisons.exploratory import ExploratoryPair
from reports.display.numbers import (
    PERCENT,
    Unit,
    effect_text,
    p_phrase,
    quantity_text,
    unit_for,
)
from reports.display.table import (
    CANDIDATE,
    METHOD,
    PAIRS,
    Cell,
    Column,
    Facet,
    Table,
    count_cell,
    estimate_cell,
    method_cell,
    number_cell,
    p_cell,
)
from reports.input.metrics import METRICS, Scale
from reports.input.runs import Condition
from reports.page.analysis import Analysis
from reports.settings.table import place_columns, setting_cells, setting_columns
from reports.standings.estimates import Ranking

CHANCE = Unit("%", 0.01)


def standing_table(analysis: Analysis) -> Table | None:
    """Interquartile mean accuracy of every method over all its settings."""
    if not any(s.middle.point is not None for s in analysis.standings):
        return None
    confidence = f"{100 * analysis.plan.confidence:g}"
    return Table(
        caption="Test accuracy over all settings: interquartile mean",
        columns=(
            *place_columns(analysis),
            METHOD,
            Column(f"Interquartile mean [{confidence} % interval]", "%"),
            Column("Settings", "n"),
            Column("Runs", "finished of all"),
        ),
        rows=tuple(
            (
                *_place(s.dataset, s.condition, analysis),
                method_cell(s.method),
                estimate_cell(s.middle, PERCENT),
                count_cell(s.settings),
                Cell(f"{s.runs - s.failures} of {s.runs}"),
            )
            for s in analysis.standings
        ),
        note="The mean of the middle half of finished runs, all settings together, so a few lucky "
        "or failed runs move it less than a mean. Intervals resample seeds within settings and are "
        "too narrow for few seeds. Methods that ran in different settings are not comparable here.",
    )


def improvement_table(analysis: Analysis) -> Table | None:
    """Probability of improvement over the baseline, per metric and candidate."""
    if not analysis.improvements:
        return None
    confidence = f"{100 * analysis.plan.confidence:g}"
    return Table(
        caption=f"Chance that a run is better than one of {analysis.plan.baseline}",
        columns=(
            Column("Metric", numeric=False),
            *place_columns(analysis),
            CANDIDATE,
            Column(f"Chance [{confidence} % interval]", "%"),
            Column("Settings", "n"),
            PAIRS,
        ),
        rows=tuple(
            (
                Cell(i.metric.name),
                *_place(i.dataset, i.condition, analysis),
                method_cell(i.candidate),
                estimate_cell(i.chance, CHANCE),
                count_cell(i.settings),
                count_cell(i.chance.n),
            )
            for i in analysis.improvements
        ),
        note="50 % means neither side. Says how often, not by how much. A failed run loses to "
        "every other; every run meets every run of its setting, averaged over settings.",
    )


def front_table(analysis: Analysis) -> Table | None:
    """Every setting that is on a front, or in at least one resample; `None` without fronts."""
    rows = [
        (front, point)
        for front in analysis.fronts
        for point in sorted(front.points, key=lambda p: (not p.on_front, -(p.share or 0.0)))
        if point.n and (point.on_front or point.share)
    ]
    if not rows:
        return None
    units = {
        metric: unit_for(metric.quantity, [p.cost for front, p in rows if front.cost is metric])
        for metric in {front.cost for front, _ in rows}
    }
    return Table(
        caption="Settings that no other beats in accuracy and cost at once",
        columns=(
            Column("Cost", numeric=False),
            *setting_columns(analysis),
            METHOD,
            Column("Test accuracy", "%"),
            Column("Mean cost", "with unit"),
            Column("On the front", numeric=False),
            Column("On it in resamples", "%"),
            Column("Runs", "used of all"),
        ),
        rows=tuple(
            (
                Cell(front.cost.name),
                *setting_cells(p.setting, analysis),
                method_cell(p.method),
                number_cell(p.accuracy, 2),
                Cell(quantity_text(p.cost or 0.0, units[front.cost]), value=p.cost),
                Cell("yes" if p.on_front else "no"),
                number_cell(None if p.share is None else 100 * p.share, 0),
                Cell(f"{p.n} of {p.runs}"),
            )
            for front, p in rows
        ),
        note="Resamples draw seeds anew, the same for all methods. The share says how often the "
        "front would have looked so with these seeds; it is no probability, and too steady for few "
        "seeds. A front knows no margins: two settings that are nearly alike split the share, so a "
        "low one can mean a twin.",
    )


def ranking_tables(analysis: Analysis) -> tuple[Table, ...]:
    """Mean ranks within each data set, and over data sets where there are several."""
    return tuple(_ranking_table(r, analysis) for r in analysis.rankings)


def exploratory_table(analysis: Analysis) -> Table | None:
    """All pairs of methods in the primary metric, or `None` for fewer than three methods."""
    pairs = analysis.exploratory
    if not pairs:
        return None
    metric = next(m for m in METRICS if m.column == analysis.plan.primary_metric)
    return Table(
        caption=f"Exploratory: {metric.name.lower()} of all pairs of methods",
        columns=(
            *setting_columns(analysis),
            Column("Better on average", numeric=False, facet=Facet.METHOD),
            Column("Compared with", numeric=False),
            Column("Effect", "pp" if metric.scale is Scale.DIFFERENCE else "ratio"),
            PAIRS,
            Column("p", "unadjusted"),
            Column("q", "Benjamini-Hochberg"),
        ),
        rows=tuple(_pair_row(p, analysis) for p in pairs),
        note="Not declared beforehand: these rows suggest what to study next and support no claim. "
        "Of the rows with q below 0.05, about 5 % may be false alarms.",
        folded=True,
    )


def _ranking_table(ranking: Ranking, analysis: Analysis) -> Table:
    over = ranking.dataset or f"{ranking.blocks} data sets"
    test = ranking.test
    if ranking.dataset:
        note = (
            f"Mean over {ranking.blocks} blocks, a block being one seed in one setting. Seeds and "
            "settings of one data set are no sample of problems: these ranks describe, and no test "
            "is made of them. A failed run ranks last."
        )
    elif test is None:
        note = (
            "Too few data sets or methods for Friedman's test (5 and 3 are needed): "
            "these ranks describe."
        )
    else:
        note = (
            f"Friedman's test over data sets (F form): {p_phrase(test.p)}. Mean ranks further "
            f"apart than the critical difference, {test.critical_difference:.2f}, differ (Nemenyi)."
        )
        if ranking.cliques:
            groups = "; ".join(", ".join(clique) for clique in ranking.cliques)
            note += f" Not told apart, which is not the same as equal: {groups}."
    if ranking.left_out:
        note += f" Left out for lack of runs: {', '.join(ranking.left_out)}."
    order = sorted(zip(ranking.mean_ranks, ranking.methods, strict=True))
    condition = "" if analysis.one_condition else f" ({condition_text(ranking.condition)})"
    return Table(
        caption=f"Mean ranks in {ranking.metric.name.lower()}, 1 is best: {over}{condition}",
        columns=(METHOD, Column("Mean rank", "1 is best")),
        rows=tuple((method_cell(name), number_cell(rank, 2)) for rank, name in order),
        note=note,
    )


def condition_text(condition: Condition) -> str:
    """`cpu, torch 2.11, 20 epochs`."""
    return f"{condition.device}, torch {condition.torch_version}, {condition.budget}"


def _pair_row(pair: ExploratoryPair, analysis: Analysis) -> tuple[Cell, ...]:
    c = pair.comparison
    effect, interval = effect_text(c.paired)
    return (
        *setting_cells(c.setting, analysis),
        method_cell(c.candidate),
        method_cell(c.baseline),
        Cell(effect, interval, value=c.paired.effect.point),
        count_cell(c.n),
        p_cell(c.paired.tests.p if c.paired.tests else None),
        p_cell(pair.q),
    )


def _place(dataset: str, condition: Condition, analysis: Analysis) -> tuple[Cell, ...]:
    cells = () if analysis.one_dataset else (Cell(dataset),)
    return cells if analysis.one_condition else (*cells, Cell(condition_text(condition)))
