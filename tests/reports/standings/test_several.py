"""Several methods at once, all pairs, trends and interactions of whole studies."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from reports.comparisons.exploratory_table import exploratory_table
from reports.display.limits import MOST_ROWS
from reports.display.palette import styles
from reports.display.table import shortened
from reports.drawing.drawing import draw
from reports.formats.formats import render_as
from reports.input.pairing import paired_values
from reports.page.analysis import analyse
from reports.page.html import render
from reports.page.report import study_report
from reports.standings.figure import rank_pictures
from reports.statistics.estimate import Gap
from reports.trends.estimates import Axis


def several_datasets(study, count, **arguments):
    parts = [study(dataset=f"data-{i}", **arguments) for i in range(count)]
    return pd.concat([runs for runs, _ in parts]), pd.concat([epochs for _, epochs in parts])


def column_of(runs, method, column, **where):
    here = runs[runs.method == method]
    for name, value in where.items():
        here = here[here[name] == value]
    return here.sort_values(["batch_size", "timesteps", "seed"])[column].astype(float).to_numpy()


def test_an_interquartile_mean_is_scipys_over_all_finished_runs(study, plan):
    runs, epochs = study(diverged=("noprop-dt", 128, 5, 3))
    analysis = analyse(runs, epochs, plan)
    for standing in analysis.standings:
        accuracy = 100 * column_of(runs, standing.method, "test_accuracy")
        finished = accuracy[np.isfinite(accuracy)]
        assert standing.middle.point == pytest.approx(stats.trim_mean(finished, 0.25), abs=1e-9)
        assert standing.middle.n == finished.size == standing.runs - standing.failures
        assert standing.middle.low < standing.middle.point < standing.middle.high


def test_a_failed_run_counts_as_the_worst_in_ranks_and_improvement(study, plan):
    arguments = {"methods": ("backprop", "noprop-dt"), "batch_sizes": (64,), "timesteps": (2,)}
    runs, epochs = study(**arguments)
    failed = runs.copy()
    best = failed.index[(failed.method == "noprop-dt") & (failed.seed == 0)]
    failed.loc[best, ["status", "test_accuracy"]] = ["diverged", np.nan]
    whole, less = analyse(runs, epochs, plan), analyse(failed, epochs, plan)
    [before], [after] = (
        [i.chance.point for i in a.improvements if i.metric.column == "test_accuracy"]
        for a in (whole, less)
    )
    x, y = (100 * column_of(runs, m, "test_accuracy") for m in ("noprop-dt", "backprop"))
    assert before == pytest.approx(stats.mannwhitneyu(x, y).statistic / 36, abs=1e-9)
    x[0] = -math.inf
    assert after == pytest.approx(stats.mannwhitneyu(x, y).statistic / 36, abs=1e-9)
    [ranking] = less.rankings
    expected = np.mean([stats.rankdata([-b, -a]) for b, a in zip(y, x, strict=True)], axis=0)
    assert ranking.mean_ranks == pytest.approx(tuple(expected))


def test_ranks_within_a_data_set_are_never_tested(study, plan):
    analysis = analyse(*study(), plan)
    [ranking] = analysis.rankings
    assert (ranking.dataset, ranking.test) == ("digits", None)
    assert ranking.blocks == 2 * 2 * 6
    assert "no test is made of them" in " ".join(render(analysis, {}).split())


def test_friedmans_test_is_made_over_enough_data_sets_only(study, plan):
    arguments = {"batch_sizes": (64,), "timesteps": (2,), "seeds": 3, "epochs": 2}
    few = analyse(*several_datasets(study, 4, **arguments), plan)
    over = few.rankings[-1]
    assert (over.dataset, over.blocks, over.test) == ("", 4, None)
    many = analyse(*several_datasets(study, 6, **arguments), plan)
    over = many.rankings[-1]
    by_set = np.array([r.mean_ranks for r in many.rankings[:-1]])
    theirs = stats.friedmanchisquare(*by_set.T)
    assert over.test.chi2_p == pytest.approx(float(theirs.pvalue), abs=1e-9)
    assert over.mean_ranks == pytest.approx(tuple(stats.rankdata(by_set, axis=1).mean(axis=0)))
    [picture] = rank_pictures(many.rankings)
    assert "Not told apart" in picture.what_it_says
    svg = draw(picture, styles(many.context.methods))
    assert all(name in svg for name in over.methods)
    assert not re.search("#[0-9a-f]{6}|--c000000", svg)  # black would not show on a dark page
    assert rank_pictures(few.rankings) == ()
    text = render_as("markdown", study_report(many, {}))
    assert "Friedman's test over data sets" in text
    assert "Too few data sets" in render_as("markdown", study_report(few, {}))


def test_methods_without_all_blocks_are_left_out_by_name(study, plan):
    runs, epochs = study(timesteps=(2, 5))
    gone = (runs.method == "noprop-dt") & (runs.batch_size == 64)
    [ranking] = analyse(runs[~gone], epochs, plan).rankings
    assert ranking.left_out == ("noprop-dt",)
    assert "noprop-dt" not in ranking.methods


def test_all_pairs_are_adjusted_as_statsmodels_does_and_labelled(study, plan):
    analysis = analyse(*study(batch_sizes=(64,)), plan)
    pairs = analysis.exploratory
    assert len(pairs) == 2 * math.comb(5, 2)
    p = [e.comparison.paired.tests.p for e in pairs]
    expected = list(multipletests(p, method="fdr_bh")[1])
    assert [e.q for e in pairs] == pytest.approx(expected, abs=1e-9)
    assert all((e.comparison.advantage or 0) >= 0 for e in pairs)
    assert exploratory_table(analysis.context, analysis.exploratory).caption.startswith(
        "Exploratory"
    )


def test_two_methods_have_no_exploratory_table(study, plan):
    assert analyse(*study(methods=("backprop", "noprop-dt")), plan).exploratory == ()


def test_pairs_that_are_not_shown_are_counted(study, plan):
    arguments = {"seeds": 3, "epochs": 2, "batch_sizes": (8, 16, 32, 64), "timesteps": range(2, 8)}
    analysis = analyse(*study(**arguments), plan)
    whole = exploratory_table(analysis.context, analysis.exploratory)
    assert len(whole.rows) == 240
    table = shortened(whole)
    assert len(table.rows) == MOST_ROWS
    assert f"{240 - MOST_ROWS} more rows are in the csv" in table.note


def test_trends_and_interactions_are_slopes_per_seed(study, plan):
    runs, epochs = study(timesteps=(2, 5, 10))
    analysis = analyse(runs, epochs, plan)
    [found] = [
        s
        for s in analysis.scalings
        if (s.axis, s.metric.column, s.method, s.setting.batch_size)
        == (Axis.TIMESTEPS, "epoch_seconds", "noprop-dt", 64)
    ]
    x = np.log2([2, 5, 10])
    table = {
        m: np.array(
            [column_of(runs, m, "epoch_seconds", batch_size=64, timesteps=t) for t in (2, 5, 10)]
        ).T
        for m in ("noprop-dt", "backprop")
    }
    slopes = [stats.linregress(x, np.log2(row)).slope for row in table["noprop-dt"]]
    assert found.slope.estimate.point == pytest.approx(np.mean(slopes), abs=1e-9)
    assert found.slope.p == pytest.approx(stats.ttest_1samp(slopes, 0).pvalue, abs=1e-9)
    assert found.slope.page_p is not None
    [gap] = [
        s
        for s in analysis.interactions
        if (s.axis, s.metric.column, s.method, s.setting.batch_size)
        == (Axis.TIMESTEPS, "epoch_seconds", "noprop-dt", 64)
    ]
    effects = np.log2(table["noprop-dt"]) - np.log2(table["backprop"])
    slopes = [stats.linregress(x, row).slope for row in effects]
    assert gap.slope.estimate.point == pytest.approx(np.mean(slopes), abs=1e-9)
    assert gap.baseline == "backprop"


def test_memory_over_t_is_exact(study, plan):
    analysis = analyse(*study(), plan)
    memory = [s for s in analysis.scalings if s.metric.column == "peak_memory_bytes"]
    assert memory
    assert all(s.slope.p is None and s.slope.estimate.gap is Gap.NO_SPREAD for s in memory)


def test_a_seed_without_every_level_has_no_slope_and_is_counted(study, plan):
    runs, epochs = study(diverged=("noprop-dt", 64, 5, 3))
    found = [
        s
        for s in analyse(runs, epochs, plan).scalings
        if (s.axis, s.method, s.setting.batch_size) == (Axis.TIMESTEPS, "noprop-dt", 64)
    ]
    assert {(s.slope.estimate.n, s.seeds) for s in found} == {(5, 6)}


def test_less_time_is_an_improvement_and_ranks_first(study, plan):
    arguments = {"methods": ("backprop", "joint-shared"), "batch_sizes": (64,), "timesteps": (2,)}
    runs, epochs = study(**arguments)
    analysis = analyse(runs, epochs, plan.model_copy(update={"primary_metric": "epoch_seconds"}))
    x, y = (column_of(runs, m, "epoch_seconds") for m in ("joint-shared", "backprop"))
    [chance] = [i.chance.point for i in analysis.improvements if i.metric.slug == "epoch-time"]
    assert chance == pytest.approx(stats.mannwhitneyu(-x, -y).statistic / 36, abs=1e-9)
    assert chance > 0.5
    [ranking] = analysis.rankings
    assert dict(zip(ranking.methods, ranking.mean_ranks, strict=True))["joint-shared"] < 1.5


def test_the_better_one_of_a_pair_stands_first_in_time_too(study, plan):
    fastest = plan.model_copy(update={"primary_metric": "epoch_seconds"})
    pairs = analyse(*study(batch_sizes=(64,), seeds=4), fastest).exploratory
    assert len(pairs) == 20
    assert all(e.comparison.advantage >= 0 for e in pairs)


def test_pairs_stand_in_the_order_of_seeds(study, plan):
    runs, epochs = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2,))
    kept = analyse(runs.sample(frac=1, random_state=2), epochs, plan).runs
    sides = [{r.seed: r for r in reversed(kept) if r.method == m} for m in set(runs.method)]
    assert list(paired_values(*sides, "test_accuracy")) == [0, 1, 2, 3, 4, 5]
