"""A short form of the calibration: the engine errs as often as it says, and no more."""

from pathlib import Path

import numpy as np
import pytest

from reports import calibrate, calibration, simulated_studies, simulation
from reports.statistics import candidates, family, gate


def rng(seed):
    return np.random.default_rng([20_26, seed])


@pytest.mark.parametrize("n", [3, 5, 6, 10])
def test_intervals_cover_normal_data_as_often_as_they_say(n):
    rate = simulation.coverage("normal", n, 2500, rng(n))
    assert rate.value == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("n", [6, 10])
def test_median_intervals_cover_at_least_as_often_as_they_say(n):
    rate = simulation.median_coverage(n, 400, rng(n))
    assert rate.value > 0.95 - 3 * rate.error


@pytest.mark.parametrize("n", [3, 6])
def test_families_without_a_difference_raise_few_alarms(n):
    rate = simulation.family_wise_error("normal", n, 12, 400, rng(n))
    assert rate.value <= simulation.largest_expected_error(0.05, 400)


def test_without_holm_they_raise_many(monkeypatch):
    """The simulation can tell: unadjusted p-values alarm in about half of such families."""
    monkeypatch.setattr(family, "holm", tuple)
    rate = simulation.family_wise_error("normal", 6, 12, 200, rng(0))
    assert rate.value > 0.3


@pytest.mark.parametrize("n", [3, 6])
def test_the_detectable_effect_is_shown_as_often_as_stated(n):
    rate = simulation.power_at_detectable(n, 1, 1500, rng(n))
    assert rate.value == pytest.approx(0.8, abs=3 * rate.error)


def test_equivalence_and_regression_keep_their_size_at_the_margin():
    for size in (simulation.equivalence_size, simulation.regression_size):
        rate = size(6, 3000, rng(1))
        assert 0.03 < rate.value <= simulation.largest_expected_error(0.05, 3000)


def test_the_exact_log_rank_test_keeps_its_size():
    rate = simulation.logrank_size(6, 500, rng(2), exact=True)
    assert rate.value <= simulation.largest_expected_error(0.05, 500)


@pytest.mark.parametrize("shared", [0.0, 0.8])
def test_resampled_intervals_cover_where_settings_share_a_seeds_luck(shared):
    """Drawn setting by setting they covered 51 % of the truth at r = .8."""
    for cover in (simulation.middle_mean_coverage, simulation.improvement_coverage):
        rate = cover(6, shared, 150, rng(3))
        assert rate.value > 0.93 - 3 * rate.error


@pytest.mark.parametrize("truth", simulated_studies.TRUTHS)
def test_pooled_and_single_settings_share_one_error_budget(truth):
    rate = simulated_studies.gate_error(truth, 6, 250, rng(4))
    assert rate.value <= simulation.largest_expected_error(0.05, 250)


def test_without_the_gate_there_are_more_false_claims(monkeypatch):
    def ungated(branches, alpha=0.05, *, settings_at_once=False):
        whole = gate.Branch(1.0, (1.0, 1.0), (1.0,) * simulated_studies.SETTINGS)
        return tuple(gate.Passed(branch, whole) for branch in branches)

    monkeypatch.setattr(candidates, "walk", ungated)
    assert simulated_studies.gate_error("no effect", 6, 200, rng(4)).value > 0.15


def test_the_whole_analysis_keeps_that_budget():
    rate = simulated_studies.analysis_error("in one setting of half of them", 6, 60, rng(9))
    assert rate.value <= simulation.largest_expected_error(0.05, 60)


def test_a_pooled_effect_is_shown_far_more_often_than_one_in_half_of_the_settings():
    pooled, half = (
        simulated_studies.pooled_power(1.5, 8, 150, rng(5), pooled=p) for p in (True, False)
    )
    assert pooled.value > half.value + 0.2


def test_planned_looks_keep_alpha_and_save_seeds_without_losing_power():
    error = simulated_studies.looks_error("normal", 4, 800, rng(6))
    assert error.value <= simulation.largest_expected_error(0.05, 800)
    assert simulated_studies.seeds_used(2.0, 4, 100, rng(6)).value < 0.75
    by_looks, fixed = (
        simulated_studies.looks_power(0.9, 4, 300, rng(6), looks=looks) for looks in (True, False)
    )
    assert by_looks.value > fixed.value - 0.03


def test_planned_looks_keep_alpha_of_equivalence_too(monkeypatch):
    rate = simulated_studies.looks_equivalence(1200, rng(8))
    assert 0.02 < rate.value <= simulation.largest_expected_error(0.05, 1200)
    monkeypatch.setattr(simulated_studies, "sequential_equivalence_p", lambda p, looks: min(p))
    assert simulated_studies.looks_equivalence(1200, rng(8)).value > 0.075, "unpaid for"


def test_a_candidate_that_misses_the_target_is_rarely_equivalent():
    """It was in 39 % of such studies; now where it happened never to miss."""
    rate = simulation.missed_and_equivalent(13, 200, rng(7))
    assert rate.value < 0.8**13 + 3 * rate.error


def test_differences_of_an_image_or_two_raise_few_alarms():
    rate = simulation.coarse_error(3, 12, 200, rng(8))
    assert rate.value < 0.05, "without the floor of a test image it is 30 %"


def few_plans():
    """One figure of each kind, so that the command takes seconds."""
    seen = {}
    for plan in calibration.plans():
        seen.setdefault(plan.what, plan)
    return list(seen.values())


def test_every_figure_is_planned_once():
    plans = calibration.plans()
    assert len({(p.what, p.data, p.seeds) for p in plans}) == len(plans) > 100


def test_the_command_prints_every_figure_and_says_what_was_kept(capsys, monkeypatch):
    plans = few_plans()
    monkeypatch.setattr(calibration, "plans", lambda: plans)
    assert calibrate.main(["--studies", "200"]) == 0
    out = capsys.readouterr().out
    for what in ("95 % interval covers", "false alarm among 12", "share of 20 seeds used"):
        assert what in out
    assert "NO" not in out


def test_the_table_of_the_documentation_is_made_by_the_command(capsys, monkeypatch):
    plans = [p for p in calibration.plans() if p.what == "95 % interval covers"][:4]
    monkeypatch.setattr(calibration, "plans", lambda: plans)
    assert calibrate.main(["--studies", "200", "--markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("| 95 % interval covers | normal | within 95 ± 1.5 % | 3: 9")


def test_the_documentation_has_every_figure():
    text = (Path(__file__).parents[2] / "docs/statistics.md").read_text()
    for plan in calibration.plans():
        assert f"| {plan.what} | {plan.data} | {plan.promise.words} |" in text


@pytest.mark.parametrize(
    ("promise", "count", "kept"),
    [
        (calibration.NOTHING, 500, None),
        (calibration.AT_MOST_5, 50, True),
        (calibration.AT_MOST_5, 100, False),
        (calibration.Promise("at least 95 %", low=0.95), 950, True),
        (calibration.Promise("at least 95 %", low=0.95), 900, False),
        (calibration.Promise("80 %", 0.8, 0.8), 700, False),
        (calibration.Promise("80 %", 0.8, 0.8), 800, True),
        (calibration.Promise("80 %", 0.8, 0.8), 900, False),
    ],
)
def test_promises_allow_for_chance_and_no_more(promise, count, kept):
    assert promise.kept(simulation.Rate(count, 1000)) is kept


def test_the_command_fails_where_a_promise_is_broken(capsys, monkeypatch):
    plans = [p for p in calibration.plans() if p.what == "false alarm among 12" and p.seeds == 6]
    monkeypatch.setattr(calibration, "plans", lambda: plans[:1])
    monkeypatch.setattr(family, "holm", tuple)
    assert calibrate.main(["--studies", "200"]) == 1
    assert "broken: false alarm among 12" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_figures(monkeypatch):
    plan = next(p for p in calibration.plans() if p.what == "95 % interval covers")
    monkeypatch.setattr(calibration, "plans", lambda: [plan] * 5)
    first, second = (list(calibrate.figures(200, 3)) for _ in range(2))
    assert first == second
    assert len({figure.rate.count for figure in first}) > 1


@pytest.mark.parametrize("words", [["--studies", "5"], ["--seed", "-1"]])
def test_a_number_that_makes_no_sense_is_one_line(words, capsys):
    assert calibrate.main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1
