"""A short form of the calibration: the engine errs as often as it says, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from reports import calibrate, simulation
from reports.statistics import family


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


def test_the_command_prints_every_figure_and_says_what_was_kept(capsys, monkeypatch):
    monkeypatch.setattr(calibrate, "SEEDS", (6,))
    assert calibrate.main(["--studies", "200"]) == 0
    out = capsys.readouterr().out
    for what in ("95 % interval covers", "false alarm among 12", "detectable effect shown"):
        assert what in out
    assert "NO" not in out.replace("NO ", "NO")


def test_the_command_fails_where_a_promise_is_broken(capsys, monkeypatch):
    monkeypatch.setattr(calibrate, "SEEDS", (6,))
    monkeypatch.setattr(family, "holm", tuple)
    assert calibrate.main(["--studies", "200"]) == 1
    assert "broken: false alarm among 12" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_figures(monkeypatch):
    monkeypatch.setattr(calibrate, "plans", lambda: [calibrate._coverage("normal", 3)] * 5)
    first, second = (list(calibrate.figures(200, 3)) for _ in range(2))
    assert first == second
    assert len({figure.rate.count for figure in first}) > 1


@pytest.mark.parametrize("words", [["--studies", "5"], ["--seed", "-1"]])
def test_a_number_that_makes_no_sense_is_one_line(words, capsys):
    assert calibrate.main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1
