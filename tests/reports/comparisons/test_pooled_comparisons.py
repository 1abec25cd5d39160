"""One answer per candidate and metric, from frames to words and rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.comparisons.pooled_table import pooled_table
from reports.comparisons.pooled_words import pooled_headline, pooled_sentences
from reports.input.metrics import METRICS, TEST_ACCURACY
from reports.page.analysis import analyse
from reports.page.build import build_view
from reports.page.rows import estimates_frame
from reports.statistics.equivalence import Reason, Verdict


def pick(analysis, candidate, column="test_accuracy"):
    [found] = [
        p
        for p in analysis.pooled
        if (p.comparison.candidate, p.comparison.metric.column) == (candidate, column)
    ]
    return found


def seed_means(runs, method, column="test_accuracy"):
    return runs[runs.method == method].groupby("seed")[column].mean().astype(float)


def fail(runs, here):
    """Let the runs in `here` diverge."""
    runs = runs.copy()
    runs.loc[here, "status"] = "diverged"
    measured = ["test_accuracy", "train_seconds", "epoch_seconds"]
    runs.loc[here, measured] = np.nan
    runs.loc[here, "peak_memory_bytes"] = pd.NA
    return runs


def test_accuracy_is_the_t_test_of_means_over_settings(study, plan):
    runs, epochs = study(("backprop", "noprop-dt"), seeds=6)
    found = pick(analyse(runs, epochs, plan), "noprop-dt")
    gap = 100 * (seed_means(runs, "noprop-dt") - seed_means(runs, "backprop"))
    test = stats.ttest_1samp(gap, 0)
    effect = found.comparison.paired
    assert effect.effect.point == pytest.approx(gap.mean())
    assert effect.tests.p == pytest.approx(test.pvalue, abs=1e-9)
    assert found.comparison.n == 6
    assert len(found.settings) == 4
    posterior = stats.t(5, gap.mean(), stats.sem(gap))
    assert found.beliefs.worse == pytest.approx(posterior.cdf(-0.5))


def test_candidates_of_a_metric_share_alpha_and_settings_do_not_count(study, plan):
    analysis = analyse(*study(seeds=6), plan)
    for metric in METRICS:
        family = [p for p in analysis.pooled if p.comparison.metric is metric]
        tested = sum(p.comparison.paired.tests is not None for p in family)
        assert {p.comparison.judged.tests for p in family} <= {tested}
    assert pick(analysis, "noprop-dt").comparison.judged.tests == 4


def test_a_method_without_t_meets_the_baseline_at_every_t(study, plan):
    runs, epochs = study(("backprop", "classifier"), seeds=5)
    found = pick(analyse(runs, epochs, plan), "classifier")
    assert len(found.settings) == 4


def test_memory_that_repeats_is_pooled_exactly(study, plan):
    runs, epochs = study(("backprop", "noprop-dt"), seeds=5)
    found = pick(analyse(runs, epochs, plan), "noprop-dt", "peak_memory_bytes").comparison
    assert found.paired.deterministic
    assert found.judgement.reason is Reason.EXACT_VALUE
    logs = np.log(runs.peak_memory_bytes.astype(float)).groupby(runs.method).mean()
    assert np.log(found.paired.effect.point) == pytest.approx(logs["noprop-dt"] - logs["backprop"])


def test_settings_of_one_side_are_named(study, plan):
    runs, epochs = study(("backprop", "noprop-dt"), seeds=6)
    gone = (runs.method == "backprop") & (runs.batch_size == 64) & runs.timesteps.eq(5)
    analysis = analyse(runs[~gone], epochs, plan)
    found = pick(analysis, "noprop-dt")
    assert [(s.batch_size, s.timesteps) for s in found.one_sided] == [(64, 5)]
    text = pooled_sentences(found, analysis.context).replace("\N{NO-BREAK SPACE}", " ")
    assert "mean over 3 of 4 settings" in text
    assert "Not in that mean, with fewer than 3 seeds of both: batch size 64, T = 5." in text


def test_failures_of_both_sides_are_said_and_limit_the_verdict(study, plan):
    runs, epochs = study(("backprop", "classifier"), seeds=8)
    runs.loc[runs.method == "classifier", "test_accuracy"] += 0.01
    analysis = analyse(runs, epochs, plan)
    assert pick(analysis, "classifier").comparison.verdict is Verdict.BETTER
    one = (runs.method == "classifier") & (runs.seed == 3) & (runs.batch_size == 64)
    analysis = analyse(fail(runs, one), epochs, plan)
    found = pick(analysis, "classifier")
    assert found.comparison.verdict is Verdict.BETTER_FINISHED
    text = pooled_sentences(found, analysis.context)
    assert "Among finished runs classifier is more accurate than backprop, but it fails" in text
    assert "of classifier, 0 of" in text
    assert "better among finished runs" in pooled_headline(found, analysis.context)


def test_a_method_that_always_diverges_is_worse_and_not_slower(study, plan):
    runs, epochs = study(("backprop", "noprop-dt", "classifier"), seeds=6)
    analysis = analyse(fail(runs, runs.method == "noprop-dt"), epochs, plan)
    found = pick(analysis, "noprop-dt")
    assert (found.comparison.verdict, found.comparison.judgement.reason) == (
        Verdict.WORSE,
        Reason.NEVER_FINISHES,
    )
    assert pooled_headline(found, analysis.context) == (
        "Over all: worse (one side never finishes); failed: 24 of 24 runs against 0 of 24."
    )
    here = [c for c in analysis.comparisons if c.candidate == "noprop-dt" and not c.n]
    assert {c.verdict for c in here if not c.metric.is_censored} == {Verdict.WORSE}
    assert "never finishes a run and backprop does" in pooled_sentences(found, analysis.context)


def test_a_diverging_setting_vetoes_what_the_finished_ones_show(study, plan):
    """Better where it finishes; half of all seeds fail, which outranks every gain."""
    runs, epochs = study(("backprop", "classifier"), seeds=8)
    runs.loc[runs.method == "classifier", "test_accuracy"] += 0.01
    half = (runs.method == "classifier") & (runs.seed < 4)
    found = pick(analyse(fail(runs, half), epochs, plan), "classifier").comparison
    assert found.verdict not in (Verdict.BETTER, Verdict.BETTER_FINISHED)
    if found.adjusted.p is not None and found.adjusted.p < 0.05:
        assert found.judgement.reason is Reason.FAILURES


def test_equal_counts_of_images_are_no_certainty(study, plan):
    """The same gain of four images on every seed has a spread: that of one image."""
    runs, epochs = study(("backprop", "noprop-dt"), (64,), (2,), seeds=5)
    counts = np.array([340, 338, 341, 335, 344])
    runs.loc[runs.method == "backprop", "test_accuracy"] = counts / 360
    runs.loc[runs.method == "noprop-dt", "test_accuracy"] = (counts + 4) / 360
    analysis = analyse(runs, epochs, plan)
    [alone] = [c for c in analysis.comparisons if c.metric is TEST_ACCURACY]
    assert alone.paired.tests.primary == "paired t"
    assert alone.paired.spread == pytest.approx(100 / 360 / np.sqrt(6))
    assert alone.verdict is Verdict.BETTER
    pooled = pick(analysis, "noprop-dt").comparison.paired
    assert pooled.tests.p == pytest.approx(alone.paired.tests.p, rel=1e-6)


def test_pooled_comparisons_are_rows_and_a_table(study, plan):
    analysis = analyse(*study(seeds=5), plan)
    frame = estimates_frame(analysis)
    pooled = frame[frame.kind == "pooled"]
    assert len(pooled) == len(analysis.pooled) > 0
    assert set(pooled.over) == {"settings"}
    assert pooled.batch_size.isna().all()
    accuracy = pooled[pooled.metric == "test_accuracy"]
    assert (accuracy.p_worse + accuracy.p_equal + accuracy.p_better).to_numpy(float) == (
        pytest.approx(1)
    )
    table = pooled_table(TEST_ACCURACY, analysis.context, analysis.pooled, analysis.comparisons)
    assert len(table.rows) == len(table.words) == 4
    assert "over all settings" in table.caption


def test_of_one_single_setting_no_table_repeats_the_other(study, plan):
    found = analyse(*study(batch_sizes=(64,), timesteps=(2,), seeds=6), plan)
    tables = {t.caption for t in build_view(found, {}).tables}
    assert "Test accuracy: each method against backprop, paired by seed" in tables
    repeated = {f"{m.name}: each method against backprop, over all settings" for m in METRICS}
    assert not tables & repeated
    several = {t.caption for t in build_view(analyse(*study(seeds=6), plan), {}).tables}
    assert several & repeated
