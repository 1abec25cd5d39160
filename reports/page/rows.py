"""Every estimate of an analysis as a flat row of plain numbers, for machines."""

from collections.abc import Iterator
from dataclasses import fields, replace

import pandas as pd

from reports.comparisons.estimates import Comparison
from reports.comparisons.finished import FinishedComparison
from reports.comparisons.finished_table import finished_sentence
from reports.comparisons.pooled_words import pooled_sentences
from reports.comparisons.words import comparison_sentences
from reports.display.setting import setting_words
from reports.input.metrics import metric_of
from reports.page.analysis import Analysis
from reports.page.claim_rows import rows_of_claims
from reports.page.part_rows import rows_of_parts
from reports.page.row import Row, row_of
from reports.statistics.estimate import Estimate
from reports.trends.estimates import Scaling


def estimate_rows(analysis: Analysis, *, sentences: bool = True) -> Iterator[Row]:
    """List every estimate of `analysis`: means, comparisons, trends, standings, parts, claims.

    Without `sentences`, comparisons are not told in words too, which takes most of the time.
    """
    same = {name: each.first for each in analysis.twins for name in each.others}
    for row in _rows(analysis, sentences=sentences):
        yield replace(row, same_as=same[row.method]) if row.method in same else row


def _rows(analysis: Analysis, *, sentences: bool = True) -> Iterator[Row]:
    """List them without a word on twins."""
    plan = analysis.context.plan
    yield from _means(analysis)
    beside = [
        pooled
        for one in analysis.budgets.compared
        for budget, pooled in one.by_budget.items()
        if plan.is_beside(budget)
    ]
    for pooled in (*analysis.pooled, *beside):
        told = pooled_sentences(pooled, analysis.context) if sentences else ""
        yield replace(
            comparison_row(pooled.comparison, "pooled", sentence=told),
            over="settings",
            batch_size=None,
            timesteps=None,
            p_worse=pooled.beliefs.worse if pooled.beliefs else None,
            p_equal=pooled.beliefs.equal if pooled.beliefs else None,
            p_better=pooled.beliefs.better if pooled.beliefs else None,
            chance_above=pooled.chance.point if pooled.chance else None,
            chance_above_low=pooled.chance.low if pooled.chance else None,
            chance_above_high=pooled.chance.high if pooled.chance else None,
            chance_says=str(pooled.chance.says) if pooled.chance else "",
        )
    yield from (_finished(f, sentences=sentences) for f in analysis.finished)
    for comparison in analysis.comparisons:
        words = setting_words(comparison.setting, analysis.context)
        unit = analysis.context.unit(comparison.metric)
        sentence = comparison_sentences(comparison, plan, words, unit) if sentences else ""
        yield comparison_row(comparison, "comparison", sentence=sentence)
    for pair in analysis.exploratory:
        yield comparison_row(pair.comparison, "exploratory", q=pair.q)
    for scaling in analysis.scalings:
        yield _scaling(scaling, "trend")
    for scaling in analysis.interactions:
        yield _scaling(scaling, "interaction")
    for s in analysis.standings:
        yield row_of(
            "interquartile-mean", s.metric.column, "percent", (s.dataset, s.condition),
            s.method, "", s.middle, runs=s.runs, failed=s.failures,
        )  # fmt: skip
    for i in analysis.improvements:
        place = (i.dataset, i.condition)
        yield row_of(
            "improvement", i.metric.column, "probability", place, i.candidate, plan.baseline,
            i.chance,
        )  # fmt: skip
    for ranking in analysis.rankings:
        for method, rank in zip(ranking.methods, ranking.mean_ranks, strict=True):
            estimate = Estimate(rank, None, None, ranking.blocks, "mean rank, 1 is best")
            test = ranking.test
            yield row_of(
                "mean-rank", ranking.metric.column, "rank", (ranking.dataset, ranking.condition),
                method, "", estimate, p=test.p if test else None, test="Friedman" if test else "",
            )  # fmt: skip
    yield from rows_of_parts(analysis)
    yield from rows_of_claims(analysis, sentences=sentences)


def estimates_frame(analysis: Analysis) -> pd.DataFrame:
    """All estimates as a frame with the columns of `Row`, without the sentences."""
    names = [field.name for field in fields(Row) if field.name != "sentence"]
    rows = estimate_rows(analysis, sentences=False)
    return pd.DataFrame(([getattr(row, name) for name in names] for row in rows), columns=names)


def comparison_row(
    c: Comparison,
    kind: str,
    *,
    sentence: str = "",
    q: float | None = None,
    p_beyond_margin: float | None = None,
    regression: bool | None = None,
) -> Row:
    """One comparison; an exploratory one has a `q` and neither Holm's p nor a verdict."""
    tests, sizes, declared = c.paired.tests, c.paired.sizes, kind != "exploratory"
    unit = c.metric.step_words if c.paired.kind == "difference" else "ratio"
    return row_of(
        kind, c.metric.column, unit, c.setting, c.candidate, c.baseline, c.paired.effect,
        runs=c.candidate_runs,
        failed=c.candidate_failures,
        against_runs=c.baseline_runs,
        against_failed=c.baseline_failures,
        test=tests.primary if tests else "",
        p=tests.p if tests else None,
        p_holm=c.adjusted.p,
        p_sign_flip=tests.sign_flip_p if tests else None,
        p_wilcoxon=tests.wilcoxon_p if tests else None,
        p_log_odds=tests.logit_p if tests else None,
        p_log_rank=tests.logrank_p if tests else None,
        p_equivalence=tests.equivalence_p if tests else None,
        p_equivalence_holm=c.adjusted.equivalence_p,
        q=q,
        family_tests=c.judged.tests if declared else None,
        margin=c.paired.margin,
        hedges_dz=sizes.hedges_dz if sizes else None,
        rank_biserial=sizes.rank_biserial if sizes else None,
        share_above=sizes.share_above if sizes else None,
        detectable=c.judged.detectable,
        pairs_needed=c.judged.pairs_needed,
        pairs_needed_fewest=c.judged.pairs_range[0],
        pairs_needed_most=c.judged.pairs_range[1],
        low_adjusted=c.judged.interval[0] if c.judged.interval else None,
        high_adjusted=c.judged.interval[1] if c.judged.interval else None,
        unsettled=", ".join(c.judged.disagreeing),
        outliers_mild=c.paired.outliers.mild if c.paired.outliers else None,
        outliers_severe=c.paired.outliers.severe if c.paired.outliers else None,
        verdict=str(c.verdict) if declared else "",
        reason=str(c.judgement.reason) if declared else "",
        sentence=sentence,
        p_beyond_margin=p_beyond_margin,
        regression=regression,
    )  # fmt: skip


def _means(analysis: Analysis) -> Iterator[Row]:
    beside = (s for own in analysis.budgets.summaries.values() for s in own)
    for s in (*analysis.summaries, *beside):
        failed = s.runs - s.finished
        for column, estimate in s.estimates.items():
            metric = analysis.context.plan.metric_of(column)
            yield row_of(
                "mean", metric.column, metric.units.base, s.setting, s.method, "", estimate,
                runs=s.runs, failed=failed,
            )  # fmt: skip
        for column, arrival in s.arrivals.items():
            metric = metric_of(column)
            median = Estimate(
                arrival.median, None, None, arrival.runs,
                f"median; {arrival.reached} runs reached the target",
            )  # fmt: skip
            yield row_of(
                "median", metric.column, metric.units.base, s.setting, s.method, "", median,
                runs=s.runs, failed=failed,
            )  # fmt: skip


def _finished(compared: FinishedComparison, *, sentences: bool) -> Row:
    f = compared.finished
    dataset, condition = compared.setting.place
    return Row(
        kind="finished", metric="finished", unit="percentage points", dataset=dataset,
        device=condition.device, torch_version=condition.torch_version, budget=condition.budget,
        batch_size=None, timesteps=None, over="settings", method=compared.candidate,
        against=compared.baseline, point=compared.points, low=None, high=None, n=compared.seeds,
        estimate="difference of the shares of runs that finished, of those both sides made",
        runs=f.runs, failed=f.candidate_failures, against_runs=f.runs,
        against_failed=f.baseline_failures, test="exact sign test", p=f.p,
        p_holm=compared.adjusted_p, verdict=str(compared.verdict),
        reason=str(compared.judgement.reason),
        sentence=finished_sentence(compared) if sentences else "",
    )  # fmt: skip


def _scaling(s: Scaling, kind: str) -> Row:
    unit = f"{s.metric.step} per doubling".strip() if s.metric.is_difference else "exponent"
    return row_of(
        kind, s.metric.column, unit, s.setting, s.method, s.baseline, s.slope.estimate,
        over=str(s.axis), test="t" if s.slope.p is not None else "", p=s.slope.p, q=s.q,
        p_page=s.slope.page_p,
    )  # fmt: skip
