"""Rows for several methods at once: standings, improvement, ranks."""

from collections.abc import Sequence

from reports.display.numbers import PERCENT, p_phrase
from reports.display.setting import condition_words, place_cells, place_columns
from reports.display.table import (
    CANDIDATE,
    METHOD,
    PAIRS,
    Cell,
    Column,
    Table,
    count_cell,
    estimate_cell,
    method_cell,
    number_cell,
)
from reports.display.words import confidence_words
from reports.input.context import Context
from reports.input.units import Unit
from reports.standings.estimates import Improvement, Ranking, Standing

CHANCE = Unit("%", 0.01)


def standing_table(context: Context, standings: Sequence[Standing]) -> Table | None:
    """Interquartile mean accuracy of every method over all its settings."""
    if not any(s.middle.point is not None for s in standings):
        return None
    return Table(
        caption=f"{standings[0].metric.name} over all settings: interquartile mean",
        columns=(
            *place_columns(context),
            METHOD,
            Column(f"Interquartile mean [{confidence_words(context)} interval]", "%"),
            Column("Settings", "n"),
            Column("Runs", "finished of all"),
        ),
        rows=tuple(
            (
                *place_cells((s.dataset, s.condition), context),
                method_cell(s.method),
                estimate_cell(s.middle, PERCENT),
                count_cell(s.settings),
                Cell(f"{s.runs - s.failures} of {s.runs}"),
            )
            for s in standings
        ),
        note="The mean of the middle half of finished runs, all settings together, so a few lucky "
        "or failed runs move it less than a mean. Intervals resample seeds within settings and are "
        "too narrow for few seeds. Methods that ran in different settings are not comparable here.",
    )


def improvement_table(context: Context, improvements: Sequence[Improvement]) -> Table | None:
    """Probability of improvement over the baseline, per metric and candidate."""
    if not improvements:
        return None
    return Table(
        caption=f"Chance that a run is better than one of {context.plan.baseline}",
        columns=(
            Column("Metric", numeric=False),
            *place_columns(context),
            CANDIDATE,
            Column(f"Chance [{confidence_words(context)} interval]", "%"),
            Column("Settings", "n"),
            PAIRS,
        ),
        rows=tuple(
            (
                Cell(i.metric.name),
                *place_cells((i.dataset, i.condition), context),
                method_cell(i.candidate),
                estimate_cell(i.chance, CHANCE),
                count_cell(i.settings),
                count_cell(i.chance.n),
            )
            for i in improvements
        ),
        note="50 % means neither side. Says how often, not by how much. A failed run loses to "
        "every other; every run meets every run of its setting, averaged over settings.",
    )


def ranking_tables(context: Context, rankings: Sequence[Ranking]) -> tuple[Table, ...]:
    """Mean ranks within each data set, and over data sets where there are several."""
    return tuple(_ranking_table(r, context) for r in rankings)


def _ranking_table(ranking: Ranking, context: Context) -> Table:
    over = "" if ranking.is_within else f": {ranking.blocks} data sets"
    over = f": {ranking.dataset}" if ranking.dataset else over
    test = ranking.test
    if ranking.is_within:
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
    condition = "" if context.one_condition else f" ({condition_words(ranking.condition)})"
    return Table(
        caption=f"Mean ranks in {ranking.metric.name.lower()}, 1 is best{over}{condition}",
        columns=(METHOD, Column("Mean rank", "1 is best")),
        rows=tuple((method_cell(name), number_cell(rank, 2)) for rank, name in order),
        note=note,
    )
