"""Rows for assumptions and power: sensitivity tests, effect sizes, what could have been seen."""

from collections.abc import Sequence
from dataclasses import replace

from reports.comparisons.estimates import Comparison
from reports.comparisons.words import margin_words
from reports.display.numbers import NO_NUMBER, p_text, ratio_text
from reports.display.setting import setting_cells, setting_columns
from reports.display.table import (
    CANDIDATE,
    Cell,
    Column,
    Table,
    count_cell,
    method_cell,
    number_cell,
    p_cell,
)
from reports.input.context import Context
from reports.input.metrics import Metric
from reports.statistics.effect_size import EffectSizes
from reports.statistics.multiplicity import smallest_exact_p


def power_table(
    metric: Metric, context: Context, comparisons: Sequence[Comparison]
) -> Table | None:
    """Power and sensitivity of every tested comparison in `metric`, or `None` if there is none."""
    tested = [c for c in comparisons if c.metric is metric and c.paired.tests is not None]
    if not tested:
        return None
    plan = context.plan
    extra = "log-odds t" if metric.is_difference and metric.is_share else ""
    extra = "large-sample log-rank" if metric.is_censored else extra
    note = (
        "Detectable: the smallest true effect that the primary test shows with "
        f"{100 * plan.power:g} % probability at the part of alpha laid aside for it, if it is "
        "tested at all, taking the spread seen here for the true one. Seeds: about how many show "
        f"an effect as large as the margin ({margin_words(tested[0])}), and below it the range "
        "that the spread, itself an estimate, leaves open. Equivalence: two one-sided tests, "
        "adjusted. Smallest attainable: the least p that an exact test can give with so many "
        "pairs, before adjustment. Outlying seeds lie beyond Tukey's fences, 1.5 and 3 "
        "interquartile ranges outside the middle half; they are counted, never dropped."
    )
    is_difference = tested[0].paired.kind == "difference"
    return Table(
        caption=f"{metric.name}: effect sizes, power and sensitivity",
        columns=(
            *setting_columns(context),
            CANDIDATE,
            Column("d_z", "SD; below it rank-biserial"),
            Column("Higher than baseline", "% of seeds"),
            Column("Outlying seeds", "mild / severe"),
            Column("Detectable effect", metric.step if is_difference else "ratio"),
            Column("Seeds for the margin", "n"),
            Column("Smallest attainable p", "exact, two-sided"),
            Column("p", tested[0].paired.tests.primary if tested[0].paired.tests else ""),
            Column("p", "equivalence"),
            Column("p", "sign-flip, below it Wilcoxon, both adjusted"),
            *((Column("p", extra),) if extra else ()),
        ),
        rows=tuple(_row(c, context, bool(extra)) for c in tested),
        note=note,
        folded=True,
    )


def _row(c: Comparison, context: Context, with_extra: bool) -> tuple[Cell, ...]:
    sizes, tests = c.paired.sizes, c.paired.tests
    assert tests is not None
    extra = tests.logit_p if c.metric.is_difference else tests.logrank_p
    return (
        *setting_cells(c.setting, context),
        method_cell(c.candidate),
        _sizes(sizes),
        number_cell(100 * sizes.share_above if sizes else None, 0),
        _outliers(c),
        _detectable(c),
        _needed(c),
        p_cell(smallest_exact_p(c.n), "" if c.reachable else "cannot reach alpha"),
        p_cell(tests.p),
        p_cell(c.adjusted.equivalence_p),
        p_cell(
            c.adjusted.sign_flip_p,
            f"{'' if tests.sign_flip_is_exact else 'sampled; '}{p_text(c.adjusted.wilcoxon_p)}",
        ),
        *((p_cell(extra),) if with_extra else ()),
    )


def _sizes(sizes: EffectSizes | None) -> Cell:
    if sizes is None:
        return count_cell(None)
    found = number_cell(sizes.hedges_dz, 2, signed=True)
    return replace(found, detail=number_cell(sizes.rank_biserial, 2, signed=True).text)


def _outliers(c: Comparison) -> Cell:
    found = c.paired.outliers
    return count_cell(None) if found is None else Cell(f"{found.mild} / {found.severe}")


def _needed(c: Comparison) -> Cell:
    fewest, most = c.judged.pairs_range
    if c.judged.pairs_needed is None:
        return count_cell(None)
    ends = f"{fewest} or more" if most is None else f"{fewest} to {most}"
    return Cell(str(c.judged.pairs_needed), ends)


def _detectable(c: Comparison) -> Cell:
    smallest = c.judged.detectable
    if smallest is None:
        return Cell(NO_NUMBER)
    if c.paired.kind == "difference":
        return number_cell(smallest, 2)
    return Cell(ratio_text(smallest), value=smallest)
