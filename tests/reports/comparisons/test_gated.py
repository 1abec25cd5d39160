"""The gate on real frames: settings are tested only behind a pooled comparison that decided."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.comparisons.words import comparison_sentences
from reports.page.analysis import analyse
from reports.page.rows import estimates_frame
from reports.statistics.candidates import Candidate, judge_candidates
from reports.statistics.equivalence import DIFFERENT, Reason, Verdict
from reports.statistics.gate import Branch, gate
from reports.statistics.judged import Sharing
from reports.statistics.paired import paired_difference
from reports.statistics.pooled import interaction_p, pool_effects


def accuracy(frames, method, gains, noise=0.002):
    """Give `method` the baseline's accuracy, plus noise and a gain by (batch size, T)."""
    runs, epochs = frames
    runs = runs.copy()
    rng = np.random.default_rng(12)
    for (batch, t), gain in gains.items():
        here = (runs.batch_size == batch) & runs.timesteps.eq(t).fillna(False)
        base = runs[here & (runs.method == "backprop")].sort_values("seed").test_accuracy
        own = runs[here & (runs.method == method)].sort_values("seed").index
        runs.loc[own, "test_accuracy"] = base.to_numpy() + gain + rng.normal(0, noise, len(base))
    return runs, epochs


def only(analysis, candidate, column="test_accuracy"):
    """Return the pooled comparison of a candidate, and those in its settings."""
    [pooled] = [
        p
        for p in analysis.pooled
        if (p.comparison.candidate, p.comparison.metric.column) == (candidate, column)
    ]
    inside = [
        c for c in analysis.comparisons if (c.candidate, c.metric.column) == (candidate, column)
    ]
    return pooled, inside


EVERY = [(64, 2), (64, 5), (128, 2), (128, 5)]


def test_no_setting_is_tested_where_the_pooled_comparison_decides_nothing(study, plan):
    frames = study(("backprop", "noprop-dt", "classifier"), seeds=6)
    runs, epochs = accuracy(frames, "noprop-dt", dict.fromkeys(EVERY, 0.0), noise=0.01)
    analysis = analyse(runs, epochs, plan)
    pooled, inside = only(analysis, "noprop-dt")
    assert pooled.comparison.verdict is Verdict.INCONCLUSIVE
    assert {c.judgement.reason for c in inside} == {Reason.NOT_TESTED}
    assert {c.adjusted.p for c in inside} == {None}
    assert all(c.judged.detectable for c in inside)
    text = comparison_sentences(inside[0], plan, "here")
    assert "Not tested by itself" in text
    frame = estimates_frame(analysis)
    rows = frame[(frame.kind == "comparison") & (frame.method == "noprop-dt")]
    rows = rows[rows.metric == "test_accuracy"]
    assert set(rows.reason) == {"not tested: the pooled comparison decided nothing"}
    assert rows.p_holm.isna().all()
    assert rows.p.notna().all()


def test_behind_a_pooled_difference_settings_share_what_it_passes_on(study, plan):
    frames = study(("backprop", "noprop-dt", "classifier"), seeds=6)
    runs, epochs = accuracy(frames, "noprop-dt", dict.fromkeys(EVERY, -0.03))
    analysis = analyse(runs, epochs, plan)
    pooled, inside = only(analysis, "noprop-dt")
    assert pooled.comparison.verdict is Verdict.WORSE
    assert {c.verdict for c in inside} == {Verdict.WORSE}
    assert {(c.judged.sharing, c.judged.tests, c.judged.candidates) for c in inside} == {
        (Sharing.SETTINGS, 4, 2)
    }
    assert pooled.comparison.judged.sharing is Sharing.CANDIDATES
    assert "adjusted for 4 settings and 2 candidates" in comparison_sentences(inside[0], plan, "x")
    assert "adjusted for 2 candidates" in comparison_sentences(pooled.comparison, plan, "x")


def test_an_effect_that_turns_with_t_opens_the_settings(study, plan):
    """Two settings cancel out: no pooled effect, and still each is shown by itself."""
    frames = study(("backprop", "noprop-dt", "classifier"), seeds=6)
    gains = {(64, 2): 0.01, (128, 2): 0.01, (64, 5): -0.01, (128, 5): -0.01}
    runs, epochs = accuracy(frames, "noprop-dt", gains)
    analysis = analyse(runs, epochs, plan)
    pooled, inside = only(analysis, "noprop-dt")
    assert pooled.comparison.verdict not in DIFFERENT
    assert pooled.interactions["T"] < plan.alpha
    assert [c.verdict for c in inside].count(Verdict.BETTER) == 2
    assert [c.verdict for c in inside].count(Verdict.WORSE) == 2


def test_the_page_has_the_p_values_of_the_procedure_that_calibrate_simulates(study, plan):
    """From raw p-values of the csv alone, by the graph of `gate`."""
    analysis = analyse(*study(seeds=6), plan)
    frame = estimates_frame(analysis)
    frame = frame[(frame.metric == "test_accuracy") & frame.kind.isin(["pooled", "comparison"])]
    names = sorted(set(frame.method))
    branches = []
    for name in names:
        rows = frame[frame.method == name]
        inside = rows[rows.kind == "comparison"]
        _, comparisons = only(analysis, name)
        table = np.column_stack([[x - y for x, y in c.pairs.values()] for c in comparisons])

        found = [
            interaction_p(table, [float(getattr(c.setting, axis)) for c in comparisons])
            for axis in ("timesteps", "batch_size")
        ]
        overall = rows[rows.kind == "pooled"].p.iloc[0]
        branches.append(Branch(overall, tuple(found), tuple(inside.p)))
    for name, expected in zip(names, gate(branches), strict=True):
        rows = frame[frame.method == name]
        assert rows[rows.kind == "pooled"].p_holm.iloc[0] == pytest.approx(expected.pooled)
        asked = rows[(rows.kind == "comparison") & rows.p_holm.notna()]
        if len(asked):
            assert list(asked.p_holm) == pytest.approx(list(expected.settings))
        assert list(only(analysis, name)[0].interactions.values()) == pytest.approx(
            list(expected.interactions)
        )


def test_a_study_of_one_setting_has_one_answer(study, plan):
    analysis = analyse(*study(batch_sizes=(64,), timesteps=(2,), seeds=6), plan)
    for p in analysis.pooled:
        _, [inside] = only(analysis, p.comparison.candidate, p.comparison.metric.column)
        assert inside.judgement == p.comparison.judgement
        if inside.adjusted.p is not None:
            assert inside.adjusted.p == pytest.approx(p.comparison.adjusted.p)


def judged(table, margin=0.5):
    """Judge candidates (candidates, seeds, settings) through the page's own functions."""
    zero = np.zeros(table.shape[1])
    candidates = []
    for own in table:
        pooled = pool_effects(own, kind="difference", margin=margin)
        inside = tuple(paired_difference(column, zero, margin=margin) for column in own.T)
        candidates.append(Candidate(pooled.effect, inside, len(pooled.settings)))
    return judge_candidates(candidates, higher_is_better=True)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 10_000),
    st.integers(1, 3),
    st.integers(1, 3),
    st.floats(0, 4),
    st.sampled_from([3, 5, 8]),
)
def test_the_adjusted_interval_excludes_no_effect_just_where_a_difference_is_shown(
    seed, candidates, inside, effect, n
):
    rng = np.random.default_rng(seed)
    table = rng.normal(0, 1, (candidates, n, inside)) + rng.choice([0, effect], (candidates, 1, 1))
    for candidate in judged(table, margin=1e-9):
        for found in (candidate.pooled, *candidate.settings):
            low, high = found.interval
            shown = found.adjusted.p is not None and found.adjusted.p < 0.05
            if found.judgement.reason is not Reason.NOT_TESTED:
                assert shown == (not low <= 0 <= high)
            assert (found.judgement.verdict in DIFFERENT) == shown


def test_equivalence_in_one_setting_is_found_where_all_together_differ():
    rng = np.random.default_rng(3)
    table = rng.normal(0, 0.05, (1, 8, 4)) + np.array([3.0, 3.0, 3.0, 0.0])
    [found] = judged(table)
    assert found.pooled.judgement.verdict is Verdict.BETTER
    assert found.settings[3].judgement.verdict is Verdict.EQUIVALENT


def test_what_the_spread_leaves_open_of_the_seeds_needed_is_said(study, plan):
    runs, epochs = study(("backprop", "noprop-dt"), (64,), (2,), seeds=3)
    analysis = analyse(runs, epochs, plan)
    _, [inside] = only(analysis, "noprop-dt")
    fewest, most = inside.judged.pairs_range
    assert fewest < inside.judged.pairs_needed < most
    frame = estimates_frame(analysis)
    row = frame[(frame.kind == "comparison") & (frame.metric == "test_accuracy")].iloc[0]
    assert (row.pairs_needed_fewest, row.pairs_needed_most) == (fewest, most)


def test_two_data_sets_share_one_budget(study, plan):
    first, curves = study(("backprop", "noprop-dt"), seeds=6)
    second, others = study(("backprop", "noprop-dt"), seeds=6, dataset="mnist")
    analysis = analyse(pd.concat([first, second]), pd.concat([curves, others]), plan)
    of = [p.comparison for p in analysis.pooled if p.comparison.metric is plan.primary]
    assert {c.judged.tests for c in of} == {2}
