"""The trained noise schedule: ends, slope, monotony, gradients."""

import math

import pytest
import torch
from pydantic import ValidationError

from noprop_core import registry
from noprop_core.errors import DegenerateSchedule
from noprop_core.learned_schedule import NAMED, LearnedSchedule, LearnedScheduleConfig
from noprop_core.options import recorded, restored


@pytest.fixture(params=["source", "gentle"])
def config(request: pytest.FixtureRequest) -> LearnedScheduleConfig:
    return NAMED[request.param]


@pytest.fixture(params=[0, 1, 2])
def schedule(request: pytest.FixtureRequest, config: LearnedScheduleConfig) -> LearnedSchedule:
    with torch.random.fork_rng():
        torch.manual_seed(request.param)
        return LearnedSchedule(config).double()


def times(count: int = 101) -> torch.Tensor:
    return torch.linspace(0, 1, count, dtype=torch.float64)


def test_the_ends_are_gamma_1_and_gamma_0(schedule) -> None:
    gamma, _ = schedule(torch.tensor([0.0, 1.0], dtype=torch.float64))
    torch.testing.assert_close(gamma[0], schedule.gamma_1, rtol=1e-12, atol=0)
    torch.testing.assert_close(gamma[1], schedule.gamma_0, rtol=1e-12, atol=0)


def test_it_starts_as_the_cited_code_does() -> None:
    schedule = LearnedSchedule(LearnedScheduleConfig())
    assert float(schedule.gamma_0.detach()) == pytest.approx(-3, abs=1e-6)
    assert float(schedule.gamma_1.detach()) == pytest.approx(6, abs=1e-6)
    assert schedule.bias_H.shape == (1024,)
    assert schedule.tanh


def test_the_earlier_start_has_a_name_and_its_records_keep_their_meaning() -> None:
    """A record from before the activation was an option names the ends and the size."""
    config = registry.find("noprop-ct").Config.model_validate({"schedule": "gentle"})
    old = {"alpha_bar_first": 0.1, "alpha_bar_last": 0.95, "hidden": 64}
    assert recorded(config)["schedule"] == old
    assert restored(LearnedScheduleConfig, old) == config.schedule
    with pytest.raises(ValidationError):
        registry.find("noprop-ct").Config.model_validate({"schedule": "gentler"})


def test_it_starts_at_the_configured_levels(schedule, config) -> None:
    levels = schedule.discretised(4).alpha_bar
    first = 1 / (1 + math.exp(6)) if config.alpha_bar_first == "auto" else config.alpha_bar_first
    assert float(levels[0]) == pytest.approx(first, rel=1e-5)
    assert float(levels[-1]) == pytest.approx(config.alpha_bar_last, rel=1e-5)
    assert schedule.levels() == pytest.approx((float(levels[0]), float(levels[-1])))


def test_gamma_falls_everywhere(schedule) -> None:
    gamma, slope = schedule(times())
    assert bool((gamma.diff() < 0).all())
    assert bool((slope > 0).all())


def test_the_slope_of_snr_is_its_derivative(schedule) -> None:
    t = times().requires_grad_()
    gamma, slope = schedule(t)
    (expected,) = torch.autograd.grad(torch.exp(-gamma).sum(), t)
    torch.testing.assert_close(slope, expected, rtol=1e-9, atol=0)


def test_gradients_through_the_slope_are_those_of_differences(schedule) -> None:
    t = times(7)[1:-1]

    def loss() -> torch.Tensor:
        _, slope = schedule(t)
        return slope.log().sum()

    for parameter in schedule.parameters():
        (gradient,) = torch.autograd.grad(loss(), parameter)
        flat, expected = parameter.detach().view(-1), gradient.view(-1)
        for index in range(min(3, len(flat))):
            kept, step = float(flat[index]), 1e-6
            sides = []
            for sign in (1, -1):
                flat[index] = kept + sign * step
                sides.append(float(loss().detach()))
            flat[index] = kept
            measured = (sides[0] - sides[1]) / (2 * step)
            assert measured == pytest.approx(float(expected[index]), rel=1e-4, abs=1e-6)


def test_levels_are_the_sigmoid_of_minus_gamma(schedule) -> None:
    levels = schedule.discretised(10).alpha_bar
    gamma, _ = schedule(times(11))
    expected = [1 / (1 + math.exp(value)) for value in gamma.tolist()]
    assert levels.tolist() == pytest.approx(expected, rel=1e-5)


def test_a_schedule_that_training_turned_round_is_refused(schedule) -> None:
    with torch.no_grad():
        schedule.gamma_0.add_(100)
    with pytest.raises(DegenerateSchedule, match="5 steps do not rise one by one"):
        schedule.discretised(5)


def test_levels_too_close_for_float32_are_told_apart() -> None:
    schedule = LearnedSchedule(LearnedScheduleConfig())
    with torch.no_grad():
        schedule.gamma_1.copy_(schedule.gamma_0 + 1e-4)
    t = torch.linspace(0, 1, 1001)
    gamma, _ = schedule(t)
    assert not bool((torch.sigmoid(-gamma).diff() > 0).all())
    assert bool((schedule.discretised(1000).alpha_bar.diff() > 0).all())
