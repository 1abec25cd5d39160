"""The table of pooled comparisons: one row per candidate, before any setting."""

from collections import Counter
from collections.abc import Sequence

from reports.comparisons.estimates import Comparison
from reports.comparisons.pooled import PooledComparison
from reports.comparisons.pooled_words import pooled_sentences
from reports.comparisons.table import verdict_cell
from reports.comparisons.words import margin_words
from reports.display.numbers import effect_text, p_text
from reports.display.setting import place_cells, place_columns
from reports.display.table import (
    CANDIDATE,
    PAIRS,
    Cell,
    Column,
    Table,
    count_cell,
    method_cell,
    p_cell,
)
from reports.display.verdicts import counts_words
from reports.display.words import confidence_words
from reports.input.context import Context
from reports.input.metrics import Metric


def pooled_table(
    metric: Metric,
    context: Context,
    pooled: Sequence[PooledComparison],
    comparisons: Sequence[Comparison],
) -> Table | None:
    """Every candidate over all its settings in one metric, or `None` where there is none.

    `None` too where each has one setting, of which `comparisons` say the same.
    """
    rows = [p for p in pooled if p.comparison.metric is metric]
    if not rows or all(_is_told(p, comparisons) for p in rows):
        return None
    is_difference = rows[0].comparison.paired.kind == "difference"
    baseline = context.plan.baseline
    verdicts = Counter(p.comparison.verdict for p in rows)
    return Table(
        caption=f"{metric.name}: each method against {baseline}, over all settings",
        columns=(
            *place_columns(context),
            CANDIDATE,
            Column(
                f"Effect [{confidence_words(context)} interval]",
                metric.step if is_difference else f"candidate / {baseline}",
            ),
            Column("Verdict", numeric=False),
            Column("Settings", "n"),
            PAIRS,
            Column("Failed", f"candidate / {baseline}", numeric=False),
            Column("p", "adjusted"),
        ),
        rows=tuple(_row(p, context) for p in rows),
        how_to_read=(
            "Effects are averaged over settings within each seed, then compared over seeds: one "
            "answer per method. The interval is that of one comparison, not adjusted for the "
            f"others; the margin is {margin_words(rows[0].comparison)}."
        ),
        what_it_says=f"Over all settings together: {counts_words(verdicts)}.",
        words=tuple(pooled_sentences(p, context) for p in rows),
        group=metric.name,
        # The matrix at the top of the page shows the same.
        folded=context.plan.heads(metric),
    )


def _is_told(pooled: PooledComparison, comparisons: Sequence[Comparison]) -> bool:
    """Whether one of `comparisons` shows the same effect, verdict, n and p."""
    ours = pooled.comparison
    return len(pooled.settings) == 1 and any(
        (c.metric, c.candidate, c.setting.place)
        == (ours.metric, ours.candidate, ours.setting.place)
        and _shown(c) == _shown(ours)
        for c in comparisons
    )


def _shown(c: Comparison) -> tuple[object, ...]:
    return (*effect_text(c.paired, c.metric.step), c.verdict, c.n, p_text(c.adjusted.p))


def _row(pooled: PooledComparison, context: Context) -> tuple[Cell, ...]:
    c = pooled.comparison
    effect, interval = effect_text(c.paired, c.metric.step)
    primary = c.paired.tests.primary if c.paired.tests else ""
    return (
        *place_cells(c.setting.place, context),
        method_cell(c.candidate),
        Cell(effect.removesuffix(f" {c.metric.step}"), interval, value=c.paired.effect.point),
        verdict_cell(c),
        count_cell(len(pooled.settings)),
        count_cell(c.n),
        Cell(f"{c.candidate_failures} / {c.baseline_failures}"),
        p_cell(c.adjusted.p, primary if primary.startswith("exact") else ""),
    )
