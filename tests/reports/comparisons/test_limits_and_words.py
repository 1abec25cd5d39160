"""What is said no further than it reaches: reasons, intervals, what nobody measured, limits."""

import numpy as np
import pandas as pd
import pytest

from reports.comparisons.headlines import tally_sentence
from reports.comparisons.limits import test_set_items as items_of_test_sets
from reports.comparisons.words import comparison_sentences, reason_words, unseen_words
from reports.page.analysis import analyse
from reports.statistics.equivalence import Reason, Verdict
from reports.statistics.estimate import mean_interval


def accuracies(study, gaps, seeds=6):
    """Two methods in one setting, whose accuracies differ by `gaps` (in points) seed by seed."""
    runs, epochs = study(("backprop", "noprop-dt"), (64,), (2,), seeds=seeds)
    base = np.linspace(0.9, 0.91, seeds)
    runs.loc[runs.method == "backprop", "test_accuracy"] = base
    runs.loc[runs.method == "noprop-dt", "test_accuracy"] = base + np.array(gaps) / 100
    return runs, epochs


def only(analysis, column="test_accuracy"):
    [found] = [c for c in analysis.comparisons if c.metric.column == column]
    return found


def test_a_t_test_can_reach_alpha_and_that_is_not_given_as_the_reason(study, plan):
    """Five seeds: no exact test reaches alpha; the t test does, and does not show a difference."""
    analysis = analyse(*accuracies(study, (2, -3, 1, -1.5, 2.5), seeds=5), plan)
    c = only(analysis)
    assert not c.reachable
    assert reason_words(c) == "no difference or equivalence shown"
    assert "; the t test can." in comparison_sentences(c, plan, "here")


def test_an_interval_of_one_comparison_says_that_it_is_that(study, plan):
    """Among several candidates an unadjusted interval excludes 0 where nothing is shown."""
    runs, epochs = accuracies(study, (0.2, 1.4, 0.9, 1.9, 0.3, 2.1))
    twins = [runs]
    for i in range(5):
        twin = runs[runs.method == "noprop-dt"].copy()
        twin["cell"] += f"-{i}"
        twin["test_accuracy"] += np.array([1, -1, 1, -1, 1, -1]) / 50 - 0.005 * i
        twins.append(twin.assign(method=f"other-{i}"))
    analysis = analyse(pd.concat(twins), epochs, plan)
    [c] = [c for c in analysis.comparisons if (c.candidate, c.metric.column) == (
        "noprop-dt", "test_accuracy")]  # fmt: skip
    assert c.paired.effect.low > 0
    assert c.verdict is Verdict.INCONCLUSIVE
    low, high = c.judged.interval
    assert low < 0 < high
    text = comparison_sentences(c, plan, "here")
    assert "interval is that of this comparison alone; adjusted for 6 candidates it is [" in text


def test_confidence_is_written_as_it_is():
    assert "99.5 % t interval" in mean_interval([1.0, 2.0, 4.0], 0.995).method


def test_what_nobody_measured_is_not_called_inconclusive(study, plan):
    runs, epochs = study(("backprop", "noprop-dt"), seeds=4)
    runs["peak_memory_bytes"] = pd.NA
    analysis = analyse(runs, epochs, plan)
    measured = {c.metric.column for c in analysis.comparisons}
    assert "peak_memory_bytes" not in measured
    assert "test_accuracy" in measured


def test_undecided_everywhere_reads_as_decided_nowhere(study, plan):
    runs, epochs = study(("backprop", "noprop-dt"), seeds=4)
    rng = np.random.default_rng(1)
    runs["test_accuracy"] = 0.8 + rng.normal(0, 0.03, len(runs))
    analysis = analyse(runs, epochs, plan)
    [tally] = [t for t in analysis.tallies if t.metric.column == "test_accuracy"]
    assert tally.verdicts == {Verdict.INCONCLUSIVE: 4}
    sentence = tally_sentence(tally, analysis.context)
    assert "no clear verdict in all" not in sentence
    assert "was not tested by itself in all 4 settings" in sentence


@pytest.mark.parametrize(("n", "percent"), [(6, 39), (10, 26), (20, 14)])
def test_beside_equivalence_stands_what_so_many_seeds_may_have_missed(n, percent):
    assert f"With {n} seeds a failure that comes in fewer than {percent} % of runs" in (
        unseen_words(n)
    )
    assert (1 - percent / 100) ** n == pytest.approx(0.05, abs=0.012)


def test_equivalence_says_what_it_may_have_missed(study, plan):
    c = only(analyse(*accuracies(study, (0.01, -0.02, 0.01, 0, 0.02, -0.01)), plan))
    assert c.judgement.reason is Reason.WITHIN_MARGIN
    assert unseen_words(6) in comparison_sentences(c, plan, "here")


def test_the_test_sets_own_error_stands_beside_the_margin(study, plan):
    runs, epochs = study(("backprop", "noprop-dt"), (64,), (2,), seeds=6)
    rng = np.random.default_rng(2)
    runs["test_accuracy"] = rng.integers(320, 345, len(runs)) / 360
    analysis = analyse(runs, epochs, plan)
    [(_, text)] = items_of_test_sets(analysis.context, analysis.comparisons)
    share = runs[runs.method == "backprop"].test_accuracy.mean()
    assert "multiples of 1 / 360" in text
    assert f"{100 * np.sqrt(share * (1 - share) / 360):.2f} points" in text
    assert "±0.5" in text


def test_a_skewed_sample_is_unsettled_although_no_exact_test_reaches_alpha(study, plan):
    """Hall's test is no exact test: that n is too small for those does not silence it."""
    c = only(analyse(*accuracies(study, (0.6, 0.62, 0.61, 0.63, 2.6), seeds=5), plan))
    assert not c.reachable
    p, robust = c.adjusted.p, c.adjusted.robust_p
    assert ("skew-robust t" in c.judged.disagreeing) == ((p < 0.05) != (robust < 0.05))
