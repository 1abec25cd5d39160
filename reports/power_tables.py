"""Rows for assumptions and power: sensitivity tests, effect sizes, what could have been seen."""

from __future__ import annotations

from reports.analysis import Analysis
from reports.comparison_sentences import detectable_words, margin_words
from reports.comparisons import Comparison
from reports.metrics import Metric, Scale
from reports.numbers import NO_NUMBER, number, p_text
from reports.tables import Cell, Column, Table, setting_cells, setting_columns


def power_table(metric: Metric, analysis: Analysis) -> Table | None:
    """Power and sensitivity of every tested comparison in `metric`, or `None` if there is none."""
    tested = [c for c in analysis.comparisons if c.metric is metric and c.paired.tests is not None]
    if not tested:
        return None
    plan = analysis.plan
    extra = {Scale.DIFFERENCE: "log-odds t", Scale.CENSORED: "large-sample log-rank"}.get(
        metric.scale
    )
    note = (
        "Detectable: the smallest true effect that the primary test shows with "
        f"{100 * plan.power:g} % probability at alpha divided by the comparisons that share it, "
        "taking the spread seen here for the true one. Seeds: about how many show an effect as "
        f"large as the margin ({margin_words(tested[0])}). Equivalence: two one-sided tests, "
        "Holm-adjusted."
    )
    return Table(
        caption=f"{metric.name}: effect sizes, power and sensitivity",
        columns=(
            *setting_columns(analysis),
            Column("Candidate", numeric=False),
            Column("d_z", "Hedges-corrected"),
            Column("Rank-biserial"),
            Column("Higher than baseline", "% of seeds"),
            Column("Detectable effect"),
            Column("Seeds for the margin"),
            Column("p", "equivalence"),
            Column("p", "sign-flip, Holm-adjusted"),
            Column("p", "Wilcoxon, Holm-adjusted"),
            *((Column("p", extra),) if extra else ()),
        ),
        rows=tuple(_row(c, analysis, bool(extra)) for c in tested),
        note=note,
    )


def _row(c: Comparison, analysis: Analysis, with_extra: bool) -> tuple[Cell, ...]:
    sizes, tests = c.paired.sizes, c.paired.tests
    assert tests is not None
    extra = tests.logit_p if c.metric.scale is Scale.DIFFERENCE else tests.logrank_p
    reach = "" if c.reachable else f"cannot reach alpha with n = {c.n}"
    needed = c.judged.pairs_needed
    return (
        *setting_cells(c.setting, analysis),
        Cell(c.candidate, method=c.candidate),
        Cell(_signed(sizes.hedges_dz if sizes else None)),
        Cell(_signed(sizes.rank_biserial if sizes else None)),
        Cell(NO_NUMBER if sizes is None else number(100 * sizes.share_above, 0)),
        Cell(detectable_words(c) or NO_NUMBER),
        Cell(NO_NUMBER if needed is None else str(needed)),
        Cell(p_text(c.adjusted.equivalence_p)),
        Cell(p_text(c.adjusted.sign_flip_p), reach),
        Cell(p_text(c.adjusted.wilcoxon_p)),
        *((Cell(p_text(extra)),) if with_extra else ()),
    )


def _signed(value: float | None) -> str:
    return NO_NUMBER if value is None else number(value, 2, signed=True)
