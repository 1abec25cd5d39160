"""Frames in, comparisons out: pairing, families, failures, and what must be said aloud."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from reports.input.plan import Margins, Plan, PlanError
from reports.input.runs import FrameError
from reports.page.analysis import analyse
from reports.statistics.equivalence import Reason, Verdict
from reports.warnings.pairs import CannotReachAlpha, Disagreement, LeftOut, TooFewPairs
from reports.warnings.runs import (
    ComparedApart,
    Failures,
    MixedProvenance,
    NoBaseline,
    NothingFinished,
    Superseded,
    Unusable,
)


def pick(analysis, candidate, batch, t, column="test_accuracy"):
    [found] = [
        c
        for c in analysis.comparisons
        if (c.candidate, c.setting.batch_size, c.setting.timesteps, c.metric.column)
        == (candidate, batch, t, column)
    ]
    return found


def kinds(analysis):
    return [type(c) for c in analysis.caveats]


def values(runs, method, batch, t, column):
    here = runs[(runs.method == method) & (runs.batch_size == batch)]
    here = here[here.timesteps.isna() if t is None else here.timesteps.eq(t).fillna(False)]
    return here.sort_values("seed")[column].astype(float).to_numpy()


def numbers(analysis, rename=lambda name: name):
    """Every number of an analysis, by what it belongs to."""
    result = {
        (rename(c.candidate), c.setting, c.metric.column): (
            c.paired.effect, c.paired.tests, c.adjusted, c.judgement, c.left_out,
        )
        for c in analysis.comparisons
    }  # fmt: skip
    several = {
        **{(rename(s.method), s.dataset): (s.middle, s.profile) for s in analysis.standings},
        **{(rename(i.candidate), i.metric.column): i.chance for i in analysis.improvements},
        **{
            (rename(name), "rank", ranking.dataset): rank
            for ranking in analysis.rankings
            for name, rank in zip(ranking.methods, ranking.mean_ranks, strict=True)
        },
        **{
            (rename(s.method), s.axis, s.metric.column, s.setting, s.baseline != ""): (s.slope, s.q)
            for s in (*analysis.scalings, *analysis.interactions)
        },
        **{
            (
                frozenset((rename(e.comparison.candidate), rename(e.comparison.baseline))),
                e.comparison.setting,
                "pair",
            ): (e.comparison.paired, e.q)
            for e in analysis.exploratory
        },
    }
    return (
        result
        | several
        | {(rename(s.method), s.setting): (s.estimates, s.arrivals) for s in analysis.summaries}
    )


def test_effects_p_values_and_holm_agree_with_scipy_and_statsmodels(study, plan):
    runs, epochs = study(("backprop", "noprop-dt"))
    analysis = analyse(runs, epochs, plan)
    expected, found = [], []
    for c in analysis.comparisons:
        if c.metric.column != "test_accuracy":
            continue
        t = c.setting.timesteps
        x = values(runs, c.candidate, c.setting.batch_size, t, "test_accuracy")
        y = values(runs, "backprop", c.setting.batch_size, t, "test_accuracy")
        test = stats.ttest_rel(100 * x, 100 * y)
        assert c.paired.effect.point == pytest.approx(100 * np.mean(x - y), abs=1e-9)
        assert c.paired.effect.low == pytest.approx(test.confidence_interval().low, abs=1e-9)
        assert c.paired.tests.p == pytest.approx(test.pvalue, abs=1e-9)
        expected.append(test.pvalue)
        found.append(c.adjusted.p)
    assert len(found) == 2 * 2
    # The one candidate is shown over all settings, which then share its part by Holm's method.
    [overall] = [
        p.comparison for p in analysis.pooled if p.comparison.metric.column in ("test_accuracy",)
    ]
    assert overall.adjusted.p < 0.05
    assert [min(p, 0.05) for p in found] == pytest.approx(
        [
            min(max(p / 0.8, overall.adjusted.p), 0.05)
            for p in multipletests(expected, method="holm")[1]
        ],
        abs=1e-9,
    )


def test_a_method_without_t_meets_the_baseline_at_every_t(study, plan):
    analysis = analyse(*study(batch_sizes=(64,)), plan)
    assert [pick(analysis, "classifier", 64, t).n for t in (2, 5)] == [6, 6]


def test_a_baseline_without_t_meets_every_t_of_a_candidate(study, plan):
    analysis = analyse(
        *study(batch_sizes=(64,)), plan.model_copy(update={"baseline": "classifier"})
    )
    assert [pick(analysis, "noprop-dt", 64, t).n for t in (2, 5)] == [6, 6]


def test_two_methods_without_t_meet_once(study, plan):
    runs, epochs = study(batch_sizes=(64,))
    other = runs[runs.method == "classifier"].assign(
        method="mono-forward", cell=lambda frame: frame.cell + "-m"
    )
    analysis = analyse(
        pd.concat([runs, other]), epochs, plan.model_copy(update={"baseline": "classifier"})
    )
    assert pick(analysis, "mono-forward", 64, None).n == 6
    assert sum(c.candidate == "mono-forward" for c in analysis.comparisons) == 4  # one per metric


def test_the_order_of_rows_changes_no_number(study, plan):
    runs, epochs = study(batch_sizes=(128,), diverged=("noprop-dt", 128, 5, 3))
    shuffled = analyse(
        runs.sample(frac=1, random_state=1), epochs.sample(frac=1, random_state=1), plan
    )
    assert shuffled == analyse(runs, epochs, plan)


def test_renaming_methods_changes_no_number(study, plan):
    runs, epochs = study(batch_sizes=(128,), diverged=("noprop-dt", 128, 5, 3))
    names = {name: f"{9 - i} {name[::-1]}" for i, name in enumerate(sorted(set(runs.method)))}
    back = {new: old for old, new in names.items()}
    renamed = analyse(
        runs.assign(method=runs.method.map(names)),
        epochs.assign(method=epochs.method.map(names)),
        plan.model_copy(update={"baseline": names["backprop"]}),
    )
    assert numbers(renamed, back.__getitem__) == numbers(analyse(runs, epochs, plan))


def test_a_failed_run_leaves_its_pair_out_and_is_counted(study, plan):
    analysis = analyse(*study(diverged=("noprop-dt", 128, 5, 3)), plan)
    hit = pick(analysis, "noprop-dt", 128, 5)
    assert (hit.n, hit.left_out, hit.candidate_failures) == (5, (3,), 1)
    [summary] = [s for s in analysis.summaries if s.failures]
    assert summary.failures == {"diverged": 1}
    assert summary.finished == 5
    assert summary.estimates["test_accuracy"].n == 5
    assert {Failures, LeftOut} <= set(kinds(analysis))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_in_a_finished_run(study, plan, bad):
    runs, epochs = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2,))
    runs.loc[runs.cell == "digits-noprop-dt-64-2-4", ["test_accuracy", "epoch_seconds"]] = bad
    analysis = analyse(runs, epochs, plan)
    for column in ("test_accuracy", "epoch_seconds"):
        hit = pick(analysis, "noprop-dt", 64, 2, column)
        assert (hit.n, hit.left_out) == (5, (4,))
    assert pick(analysis, "noprop-dt", 64, 2, "train_seconds").n == 6
    assert kinds(analysis).count(Unusable) == 2


def test_unequal_sets_of_seeds_pair_on_what_they_share(study, plan):
    runs, epochs = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2,))
    gone = (runs.method == "noprop-dt") & (runs.seed < 2)
    analysis = analyse(runs[~gone], epochs, plan)
    hit = pick(analysis, "noprop-dt", 64, 2)
    assert (hit.n, hit.left_out) == (4, (0, 1))
    x = values(runs[~gone], "noprop-dt", 64, 2, "test_accuracy")
    y = values(runs, "backprop", 64, 2, "test_accuracy")[2:]
    assert hit.paired.effect.point == pytest.approx(100 * np.mean(x - y))


@pytest.mark.parametrize("missing", ["noprop-dt", "backprop"])
def test_one_method_missing_from_a_family(study, plan, missing):
    runs, epochs = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,))
    gone = (runs.method == missing) & (runs.batch_size == 64) & runs.timesteps.eq(2)
    analysis = analyse(runs[~gone.fillna(False)], epochs, plan)
    hit = pick(analysis, "noprop-dt", 64, 2)
    assert (hit.n, hit.verdict, hit.judgement.reason) == (
        0, Verdict.INCONCLUSIVE, Reason.NO_PAIRS,
    )  # fmt: skip
    assert pick(analysis, "noprop-dt", 64, 5).n == 6
    assert TooFewPairs in kinds(analysis)


def test_a_family_of_one_is_not_adjusted(study, plan):
    analysis = analyse(
        *study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2,)), plan
    )
    hit = pick(analysis, "noprop-dt", 64, 2)
    assert hit.adjusted.p == pytest.approx(hit.paired.tests.p, rel=1e-9)
    assert hit.reachable


def test_two_seeds_give_points_without_tests(study, plan):
    analysis = analyse(*study(seeds=2), plan)
    assert all(c.paired.tests is None for c in analysis.comparisons)
    assert {c.verdict for c in analysis.comparisons} == {Verdict.INCONCLUSIVE}
    assert analysis.families == ()


@pytest.mark.parametrize(("seeds", "cannot"), [(5, True), (6, False)])
def test_it_says_when_the_exact_test_cannot_reach_alpha(study, plan, seeds, cannot):
    methods = ("backprop", "noprop-dt")
    analysis = analyse(*study(methods=methods, seeds=seeds), plan)
    assert (CannotReachAlpha in kinds(analysis)) is cannot
    [family] = [f for f in analysis.families if f.metric.column == "test_accuracy"]
    assert (family.candidates, family.settings) == (1, 4)
    assert (family.seeds_needed, family.seeds_in_settings) == (6, 8)
    [overall] = [p.comparison for p in analysis.pooled if p.comparison.metric is family.metric]
    assert overall.reachable is not cannot
    assert not pick(analysis, "noprop-dt", 64, 2).reachable


def test_tests_that_disagree_are_named(study, plan):
    """One far outlier: the exact test, at n = 10, stays small while the t test does not."""
    runs, epochs = study(
        methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2,), seeds=10
    )
    base = runs.method == "backprop"
    runs["test_accuracy"] = 0.9
    gain = np.array([0.001] * 9 + [0.08]) * np.linspace(1, 1.1, 10)
    runs.loc[~base, "test_accuracy"] = 0.9 + gain
    analysis = analyse(runs, epochs, plan)
    hit = pick(analysis, "noprop-dt", 64, 2)
    assert hit.adjusted.p > 0.05 > hit.adjusted.sign_flip_p
    assert hit.disagrees
    assert Disagreement in kinds(analysis)


@pytest.mark.parametrize("field", ["device", "torch_version", "budget", "execution"])
def test_conditions_are_never_paired_or_pooled_across(study, plan, field):
    runs, epochs = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,))
    other = runs.assign(cell=runs.cell + "-b", test_accuracy=runs.test_accuracy / 2)
    other[field] = "other"
    analysis = analyse(pd.concat([runs, other]), epochs, plan)
    alone = {
        k: v
        for k, v in numbers(analyse(runs, epochs, plan)).items()
        if len(k) == 2 and not isinstance(k[1], str)
    }
    together = numbers(analysis)
    assert all(together[key] == estimates for key, estimates in alone.items())
    assert {c.n for c in analysis.comparisons} == {6}
    [caveat] = [c for c in analysis.caveats if isinstance(c, ComparedApart)]
    assert caveat.subject == field
    assert "other" in caveat.values
    assert caveat.count == len(runs)


@pytest.mark.parametrize("field", ["data_checksum", "code_version", "device_name"])
def test_mixed_provenance_is_said_aloud(study, plan, field):
    runs, epochs = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2,))
    runs.loc[runs.seed == 0, field] = "other"
    [caveat] = [c for c in analyse(runs, epochs, plan).caveats if isinstance(c, MixedProvenance)]
    assert caveat.subject == field
    assert "other" in caveat.values


def test_of_two_records_of_one_seed_the_latest_counts_even_if_it_failed(study, plan):
    runs, epochs = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2,))
    rerun = runs[runs.cell == "digits-noprop-dt-64-2-4"].assign(
        started_at="2027-01-01", status="diverged", test_accuracy=np.nan
    )
    analysis = analyse(pd.concat([rerun, runs]), epochs, plan)
    assert pick(analysis, "noprop-dt", 64, 2).left_out == (4,)
    assert Superseded in kinds(analysis)


def test_deterministic_memory_gets_no_p_and_noisy_time_does(study, plan):
    analysis = analyse(*study(methods=("backprop", "noprop-dt"), batch_sizes=(64,)), plan)
    memory = pick(analysis, "noprop-dt", 64, 5, "peak_memory_bytes")
    assert memory.paired.deterministic
    assert memory.adjusted.p is None
    assert memory.verdict is Verdict.BETTER
    assert memory.paired.effect.point == pytest.approx(52 / 85, rel=1e-6)
    assert pick(analysis, "noprop-dt", 64, 5, "epoch_seconds").verdict is Verdict.WORSE


def test_the_same_runs_under_two_names_are_not_called_different(study, plan):
    runs, epochs = study(methods=("backprop",), seeds=8, batch_sizes=(64,), timesteps=(2,))
    twin = runs.assign(method="twin", cell=runs.cell + "-twin")
    curves = epochs.assign(method="twin", cell=epochs.cell + "-twin")
    analysis = analyse(pd.concat([runs, twin]), pd.concat([epochs, curves]), plan)
    assert len(analysis.comparisons) == 5
    assert {c.verdict for c in analysis.comparisons} == {Verdict.EQUIVALENT}
    assert all(c.paired.effect.point in (0.0, 1.0) for c in analysis.comparisons)


def test_without_runs_or_baseline_there_is_an_analysis_that_says_so(study, plan):
    runs, epochs = study(seeds=3)
    assert kinds(analyse(runs[:0], epochs[:0], plan)) == [NothingFinished]
    absent = analyse(runs, epochs, plan.model_copy(update={"baseline": "dfa"}))
    assert kinds(absent) == [NoBaseline]
    assert absent.comparisons == ()


def test_missing_columns_are_named(study, plan):
    runs, epochs = study(seeds=2)
    with pytest.raises(FrameError, match="the runs frame lacks seed, torch_version"):
        analyse(runs.drop(columns=["torch_version", "seed"]), epochs, plan)


def test_a_plan_notes_what_it_was_not_told():
    plan = Plan.declared(
        {"title": "x", "baseline": "b", "alpha": 0.01, "margins": {"time_percent": 2}}
    )
    assert plan.alpha == 0.01
    assert plan.margins == Margins(time_percent=2)
    assert set(plan.defaulted) == {
        "primary_metric", "confidence", "power", "families", "target_accuracy_percent",
        "random_seed", "margins.accuracy_pp", "margins.memory_percent", "margins.energy_percent",
        "margins.loss_percent",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ({"title": "x"}, "baseline is missing"),
        ({"title": "x", "baseline": "b", "alfa": 1}, "unknown in a plan: alfa"),
        ({"title": "x", "baseline": "b", "alpha": 1.5}, "alpha is 1.5"),
        ({"title": "x", "baseline": "b", "margins": {"speed": 1}}, "margins.speed"),
        ({"title": "x", "baseline": "b", "margins": {"time_percent": 0}}, "time_percent is 0"),
        ({"title": "x", "baseline": "b", "primary_metric": "loss"}, "primary_metric is 'loss'"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused_by_name(declaration, message):
    with pytest.raises(PlanError, match=message):
        Plan.declared(declaration)
