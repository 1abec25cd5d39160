"""Families judged together, and every degenerate input: a typed answer, a reason, a sentence."""

import math
import re
import warnings

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from reports.comparisons.estimates import Comparison
from reports.comparisons.words import comparison_sentences
from reports.input.metrics import metric_of
from reports.input.pairing import Setting
from reports.input.plan import Plan
from reports.input.runs import Condition
from reports.statistics.censored import paired_time_to_target
from reports.statistics.equivalence import Reason, Verdict, beyond_margin_p
from reports.statistics.estimate import Gap, student_p
from reports.statistics.family import judge_family
from reports.statistics.multiplicity import benjamini_hochberg
from reports.statistics.paired import (
    logit_p,
    paired_difference,
    paired_memory_ratio,
    paired_ratio,
)
from reports.statistics.power import detectable_dz, pairs_needed
from reports.statistics.signs import SAMPLED, sign_flip_p, wilcoxon_p

RNG = np.random.default_rng(0)
NEVER = math.inf


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def judged(effect, higher=True, **rest):
    [found] = judge_family([effect], higher_is_better=higher, **rest)
    return found


def said(effect, column="test_accuracy", family=1, **rest):
    """Return the sentence of a comparison with this effect, in a family of equal ones."""
    metric = metric_of(column)
    verdict = judge_family([effect] * family, higher_is_better=metric.higher_is_better, **rest)[0]
    place = Setting("digits", 64, 2, Condition("cpu", "2", "3 epochs"))
    comparison = Comparison(metric, place, "new", "old", effect, (), 6, 0, 6, 0, judged=verdict)
    text = comparison_sentences(comparison, Plan(title="x", baseline="old"), "batch size 64")
    assert not re.search(r"\b(nan|None|inf|p = 0|0\.000)\b", text)
    assert "not significant" not in text
    return text.replace("\N{MINUS SIGN}", "-").replace("\N{MULTIPLICATION SIGN}", "x")


# The family.


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 8), st.sampled_from([3, 5, 6, 10]))
def test_every_kind_of_test_is_adjusted_as_statsmodels_does(seed, size, n):
    rng = np.random.default_rng(seed)
    data = rng.normal(0.3, 1, (size, 2, n)) + 90
    effects = [paired_difference(x, y, margin=1.0, whole=100.0) for x, y in data]
    family = judge_family(effects, higher_is_better=True)
    for name in ("p", "sign_flip_p", "wilcoxon_p", "logit_p", "equivalence_p"):
        raw = [getattr(e.tests, name) for e in effects]
        expected = list(multipletests(raw, method="holm")[1])
        assert [getattr(j.adjusted, name) for j in family] == pytest.approx(expected, abs=1e-9)
    for effect, j in zip(effects, family, strict=True):
        assert j.detectable == pytest.approx(effect.spread * detectable_dz(n, 0.05 / size))
        assert j.pairs_needed == pairs_needed(1.0, effect.spread, 0.05 / size)
        assert j.tests == size


def test_members_without_a_test_take_no_share_of_alpha():
    tested = paired_difference(RNG.normal(1, 1, 8), np.zeros(8), margin=0.5)
    few = paired_difference([1.0, 2.0], [0.0, 0.0], margin=0.5)
    exact = paired_memory_ratio([2.0] * 5, [1.0] * 5, margin_percent=1)
    family = judge_family([tested, few, exact], higher_is_better=True)
    assert family[0].adjusted.p == tested.tests.p
    assert [j.tests for j in family] == [1, 1, 1]
    assert family[1].adjusted.p is None


@pytest.mark.parametrize(("n", "size", "reachable"), [(6, 1, True), (6, 2, False), (10, 12, True)])
def test_reach_depends_on_pairs_and_family(n, size, reachable):
    effects = [paired_difference(RNG.normal(0, 1, n), np.zeros(n), margin=0.5)] * size
    assert judge_family(effects, higher_is_better=True)[0].reachable is reachable


def test_disagreement_names_the_tests():
    gain = np.array([0.001] * 9 + [0.08]) * np.linspace(1, 1.1, 10)
    found = judged(paired_difference(90 + gain, np.full(10, 90.0), margin=1e-6))
    assert found.disagreeing == ("sign-flip", "Wilcoxon")


def test_a_sampled_p_at_its_floor_is_no_disagreement():
    """With 1000 comparisons not even the smallest sampled p passes; that says nothing."""
    effects = [paired_difference(RNG.normal(9, 1, 30), np.zeros(30), margin=0.5)] * 1000
    found = judge_family(effects, higher_is_better=True)[0]
    assert effects[0].tests.sign_flip_p == 1 / (SAMPLED + 1)
    assert found.adjusted.sign_flip_p > 0.05 > found.adjusted.p
    assert found.disagreeing == ()


def test_lower_is_better_turns_the_verdict():
    effect = paired_difference(RNG.normal(5, 1, 8), np.zeros(8), margin=0.5)
    assert judged(effect).judgement.verdict is Verdict.BETTER
    assert judged(effect, higher=False).judgement.verdict is Verdict.WORSE


# Single tests.


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(-9, 9), min_size=3, max_size=10))
@example([3, -1, 4, 1, -5, 9, -2, 6, 5, 0, 3, -5, 8])
def test_wilcoxon_with_ties_and_zeros_is_scipys_exact_one(values):
    d = np.array(values, dtype=float)
    if not d.any():
        assert wilcoxon_p(d) is None
        return
    if np.count_nonzero(d) < 2:
        return  # scipy takes no fewer
    signs = stats.PermutationMethod(n_resamples=np.inf)
    theirs = stats.wilcoxon(d[d != 0], method=signs).pvalue
    assert wilcoxon_p(d) == pytest.approx(float(theirs), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(-9, 9), min_size=24, max_size=60))
def test_wilcoxon_beyond_exact_enumeration_is_scipys_approximation(values):
    d = np.array(values, dtype=float)
    if np.count_nonzero(d) <= 14:
        return
    theirs = stats.wilcoxon(d, method="approx").pvalue
    assert wilcoxon_p(d) == pytest.approx(float(theirs), abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.floats(-9, 9).map(lambda x: round(x, 2)), min_size=3, max_size=8),
    st.sampled_from(["two-sided", "less", "greater"]),
)
def test_the_sign_flip_test_is_scipys(values, alternative):
    d = np.array(values) + np.linspace(0, 0.001, len(values))  # without ties of rounding
    theirs = stats.permutation_test(
        (d,), lambda x, axis: np.sum(x, axis=axis), permutation_type="samples", vectorized=True,
        n_resamples=np.inf, alternative=alternative,
    )  # fmt: skip
    assert sign_flip_p(d, alternative) == pytest.approx(float(theirs.pvalue), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.floats(-9, 9), min_size=3, max_size=12),
    st.sampled_from(["two-sided", "less", "greater"]),
    st.floats(-2, 2),
)
def test_students_test_is_scipys_each_way(values, alternative, mean):
    x = np.array(values)
    if np.ptp(x) < 1e-3:
        return
    theirs = stats.ttest_1samp(x, mean, alternative=alternative).pvalue
    assert student_p(x, mean, alternative) == pytest.approx(float(theirs), abs=1e-9)
    if alternative == "greater":
        assert beyond_margin_p(x, mean) == pytest.approx(float(theirs), abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.floats(0.5, 0.99), st.floats(0.5, 0.99)), min_size=3, max_size=9))
def test_the_log_odds_test_is_scipys(rows):
    x, y = (np.array(side) for side in zip(*rows, strict=True))
    d = np.log(x / (1 - x)) - np.log(y / (1 - y))
    if np.ptp(d) < 1e-3:
        return
    assert logit_p(x, y) == pytest.approx(float(stats.ttest_1samp(d, 0).pvalue), abs=1e-9)


def test_log_odds_of_everything_right_do_not_exist():
    assert logit_p(np.array([1.0, 0.9, 0.8]), np.array([0.7, 0.7, 0.8])) is None
    ours = paired_difference([100.0, 99.0, 98.0], [97.0, 97.5, 96.0], margin=0.5, whole=100.0)
    assert ours.tests.logit_p is None
    assert ours.tests.p < 1


@settings(deadline=None, max_examples=20)
@given(st.lists(st.one_of(st.none(), st.floats(1e-12, 1)), max_size=12))
def test_benjamini_hochberg_is_statsmodels_and_skips_what_was_not_tested(p_values):
    tested = [p for p in p_values if p is not None]
    expected = list(multipletests(tested, method="fdr_bh")[1]) if tested else []
    ours = benjamini_hochberg(p_values)
    assert [p for p in ours if p is not None] == pytest.approx(expected, abs=1e-9)
    assert [p is None for p in ours] == [p is None for p in p_values]


# Degenerate inputs and what is said of them.


def test_all_differences_zero_are_said():
    effect = paired_difference([97.0] * 6, [97.0] * 6, margin=0.5)
    assert "Shown to lie within the margin of 0.5 percentage points" in said(effect)
    assert judged(effect).detectable is None


def test_a_constant_difference_is_said():
    x = np.array([90.1, 91.2, 92.3, 90.4, 90.5, 91.6])
    text = said(paired_difference(x + 2, x, margin=0.5))
    assert "+2.0 pp no interval: no spread over 6 seeds" in text
    assert "exact sign-flip" in text
    few = said(paired_difference(x[:5] + 2, x[:5], margin=0.5))
    assert "cannot reach alpha = 0.05 with n = 5" in few


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([], [], "no seed has a finished run"),
        ([1.0], [2.0], "over 1 seed. Fewer than 3 say nothing of chance"),
        ([1.0, 5.0], [2.0, 1.0], "over 2 seeds. Fewer than 3"),
    ],
)
def test_too_few_pairs_are_said(x, y, words):
    effect = paired_difference(x, y, margin=0.5)
    assert words in said(effect)
    assert judged(effect).judgement.verdict is Verdict.INCONCLUSIVE


def test_memory_that_repeats_is_said():
    text = said(paired_memory_ratio([50.0] * 4, [100.0] * 4, margin_percent=1), "peak_memory_bytes")
    assert "x0.500 deterministic over 4 seeds" not in text
    assert "x0.50, the same in every run (deterministic)" in text
    assert "new is lighter on memory than old." in text
    same = said(paired_memory_ratio([50.0] * 4, [50.0] * 4, margin_percent=1), "peak_memory_bytes")
    assert "within the margin of a ratio of 1.01" in same


def test_a_null_result_says_what_could_have_been_seen():
    effect = paired_difference([1.0, -2.0, 0.5, 1.5, -1.0], np.zeros(5), margin=0.5)
    text = said(effect, family=3)
    assert "Neither a difference nor equivalence was shown; that is not equality." in text
    assert "cannot reach alpha = 0.05 with n = 5 among 3 comparisons" in text
    assert re.search(
        r"a true difference of \d+\.\d\d percentage points would have been shown", text
    )
    assert re.search(r"one as large as the margin takes about \d+ seeds", text)


def test_a_difference_is_said_with_its_margin():
    x = RNG.normal(5, 0.5, 8)
    beyond = said(paired_difference(x, np.zeros(8), margin=0.5))
    assert "new is more accurate than old." in beyond
    assert "All of the interval lies beyond the margin." in beyond
    near = said(paired_difference(x, np.zeros(8), margin=4.9))
    assert "It may be smaller than the margin of 4.9 percentage points" in near


def test_a_small_but_certain_difference_is_called_too_small_to_matter():
    x = 0.1 + RNG.normal(0, 0.01, 8)
    text = said(paired_difference(x, np.zeros(8), margin=0.5))
    assert "A difference was shown too, but one too small to matter." in text


def test_times_that_never_come_are_said():
    effect = paired_time_to_target([NEVER] * 6, [5.0, 6, 7, 8, 9, 10], margin_percent=5)
    text = said(effect, "target_seconds")
    assert "only the baseline arrives over 6 seeds" in text
    assert "[∞" not in text
    assert "reached in 0 of 6 runs of new (median not reached)" in text
    nobody = paired_time_to_target([NEVER] * 6, [NEVER] * 6, margin_percent=5)
    assert "neither reached the target on any of 6 seeds" in said(nobody, "target_seconds")


def test_three_pairs_that_differ_wildly_overflow_nothing():
    effect = paired_ratio([1e300, 1e-300, 1.0], [1.0, 1.0, 1.0], margin_percent=5)
    assert effect.effect.high == math.inf
    assert "∞" in said(effect, "epoch_seconds")
    assert judged(effect).detectable is None


def test_ratios_beyond_what_a_float_holds_are_infinite():
    effect = paired_ratio([1e300] * 3, [1e-300, 1e-299, 1e-298], margin_percent=5)
    assert effect.effect.point == math.inf
    assert "∞" in said(effect, "epoch_seconds")


def test_a_p_that_underflows_is_not_zero():
    x = np.array([1.0, 1.0 + 1e-9, 1.0 - 1e-9] * 30) * 1e6
    effect = paired_difference(x, np.zeros(90), margin=1e9)
    assert 0 < effect.tests.p < 1e-200
    assert 0 < effect.tests.equivalence_p < 1e-200


def test_students_test_of_values_that_do_not_vary_is_refused():
    with pytest.raises(ValueError, match="do not vary"):
        student_p(np.ones(4))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(*[st.sampled_from([0.0, 0.1, 0.3, 99.9, 100.0, 50.0])] * 2), max_size=8))
def test_no_accuracies_break_a_sentence(rows):
    x, y = ([r[i] for r in rows] for i in (0, 1))
    effect = paired_difference(x, y, margin=0.5, whole=100.0)
    assert said(effect, family=2)
    assert effect.effect.gap in Gap
    assert judged(effect).judgement.reason in Reason
