"""Changes cell by cell, and what differs around them."""

from reports.changes.estimates import Change, Changes
from reports.changes.words import change_sentence
from reports.comparisons.table import verdict_cell
from reports.comparisons.words import margin_words
from reports.display.limits import MOST_SENTENCES
from reports.display.numbers import effect_text
from reports.display.setting import FIELD_WORDS
from reports.display.table import (
    BATCH_SIZE,
    DATASET,
    METHOD,
    PAIRS,
    TIMESTEPS,
    Cell,
    Column,
    Table,
    count_cell,
    method_cell,
    p_cell,
    timesteps_cell,
)
from reports.input.metrics import Metric


def changes_table(metric: Metric, changes: Changes) -> Table | None:
    """Every change in one metric, or `None` where there is none."""
    here = [c for c in changes.changes if c.comparison.metric is metric]
    if not here:
        return None
    is_difference = here[0].comparison.paired.kind == "difference"
    return Table(
        caption=f"{metric.name}: {changes.new} against {changes.reference}",
        columns=(
            DATASET,
            BATCH_SIZE,
            TIMESTEPS,
            METHOD,
            Column(
                f"Change [{100 * changes.plan.confidence:g} % interval]",
                metric.step if is_difference else f"{changes.new} / {changes.reference}",
            ),
            Column("Verdict", numeric=False),
            PAIRS,
            Column("Failed", "new / reference"),
            Column("p", "Holm-adjusted"),
            Column("p", "worse than the margin"),
        ),
        rows=tuple(_row(change) for change in here),
        note=f"The margin is {margin_words(here[0].comparison)}.",
        words=tuple(change_sentence(c.comparison, changes) for c in here)
        if len(here) <= MOST_SENTENCES
        else (),
    )


def provenance_table(changes: Changes) -> Table | None:
    """Show what else differs between the two sets, or `None` where nothing does."""
    if not changes.provenance:
        return None
    return Table(
        caption="What differs between the two sets",
        columns=(
            Column("What", numeric=False),
            Column(changes.new, numeric=False),
            Column(changes.reference, numeric=False),
        ),
        rows=tuple(
            (Cell(FIELD_WORDS[field]), Cell(new), Cell(old))
            for field, (new, old) in changes.provenance.items()
        ),
        note="Any of these, or several together, may be the cause of a change.",
    )


def _row(change: Change) -> tuple[Cell, ...]:
    c = change.comparison
    effect, interval = effect_text(c.paired, c.metric.step)
    return (
        Cell(c.setting.dataset),
        count_cell(c.setting.batch_size),
        timesteps_cell(c.setting.timesteps),
        method_cell(c.candidate),
        Cell(effect.removesuffix(f" {c.metric.step}"), interval, value=c.paired.effect.point),
        verdict_cell(c),
        count_cell(c.n),
        Cell(f"{c.candidate_failures} / {c.baseline_failures}"),
        p_cell(c.adjusted.p),
        p_cell(change.worse_holm),
    )
