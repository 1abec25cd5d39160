"""Failures as outcomes: whether runs finish is compared, shown and written by every format."""

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.comparisons.finished_table import finished_sentence, finished_table
from reports.comparisons.pooled_words import pooled_headline
from reports.formats.formats import FORMATS, render_as
from reports.page.analysis import analyse
from reports.page.report import study_report
from reports.statistics.equivalence import Reason, Verdict


def fail(runs, here):
    """Let the runs in `here` diverge."""
    runs = runs.copy()
    runs.loc[here, "status"] = "diverged"
    runs.loc[here, ["test_accuracy", "train_seconds", "epoch_seconds"]] = np.nan
    runs.loc[here, "peak_memory_bytes"] = pd.NA
    return runs


def frames(study, seeds=9, failing=6):
    runs, epochs = study(("backprop", "classifier"), seeds=seeds)
    runs.loc[runs.method == "classifier", "test_accuracy"] += 0.01
    return fail(runs, (runs.method == "classifier") & (runs.seed < failing)), epochs


def test_the_exact_test_of_finished_runs_is_the_sign_test_of_seeds_that_differ(study, plan):
    [found] = analyse(*frames(study), plan).finished
    assert (found.finished.candidate, found.finished.baseline, found.finished.runs) == (12, 36, 36)
    assert (found.settings, found.seeds) == (4, 9)
    assert found.finished.p == pytest.approx(stats.binomtest(6, 6).pvalue)
    assert (found.verdict, found.judgement.reason) == (Verdict.WORSE, Reason.DIFFERENT)
    assert found.points == pytest.approx(-100 * 24 / 36)


def test_without_failures_there_is_nothing_to_compare(study, plan):
    analysis = analyse(*study(("backprop", "classifier"), seeds=4), plan)
    assert analysis.finished == ()
    assert finished_table(analysis.context, analysis.finished) is None


def test_always_failing_is_worse_and_the_words_say_so(study, plan):
    analysis = analyse(*frames(study, failing=9), plan)
    [found] = analysis.finished
    assert (found.verdict, found.judgement.reason) == (Verdict.WORSE, Reason.NEVER_FINISHES)
    assert finished_sentence(found) == (
        "classifier finished 0 of 36 runs and backprop 36 of the same: worse (one side never "
        "finishes)."
    )


def test_every_format_has_it(study, plan):
    analysis = analyse(*frames(study), plan)
    report = study_report(analysis, {})
    rows = csv.DictReader(io.StringIO(render_as("csv", report)))
    [row] = [row for row in rows if row["kind"] == "finished"]
    assert (row["failed"], row["against_failed"], row["verdict"]) == ("24", "0", "worse")
    assert float(row["p"]) == pytest.approx(2 / 2**6)
    estimates = json.loads(render_as("json", report))["estimates"]
    assert [e["sentence"] for e in estimates if e["kind"] == "finished"] == [
        "classifier finished 12 of 36 runs and backprop 36 of the same: worse (a difference was "
        "shown)."
    ]
    for name in FORMATS.keys() - {"csv"}:
        assert "Finished runs: each method against backprop" in render_as(name, report), name


def test_every_verdict_line_carries_the_failures_of_both_sides(study, plan):
    analysis = analyse(*frames(study, failing=1), plan)
    [pooled] = [p for p in analysis.pooled if p.comparison.metric is plan.primary]
    assert pooled.comparison.verdict is Verdict.BETTER_FINISHED
    assert "; failed: 4 of 36 runs against 0 of 36." in pooled_headline(pooled, analysis.context)


def test_as_many_failures_on_either_side_are_no_difference(study, plan):
    runs, epochs = study(("backprop", "classifier"), seeds=5)
    analysis = analyse(fail(runs, runs.seed == 2), epochs, plan)
    [found] = analysis.finished
    assert found.finished.p == 1
    assert finished_sentence(found).endswith("16 of the same: as many.")
