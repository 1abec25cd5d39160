"""Which target accuracy, when a run reaches it, and how families are declared."""

import math

import numpy as np
import pytest

from reports.comparisons.rules import plan_items
from reports.input.plan import Plan, PlanError
from reports.input.targets import FLOPS, TARGET
from reports.input.validation import FrameError
from reports.page.analysis import analyse

SMALL = {"methods": ("backprop", "noprop-dt"), "batch_sizes": (64,), "timesteps": (2,)}


def times(analysis):
    return {(run.method, run.seed): run.values[TARGET] for run in analysis.runs}


def test_without_a_declaration_the_target_is_the_baselines(study, plan):
    runs, epochs = study(**SMALL)
    analysis = analyse(runs, epochs, plan)
    [target] = analysis.targets
    ends = epochs[(epochs.method == "backprop") & (epochs.epoch == 12)].validation_accuracy
    assert target.percent == pytest.approx(0.95 * 100 * np.median(ends))
    assert not target.declared
    assert any(
        "it depends on the results" in text
        for _, text in plan_items(analysis.context, analysis.targets, ())
    )


@pytest.mark.parametrize("declared", [80.0, {"digits": 80.0}])
def test_the_first_epoch_at_the_target_counts(study, plan, declared):
    runs, epochs = study(**SMALL)
    analysis = analyse(runs, epochs, plan.model_copy(update={"target_accuracy_percent": declared}))
    for (method, seed), seconds in times(analysis).items():
        curve = epochs[(epochs.method == method) & (epochs.seed == seed)]
        reached = curve[100 * curve.validation_accuracy >= 80.0]
        assert 1 < reached.epoch.min() < 12
        assert seconds == reached.cumulative_seconds.min()
    assert all(target.declared for target in analysis.targets)


def test_a_run_that_fails_or_never_arrives_is_infinitely_slow(study, plan):
    runs, epochs = study(**SMALL, diverged=("noprop-dt", 64, 2, 3))
    low = plan.model_copy(update={"target_accuracy_percent": 1.0})
    found = times(analyse(runs, epochs, low))
    assert found["noprop-dt", 3] == math.inf, "it had passed the target before it diverged"
    assert sum(map(math.isinf, found.values())) == 1
    never = plan.model_copy(update={"target_accuracy_percent": 100.0})
    assert set(times(analyse(runs, epochs, never)).values()) == {math.inf}


def test_a_failed_run_stays_in_the_comparison_of_times(study, plan):
    analysis = analyse(*study(**SMALL, diverged=("noprop-dt", 64, 2, 3)), plan)
    [hit] = [c for c in analysis.comparisons if c.metric.column == TARGET]
    assert (hit.n, hit.left_out) == (6, ())
    assert hit.paired.censoring.candidate_reached == 5
    [summary] = [s for s in analysis.summaries if s.method == "noprop-dt"]
    assert (summary.arrivals[TARGET].reached, summary.arrivals[TARGET].runs) == (5, 6)


def test_a_data_set_without_its_own_target_takes_the_default(study, plan):
    other = plan.model_copy(update={"target_accuracy_percent": {"mnist": 80.0}})
    [target] = analyse(*study(**SMALL), other).targets
    assert not target.declared


def test_without_a_baseline_or_curves_there_is_no_target(study, plan):
    runs, epochs = study(**SMALL)
    absent = analyse(runs, epochs, plan.model_copy(update={"baseline": "dfa"}))
    assert absent.targets == ()
    bare = analyse(runs, epochs[:0], plan)
    assert TARGET not in {c.metric.column for c in bare.comparisons}


def counted(runs, flops):
    """Give every run that finished the operations of an epoch that its method has."""
    own = runs.method.map(flops).where(runs.status == "ok")
    return runs.assign(flops_per_epoch=own.astype("float64"))


def operations(analysis):
    return {(run.method, run.seed): run.values[FLOPS] for run in analysis.runs}


def test_operations_are_those_of_the_epochs_until_the_target(study, plan):
    runs, epochs = study(**SMALL)
    epochs = epochs[epochs.epoch != 2]  # an epoch that is not on record was trained all the same
    eighty = plan.model_copy(update={"target_accuracy_percent": 80.0})
    analysis = analyse(counted(runs, {"backprop": 7e9, "noprop-dt": 2e9}), epochs, eighty)
    for (method, seed), flops in operations(analysis).items():
        curve = epochs[(epochs.method == method) & (epochs.seed == seed)]
        reached = curve[100 * curve.validation_accuracy >= 80.0].epoch.min()
        assert flops == reached * {"backprop": 7e9, "noprop-dt": 2e9}[method]
    [found] = [p.comparison for p in analysis.pooled if p.comparison.metric.column == FLOPS]
    assert found.paired.effect.point == pytest.approx(2 / 7, rel=0.3)
    [mine] = [s for s in analysis.summaries if s.method == "noprop-dt"]
    assert mine.arrivals[FLOPS].median == np.median(
        [flops for (method, _), flops in operations(analysis).items() if method == "noprop-dt"]
    )


def test_operations_of_a_run_that_never_arrives_are_infinite(study, plan):
    runs, epochs = study(**SMALL, diverged=("noprop-dt", 64, 2, 3))
    frame = counted(runs, {"backprop": 7e9, "noprop-dt": 2e9})
    low = plan.model_copy(update={"target_accuracy_percent": 1.0})
    found = operations(analyse(frame, epochs, low))
    assert found["noprop-dt", 3] == math.inf, "it failed, though its own operations are unknown"
    assert sum(map(math.isinf, found.values())) == 1
    never = plan.model_copy(update={"target_accuracy_percent": 100.0})
    assert set(operations(analyse(frame, epochs, never)).values()) == {math.inf}


def test_operations_that_nobody_counted_are_missing_and_not_zero(study, plan):
    runs, epochs = study(**SMALL, diverged=("noprop-dt", 64, 2, 3))
    none = analyse(runs, epochs, plan)
    assert set(operations(none).values()) == {None}
    assert FLOPS not in {c.metric.column for c in none.comparisons}
    assert FLOPS not in {metric.column for metric in none.context.metrics}
    zero = analyse(runs.assign(flops_per_epoch=0.0), epochs, plan)
    assert set(operations(zero).values()) == {None}
    half = analyse(counted(runs, {"backprop": 7e9}), epochs, plan)
    assert {f for (method, _), f in operations(half).items() if method == "noprop-dt"} == {None}
    assert FLOPS not in {c.metric.column for c in half.comparisons}


def test_stacked_seeds_have_operations_to_the_target_and_no_time(study, plan):
    runs, epochs = study(**SMALL)
    frame = counted(runs, {"backprop": 7e9, "noprop-dt": 2e9})
    stacked = analyse(frame, epochs.assign(cumulative_seconds=np.nan), plan)
    assert operations(stacked) == operations(analyse(frame, epochs, plan))
    assert None not in operations(stacked).values()
    assert set(times(stacked).values()) == {None}
    assert stacked.curves == ()


def test_operations_below_zero_are_refused(study, plan):
    runs, epochs = study(**SMALL)
    with pytest.raises(FrameError, match=r"row 1: flops_per_epoch .*-1.* is below 0"):
        analyse(runs.assign(flops_per_epoch=-1.0), epochs, plan)


@pytest.mark.parametrize(
    ("families", "sizes"),
    [((), [4]), (("timesteps",), [2, 2]), (("timesteps", "batch_size"), [1, 1, 1, 1])],
)
def test_a_study_may_split_its_families(study, plan, families, sizes):
    frames = study(methods=("backprop", "noprop-dt"))
    analysis = analyse(*frames, plan.model_copy(update={"families": families}))
    accuracy = [f for f in analysis.families if f.metric.column == "test_accuracy"]
    assert [f.settings for f in accuracy] == sizes
    assert {f.candidates for f in accuracy} == {1}
    for c in analysis.comparisons:
        if c.adjusted.p is not None and c.adjusted.p < 0.05 and sizes == [1, 1, 1, 1]:
            [overall] = [p.comparison for p in analysis.pooled if p.comparison.metric is c.metric]
            # Interactions, where there are any, keep a fifth of alpha to themselves.
            shares = [max(c.paired.tests.p / share, overall.adjusted.p) for share in (1, 0.8)]
            assert any(c.adjusted.p == pytest.approx(p) for p in shares)


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ({"families": "dataset"}, "families is 'dataset': input should be a valid list"),
        ({"families": ["seed"]}, "families.0 is 'seed': input should be"),
        ({"power": 0.01}, "power: must exceed alpha, 0.05, got 0.01"),
        ({"target_accuracy_percent": 0}, "target_accuracy_percent: 0 is no percentage"),
        (
            {"target_accuracy_percent": {"digits": 101}},
            "101 is no percentage",
        ),
    ],
)
def test_a_declaration_that_cannot_be_followed_is_refused(declaration, message):
    with pytest.raises(PlanError, match=message):
        Plan.declared({"title": "x", "baseline": "b"} | declaration)
