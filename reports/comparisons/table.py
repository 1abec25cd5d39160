"""The forest plot: every comparison with the baseline, its effect drawn and in numbers."""

from collections.abc import Sequence
from dataclasses import replace

from reports.comparisons.estimates import Comparison
from reports.comparisons.headlines import forest_says
from reports.comparisons.words import comparison_sentences, margin_words, reason_words
from reports.display.forest import Effect, Forest, forest
from reports.display.limits import MOST_SENTENCES
from reports.display.numbers import effect_text
from reports.display.setting import setting_cells, setting_columns, setting_words
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
from reports.display.verdicts import VERDICT_SIGNS, css_class
from reports.display.words import confidence_words
from reports.input.context import Context
from reports.input.metrics import Metric


def effects_table(
    metric: Metric,
    context: Context,
    comparisons: Sequence[Comparison],
    first: tuple[str, ...],
) -> Table | None:
    """Every comparison in one metric, or `None` where there is none.

    Where it is cut, the rows of the methods in `first` stay.
    """
    comparisons = [c for c in comparisons if c.metric is metric]
    if not comparisons:
        return None
    is_difference = comparisons[0].paired.kind == "difference"
    confidence = confidence_words(context)
    baseline = context.plan.baseline
    drawn = forest(
        [_effect(c) for c in comparisons],
        margin=comparisons[0].paired.margin,
        ratio=not is_difference,
    )
    counts = {c.n for c in comparisons}
    failed = any(c.candidate_failures or c.baseline_failures for c in comparisons)
    table = Table(
        caption=f"{metric.name}: each method against {baseline}, paired by seed",
        columns=(
            *setting_columns(context),
            CANDIDATE,
            Column(
                f"Effect [{confidence} interval]",
                metric.step if is_difference else f"candidate / {baseline}",
            ),
            *(
                (Column("Effect, drawn", _side(metric), numeric=False, axis=drawn.axis),)
                if drawn
                else ()
            ),
            Column("Verdict", numeric=False),
            *((PAIRS,) if len(counts) > 1 else ()),
            *((Column("Failed", f"candidate / {baseline}", numeric=False),) if failed else ()),
            Column("p", "adjusted"),
        ),
        rows=tuple(
            _row(c, drawn, i, failed, context, many=len(counts) > 1)
            for i, c in enumerate(comparisons)
        ),
        main=context.plan.heads(metric),
        first=first,
        group=metric.name,
        how_to_read=_how_to_read(comparisons, drawn, confidence),
        what_it_says=forest_says(comparisons, context)
        + (f" Pairs in every row: {next(iter(counts))}." if len(counts) == 1 else ""),
    )
    if len(comparisons) > MOST_SENTENCES:
        return table
    return replace(
        table,
        words=tuple(
            comparison_sentences(
                c, context.plan, setting_words(c.setting, context), context.unit(metric)
            )
            for c in comparisons
        ),
    )


def verdict_cell(comparison: Comparison) -> Cell:
    """Say what may be said of a candidate, with its sign and the reason."""
    verdict = comparison.verdict
    return Cell(
        f"{VERDICT_SIGNS[verdict]} {verdict}", reason_words(comparison), verdict=css_class(verdict)
    )


def _row(
    c: Comparison, drawn: Forest | None, i: int, failed: bool, context: Context, *, many: bool
) -> tuple[Cell, ...]:
    effect, interval = effect_text(c.paired, c.metric.step)
    primary = c.paired.tests.primary if c.paired.tests else ""
    return (
        *setting_cells(c.setting, context),
        method_cell(c.candidate),
        Cell(effect.removesuffix(f" {c.metric.step}"), interval, value=c.paired.effect.point),
        *(
            (
                Cell(
                    "", verdict=css_class(c.verdict), bar=drawn.bars[i], value=c.paired.effect.point
                ),
            )
            if drawn
            else ()
        ),
        verdict_cell(c),
        *((count_cell(c.n),) if many else ()),
        *((Cell(f"{c.candidate_failures} / {c.baseline_failures}"),) if failed else ()),
        p_cell(c.adjusted.p, primary if primary.startswith("exact") else ""),
    )


def _effect(c: Comparison) -> Effect:
    paired, effect = c.paired, c.paired.effect
    values = c.pairs.values()
    if paired.kind == "difference":
        seeds = tuple(ours - theirs for ours, theirs in values)
    else:
        seeds = tuple(ours / theirs for ours, theirs in values if 0 < theirs < float("inf"))
    low, high = effect.low, effect.high
    if paired.deterministic:
        low = high = None
    return Effect(effect.point, low, high, seeds, c.judged.interval)


def _side(metric: Metric) -> str:
    return "right is better" if metric.higher_is_better else "left is better"


def _how_to_read(comparisons: Sequence[Comparison], drawn: Forest | None, confidence: str) -> str:
    metric = comparisons[0].metric
    scale = "" if metric.is_difference else ", on a logarithmic scale"
    cut = (
        f" {drawn.cut} intervals reach beyond the drawing, where an arrow says so."
        if drawn and drawn.cut
        else ""
    )
    thin = (
        " the thin one that at the level tested, which leaves out no effect just where a "
        "difference is shown,"
        if any(c.judged.interval for c in comparisons)
        else ""
    )
    better = _side(metric)
    return (
        f"Each row pairs the runs of one method with those of the baseline that used the same "
        f"seed; {better}{scale}. The mark is the effect, the line through it its {confidence} "
        f"interval,{thin} the faint dots are seeds; the upright line is no effect, and the shaded "
        f"band the margin of {margin_words(comparisons[0])} within which a difference does not "
        f"matter.{cut}"
    )
