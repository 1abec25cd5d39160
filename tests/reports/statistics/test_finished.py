"""Failures are outcomes: an exact test of finished runs, and what they leave of a verdict."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from reports.statistics.equivalence import Judgement, Reason, Verdict
from reports.statistics.family import judge_family
from reports.statistics.finished import (
    failure_as_worst,
    finished_runs,
    judge_finished,
    vetoes,
    with_failures,
)
from reports.statistics.paired import paired_difference
from reports.statistics.signs import wilcoxon_p

BETTER = Judgement(Verdict.BETTER, Reason.DIFFERENT)
WORSE = Judgement(Verdict.WORSE, Reason.DIFFERENT)
SAME = Judgement(Verdict.EQUIVALENT, Reason.WITHIN_MARGIN)
OPEN = Judgement(Verdict.INCONCLUSIVE, Reason.NOT_SHOWN)


def runs(candidate, baseline, n=6):
    """Let the first `candidate` runs finish on one side, the first `baseline` on the other."""
    return finished_runs(np.arange(n) < candidate, np.arange(n) < baseline)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=14))
def test_in_one_setting_it_is_mcnemars_exact_test(rows):
    x, y = np.array(rows).T
    table = [[(x & y).sum(), (x & ~y).sum()], [(~x & y).sum(), (~x & ~y).sum()]]
    ours = finished_runs(x, y)
    assert ours.p == pytest.approx(mcnemar(table, exact=True).pvalue, abs=1e-9)
    assert (ours.candidate, ours.baseline, ours.runs) == (x.sum(), y.sum(), x.size)


def test_luck_that_settings_share_counts_once_per_seed():
    x = np.ones((6, 4), dtype=bool)
    x[0] = False
    ours = finished_runs(x, np.ones((6, 4), dtype=bool))
    assert (ours.candidate_failures, ours.baseline_failures, ours.runs) == (4, 0, 24)
    assert ours.p == 1.0, "one seed of six failed everywhere: that is one coin"
    assert stats.binomtest(4, 4).pvalue < ours.p


def test_unequal_shapes_are_refused():
    with pytest.raises(ValueError, match="not pairs"):
        finished_runs([True] * 3, [True] * 2)


@pytest.mark.parametrize(
    ("candidate", "baseline", "expected"),
    [
        (6, 6, OPEN),
        (4, 6, OPEN),
        (0, 6, Judgement(Verdict.WORSE, Reason.NEVER_FINISHES)),
        (6, 0, Judgement(Verdict.BETTER, Reason.NEVER_FINISHES)),
        (0, 3, Judgement(Verdict.WORSE, Reason.NEVER_FINISHES)),
        (0, 2, OPEN),
        (0, 0, OPEN),
    ],
)
def test_finished_runs_are_judged(candidate, baseline, expected):
    assert judge_finished([runs(candidate, baseline)]) == (expected,)


def test_many_failures_are_shown_by_the_exact_test_and_families_share_alpha():
    often = runs(2, 10, n=10)
    assert often.p == 2.0**-7
    worse = Judgement(Verdict.WORSE, Reason.DIFFERENT)
    assert judge_finished([often]) == (worse,)
    assert judge_finished([often] * 4) == (worse,) * 4
    assert judge_finished([often] * 7) == (OPEN,) * 7
    assert judge_finished([runs(10, 2, n=10)])[0].verdict is Verdict.BETTER


@pytest.mark.parametrize(
    ("said", "candidate", "baseline", "expected"),
    [
        (BETTER, 6, 6, BETTER),
        (BETTER, 4, 6, Judgement(Verdict.BETTER_FINISHED, Reason.DIFFERENT)),
        (BETTER, 6, 4, BETTER),
        (WORSE, 4, 6, WORSE),
        (WORSE, 6, 4, WORSE),
        (SAME, 5, 6, Judgement(Verdict.INCONCLUSIVE, Reason.FAILURES)),
        (SAME, 6, 5, Judgement(Verdict.INCONCLUSIVE, Reason.FAILURES)),
        (SAME, 5, 5, SAME),
        (OPEN, 4, 6, OPEN),
        (OPEN, 0, 6, Judgement(Verdict.WORSE, Reason.NEVER_FINISHES)),
        (OPEN, 6, 0, Judgement(Verdict.BETTER, Reason.NEVER_FINISHES)),
    ],
)
def test_what_failures_leave_of_a_verdict(said, candidate, baseline, expected):
    assert with_failures(said, runs(candidate, baseline)) == expected


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([BETTER, WORSE, SAME, OPEN]), st.integers(0, 6), st.integers(0, 6))
def test_who_fails_more_is_never_called_better_or_equivalent(said, candidate, baseline):
    found = with_failures(said, runs(candidate, baseline)).verdict
    if candidate < baseline:
        assert found not in (Verdict.BETTER, Verdict.EQUIVALENT)


def test_a_veto_takes_a_difference_back_and_nothing_else():
    both = runs(4, 4)
    assert with_failures(BETTER, both, vetoed=True).reason is Reason.FAILURES
    assert with_failures(WORSE, both, vetoed=True).verdict is Verdict.INCONCLUSIVE
    assert with_failures(SAME, both, vetoed=True) == SAME
    assert with_failures(OPEN, both, vetoed=True) == OPEN


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(-9, 9).map(float), min_size=3, max_size=10))
def test_without_failures_it_is_wilcoxons_test(values):
    ours = failure_as_worst(np.array(values))
    assert ours.p == (pytest.approx(wilcoxon_p(np.array(values))) if any(values) else None)
    back = failure_as_worst(-np.array(values))
    assert (back.p, back.lean) == (ours.p, -ours.lean)


def test_a_failure_is_worse_than_any_loss_and_two_of_them_tie():
    gains = np.array([0.1, 0.2, 0.1, 0.3, -np.inf, -np.inf, -np.inf, np.nan])
    ours = failure_as_worst(gains)
    assert ours.lean == -1, "three failures outrank four small gains"
    expected = stats.wilcoxon([0.1, 0.2, 0.1, 0.3, -9, -9, -9], method="exact").pvalue
    assert ours.p == pytest.approx(float(expected), abs=0.05)
    assert vetoes(ours, Verdict.BETTER)
    assert not vetoes(ours, Verdict.WORSE)
    assert not vetoes(ours, Verdict.EQUIVALENT)


def test_a_veto_needs_the_other_side_or_a_tie():
    assert not vetoes(failure_as_worst(np.array([1.0, 2, 3, 4, -np.inf])), Verdict.BETTER)
    assert vetoes(failure_as_worst(np.array([1.0, 2, -np.inf])), Verdict.BETTER)


# In a family.


def family_verdict(gains, candidate, baseline):
    """Judge gains of finished pairs; -inf stands for a failure of the candidate."""
    d = np.array(gains)
    finite = d[np.isfinite(d)]
    effect = replace(
        paired_difference(finite, np.zeros(finite.size), margin=0.1),
        finished=finished_runs(candidate, baseline),
        worst=failure_as_worst(d),
    )
    [found] = judge_family([effect], higher_is_better=True)
    return found.judgement


def test_more_accurate_with_failures_is_at_most_said_of_finished_runs():
    gains = [3.0, 3.1, 3.2, 2.9, 2.8, *[-np.inf] * 7]
    found = family_verdict(gains, np.isfinite(gains), np.ones(12, dtype=bool))
    assert found.reason is Reason.FAILURES, "failures as the worst outcome outrank every gain"
    gains[5:11] = [3.2, 3.3, 3.35, 3.1, 3.0, 3.15]
    ok = np.isfinite(gains)
    found = family_verdict(gains, ok, np.ones(12, dtype=bool))
    assert found == Judgement(Verdict.BETTER_FINISHED, Reason.DIFFERENT)


def test_a_candidate_that_always_diverges_is_worse_though_nothing_can_be_compared():
    found = family_verdict([-np.inf] * 6, [False] * 6, [True] * 6)
    assert found == Judgement(Verdict.WORSE, Reason.NEVER_FINISHES)


def test_without_failures_nothing_changes():
    gains = [3.0, 3.1, 3.2, 2.9, 2.8, 3.3]
    assert family_verdict(gains, [True] * 6, [True] * 6) == BETTER
