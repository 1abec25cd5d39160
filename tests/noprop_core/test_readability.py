"""How much of the label can be read off a noised label."""

import math

import pytest
import torch

from noprop_core.readability import LabelReading, smallest_distance


@pytest.mark.parametrize(("classes", "level"), [(2, 0.3), (3, 0.5), (10, 0.9), (10, 0.001)])
def test_the_integral_agrees_with_draws_of_z_read_by_argmax(classes: int, level: float) -> None:
    count, source = 200_000, torch.Generator().manual_seed(1)
    y_N = torch.arange(count) % classes
    z_NK = math.sqrt(level) * torch.eye(classes)[y_N]
    z_NK = z_NK + math.sqrt(1 - level) * torch.randn(count, classes, generator=source)
    drawn = float((z_NK.argmax(dim=1) == y_N).float().mean())
    assert LabelReading(torch.eye(classes)).share(level) == pytest.approx(drawn, abs=0.005)


def test_two_classes_are_told_apart_as_by_the_normal_distribution() -> None:
    lead = math.sqrt(0.3 / 0.7)
    expected = 0.5 * (1 + math.erf(lead / 2))  # P(x > -lead), x ~ N(0, 2)
    assert LabelReading(torch.eye(2)).share(0.3) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("level", "percent"), [(0.95, 95.5), (0.9, 67.8)])
def test_of_100_classes_many_are_misread_at_levels_that_look_clean(level, percent) -> None:
    assert 100 * LabelReading(torch.eye(100)).share(level) == pytest.approx(percent, abs=0.05)


def test_draws_agree_with_the_integral_whatever_basis_the_rows_stand_in() -> None:
    turned = torch.linalg.qr(torch.randn(20, 20, generator=torch.Generator().manual_seed(0)))[0]
    assert LabelReading(turned[:10]).orthogonal
    reading = LabelReading(torch.eye(10))
    reading._draw(100_000)
    assert reading._of_draws(0.8) == pytest.approx(reading._of_orthogonal(0.8), abs=0.004)


def test_rows_of_unlike_length_are_read_by_what_is_most_probable() -> None:
    """One embedding at the origin, the other at 2: the midpoint decides, not the larger product."""
    weight_KD = torch.tensor([[0.0], [2.0]])
    lead = 2 * math.sqrt(0.5 / 0.5) / 2
    expected = 0.5 * (1 + math.erf(lead / math.sqrt(2)))
    assert LabelReading(weight_KD).share(0.5) == pytest.approx(expected, abs=0.004)


def test_the_level_without_leak_is_the_largest_one() -> None:
    weight_KD = 20 * torch.eye(10) + 0.1
    reading = LabelReading(weight_KD)
    level = reading.level_without_leak(0.001)
    assert 0.108 < reading.share(level) <= 0.11
    assert reading.share(1.2 * level) > 0.11
    assert LabelReading(torch.eye(10)).level_without_leak(0.001) == 0.001


def test_the_smallest_distance_is_that_of_the_closest_pair() -> None:
    assert smallest_distance(torch.eye(4)) == pytest.approx(math.sqrt(2))
    assert smallest_distance(torch.tensor([[0.0, 0], [3, 4], [3, 4.5]])) == pytest.approx(0.5)
