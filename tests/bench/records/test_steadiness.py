"""Steady, drifting, scattered and single odd epochs are told apart."""

import pytest

from bench.records.steadiness import steadiness, typical

FLAT = [9.0, 1.0, 1.01, 0.99, 1.0, 1.0]


def test_the_first_epoch_is_left_out():
    found = steadiness(FLAT)
    assert (found.steady, found.outliers) == (True, 0)
    assert found.drift == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("seconds", [[], [1.0], [9.0, 1.0, 1.0, 1.0]], ids=len)
def test_few_epochs_say_nothing(seconds):
    found = steadiness(seconds)
    assert (found.drift, found.steady, found.outliers) == (None, None, None)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_drift_is_the_change_from_second_to_last_per_median(sign):
    found = steadiness([1.0, *(1.0 + sign * 0.1 * k for k in range(5))])
    assert found.drift == pytest.approx(sign * 0.4 / (1 + sign * 0.2))
    assert found.steady is False


def test_scatter_without_drift_is_not_steady():
    found = steadiness([1.0, 0.8, 1.2, 0.8, 1.2, 0.8, 1.2, 0.8, 1.2])
    assert abs(found.drift) < 0.1
    assert found.steady is False


def test_one_odd_epoch_is_an_outlier_and_the_rest_stay_steady():
    found = steadiness([1.0, 1.0, 1.01, 5.0, 0.99, 1.0, 1.0, 1.01, 0.99])
    assert (found.steady, found.outliers) == (True, 1)


def test_what_differs_by_less_than_matters_is_no_outlier():
    assert steadiness([1.0] * 8 + [1.04]).outliers == 0
    assert steadiness([1.0] * 8 + [1.06]).outliers == 1


def test_the_typical_epoch_is_the_median_without_the_first():
    assert typical([9.0, 1.0, 2.0, 4.0]) == 2.0
    assert typical([7.0]) == 7.0
