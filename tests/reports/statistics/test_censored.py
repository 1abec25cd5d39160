"""Time to a target: censored runs, the log-rank test, medians with sign-test intervals."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.censored import (
    logrank_difference,
    logrank_p,
    logrank_scores,
    median_interval,
    paired_time_to_target,
    sign_test_p,
)
from reports.statistics.equivalence import Reason, Verdict
from reports.statistics.estimate import Gap
from reports.statistics.family import judge_family
from reports.statistics.signs import sign_flip_p

NEVER = math.inf
times = st.one_of(st.integers(1, 30).map(float), st.just(NEVER))
sides = st.lists(st.tuples(times, times), min_size=3, max_size=8).map(
    lambda rows: (np.array([a for a, _ in rows]), np.array([b for _, b in rows]))
)


def paired_logrank_p(x, y):
    """Return what is tested: arrivals exchanged within pairs flip the sign of the scores."""
    return sign_flip_p(logrank_difference(x, y))


def censored(x):
    last = 1000.0
    return stats.CensoredData(uncensored=x[np.isfinite(x)], right=np.full(np.isinf(x).sum(), last))


@settings(deadline=None, max_examples=50)
@given(sides)
def test_the_large_sample_p_is_scipys(arrays):
    x, y = arrays
    assume(
        np.isfinite(x).any()
        and np.isfinite(y).any()
        and np.ptp(np.concatenate(arrays)[np.isfinite(np.concatenate(arrays))]) > 0
    )
    theirs = stats.logrank(censored(x), censored(y))
    assert logrank_p(x, y) == pytest.approx(float(theirs.pvalue), abs=1e-9)
    # The numerator of scipy's statistic is a sum of one score per run.
    scores = logrank_scores(np.concatenate(arrays))
    assert scores.sum() == pytest.approx(0, abs=1e-9)
    if theirs.statistic != 0:
        assert np.sign(scores[: x.size].sum()) == np.sign(theirs.statistic)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(times, times), min_size=3, max_size=4))
def test_the_exact_p_counts_every_exchange_within_seeds(rows):
    x, y = np.array([a for a, _ in rows]), np.array([b for _, b in rows])
    assume((np.isfinite(x) | np.isfinite(y)).any())

    def excess(a, b):
        """Arrivals on one side beyond those expected, moment by moment, as Mantel wrote it."""
        both, total = np.concatenate([a, b]), 0.0
        for moment in np.unique(both[np.isfinite(both)]):
            expected = (both == moment).sum() * (a >= moment).sum() / (both >= moment).sum()
            total += (a == moment).sum() - expected
        return abs(total)

    count = 0
    for swap in itertools.product([False, True], repeat=x.size):
        count += excess(np.where(swap, y, x), np.where(swap, x, y)) >= excess(x, y) - 1e-9
    assert paired_logrank_p(x, y) == count / 2**x.size


@pytest.mark.parametrize("n", [3, 5, 6, 10])
def test_the_exact_p_cannot_fall_below_its_floor(n):
    x, y = np.arange(n) + 100.0, np.arange(n) + 1.0
    assert paired_logrank_p(x, y) == 2.0 ** (1 - n)
    assert logrank_p(x, y) < 2.0 ** (1 - n), "the large-sample p claims more than n seeds can"


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0.1, 10), min_size=3, max_size=30), st.sampled_from([0.8, 0.95]))
def test_a_median_interval_is_scipys(values, confidence):
    ours = median_interval(np.array(values), confidence)
    theirs = stats.quantile_test(values, p=0.5).confidence_interval(confidence)
    if ours.gap is Gap.UNREACHABLE:
        assert math.isnan(theirs.low) or math.isnan(theirs.high)
    else:
        assert (ours.low, ours.high) == (theirs.low, theirs.high)


@given(st.integers(1, 20), st.integers(0, 20))
def test_the_sign_test_is_scipys(n, k):
    held = np.arange(n) < k
    theirs = stats.binomtest(int(held.sum()), n, alternative="greater").pvalue
    assert sign_test_p(held) == pytest.approx(float(theirs), abs=1e-9)


def test_an_effect_is_a_ratio_of_paired_times():
    x, y = [2.0, 4.0, 6.0, 8.0, 10.0, 12.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    ours = paired_time_to_target(x, y, margin_percent=5)
    assert (ours.effect.point, ours.effect.low, ours.effect.high) == (2.0, 2.0, 2.0)
    assert ours.censoring.candidate_median == 7.0
    assert ours.tests.primary == "log-rank within seeds"
    assert ours.sizes.share_above == 1.0


def test_six_of_six_within_the_margin_are_shown_equivalent():
    y = np.array([10.0, 11, 12, 13, 14, 15])
    ours = paired_time_to_target(y * [1.01, 0.99, 1.02, 0.98, 1.0, 1.0], y, margin_percent=5)
    assert ours.tests.equivalence_p == pytest.approx(2.0**-6)


def test_a_candidate_that_never_arrives_is_infinitely_slower():
    ours = paired_time_to_target([NEVER] * 6, [5.0, 6, 7, 8, 9, 10], margin_percent=5)
    assert ours.effect.point == ours.effect.low == NEVER
    assert ours.censoring.candidate_reached == 0
    assert ours.tests.p == 2.0**-5
    assert ours.tests.equivalence_p == 1.0
    back = paired_time_to_target([5.0, 6, 7, 8, 9, 10], [NEVER] * 6, margin_percent=5)
    assert back.effect.point == back.effect.high == 0.0
    assert back.tests.p == ours.tests.p


def test_pairs_where_neither_arrives_say_nothing_and_are_counted():
    ours = paired_time_to_target([NEVER, 2.0, 3.0, 4.0], [NEVER, 1.0, 2.0, 3.0], margin_percent=5)
    assert (ours.effect.n, ours.censoring.neither, ours.censoring.runs) == (3, 1, 4)
    nobody = paired_time_to_target([NEVER] * 4, [NEVER] * 4, margin_percent=5)
    assert (nobody.effect.point, nobody.effect.n, nobody.tests) == (None, 0, None)


def test_never_against_never_the_other_way_balances():
    ours = paired_time_to_target(
        [NEVER, 1.0, 2.0, NEVER], [3.0, NEVER, NEVER, 3.0], margin_percent=5
    )
    assert ours.effect.point == 1.0


def test_equal_times_differ_in_nothing():
    ours = paired_time_to_target([3.0] * 5, [3.0] * 5, margin_percent=5)
    assert ours.effect.point == 1.0
    assert ours.tests.p == 1.0
    assert ours.tests.wilcoxon_p is None


@settings(deadline=None, max_examples=50)
@given(sides)
def test_exchanging_the_sides_inverts_the_ratio_and_keeps_p(arrays):
    x, y = arrays
    there = paired_time_to_target(x, y, margin_percent=5)
    back = paired_time_to_target(y, x, margin_percent=5)
    if there.effect.point is not None and 0 < there.effect.point < NEVER:
        assert there.effect.point * back.effect.point == pytest.approx(1.0)
    if there.tests:
        assert there.tests.p == back.tests.p
        ps = [
            there.tests.p,
            there.tests.sign_flip_p,
            there.tests.equivalence_p,
            there.tests.logrank_p,
        ]
        assert all(0 < p <= 1 for p in ps)


@pytest.mark.parametrize("bad", [[1.0, math.nan, 2.0], [0.0, 1.0, 2.0], [-1.0, 1.0, 2.0], [[1.0]]])
def test_what_is_no_time_is_refused(bad):
    with pytest.raises(ValueError, match="time"):
        paired_time_to_target(bad, [1.0, 1.0, 1.0], margin_percent=5)


def test_with_many_seeds_the_same_data_give_the_same_p():
    rng = np.random.default_rng(3)
    x, y = rng.exponential(1.6, 30) + 0.1, rng.exponential(1.0, 30) + 0.1
    assert paired_logrank_p(x, y) == paired_logrank_p(x, y)
    assert paired_logrank_p(x, y) == pytest.approx(logrank_p(x, y), abs=0.05)


# Direction and p come from one statistic; what a median cannot see is no equivalence.


def judged(effect):
    [found] = judge_family([effect], higher_is_better=False)
    return found.judgement.verdict, found.judgement.reason


def test_equal_times_and_a_baseline_that_often_never_arrives_are_not_called_worse():
    x = np.arange(13) + 10.0
    y = np.where(np.arange(13) < 7, x, NEVER)
    ours = paired_time_to_target(x, y, margin_percent=5)
    assert ours.effect.point == 1.0
    assert ours.tests.p < 0.05
    assert ours.lean == -1, "the candidate arrives more often, so sooner"
    assert judged(ours) == (Verdict.INCONCLUSIVE, Reason.DIRECTION)


@settings(deadline=None, max_examples=60)
@given(sides)
def test_the_direction_is_that_of_the_scores_and_turns_with_the_sides(arrays):
    x, y = arrays
    there = paired_time_to_target(x, y, margin_percent=5)
    back = paired_time_to_target(y, x, margin_percent=5)
    if there.tests is None:
        assert there.lean is None
        return
    assert there.lean == -back.lean
    verdict, _ = judged(there)
    if verdict in (Verdict.BETTER, Verdict.WORSE):
        scores = logrank_scores(np.concatenate(arrays))
        assert (scores[: x.size].sum() > 0) == (verdict is Verdict.BETTER)
        assert (there.effect.point < 1) == (verdict is Verdict.BETTER)


def test_a_slower_median_with_more_arrivals_has_no_direction():
    """The candidate is a little later wherever both arrive, and arrives far more often."""
    y = np.array([10.0, 11, 12, 13, 14, 15, 16, 17] + [NEVER] * 7)
    x = np.array([*(y[:8] * 1.01), *np.linspace(10, 17, 7)])
    ours = paired_time_to_target(x, y, margin_percent=5)
    assert ours.effect.point > 1
    assert ours.lean == -1
    if ours.tests.p < 0.05:
        assert judged(ours) == (Verdict.INCONCLUSIVE, Reason.DIRECTION)


@pytest.mark.parametrize("missed", [1, 3])
def test_a_candidate_that_misses_the_target_is_not_equivalent(missed):
    y = np.arange(13) + 10.0
    x = np.where(np.arange(13) < missed, NEVER, y)
    ours = paired_time_to_target(x, y, margin_percent=5)
    assert ours.effect.point == 1.0
    assert ours.tests.equivalence_p == 1.0
    assert judged(ours)[0] is not Verdict.EQUIVALENT


def test_an_interval_that_leaves_the_margin_is_no_equivalence():
    y = np.arange(13) + 10.0
    x = y * np.array([1.0] * 10 + [1.3] * 3)
    wide = paired_time_to_target(x, y, margin_percent=5)
    assert wide.effect.high > 1.05
    assert wide.tests.equivalence_p == 1.0
    x[7:9] = y[7:9]
    x[10:] = y[10:] * 1.02
    assert paired_time_to_target(x, y, margin_percent=5).tests.equivalence_p < 0.05


def test_misses_on_different_seeds_leave_equivalence_to_the_interval():
    y = np.arange(13) + 10.0
    x = y.copy()
    x[0], y[1] = NEVER, NEVER
    ours = paired_time_to_target(x, y, margin_percent=5)
    assert ours.censoring.candidate_reached == ours.censoring.baseline_reached == 12
    assert ours.tests.equivalence_p < 0.05
