"""Identities of the noise schedule: no accuracy can stand in for them."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from noprop_core.errors import InvalidSetting
from noprop_core.learned_schedule import LearnedScheduleConfig
from noprop_core.readability import LabelReading
from noprop_core.schedules import NoiseSchedule, ScheduleConfig, build_schedule

configs = st.builds(
    ScheduleConfig,
    form=st.sampled_from(["cosine", "linear"]),
    offset=st.floats(0, 0.2),
    alpha_bar_first=st.floats(1e-4, 0.3),
    alpha_bar_last=st.floats(0.5, 0.9999),
)
timesteps = st.integers(1, 300)


@given(configs, timesteps)
def test_snr_rises_at_every_step(config: ScheduleConfig, count: int) -> None:
    schedule = build_schedule(config, count)
    assert schedule.timesteps == count
    assert bool((schedule.snr_gain > 0).all())
    assert len(schedule.snr_gain) == count


@given(configs, timesteps)
def test_both_ends_are_met(config: ScheduleConfig, count: int) -> None:
    levels = build_schedule(config, count).alpha_bar
    assert float(levels[0]) == pytest.approx(config.alpha_bar_first, abs=1e-15)
    assert float(levels[-1]) == pytest.approx(config.alpha_bar_last, abs=1e-15)


@given(configs, timesteps)
def test_a_perfect_estimate_keeps_mean_and_variance_of_eq_3_at_every_t(
    config: ScheduleConfig, count: int
) -> None:
    schedule = build_schedule(config, count)
    mean, variance = schedule.signal(0), schedule.noise(0) ** 2
    for t in range(1, count + 1):
        a, b, noise = schedule.step(t)
        mean, variance = a + b * mean, b**2 * variance + noise**2
        assert mean == pytest.approx(schedule.signal(t), abs=1e-12)
        assert variance == pytest.approx(schedule.noise(t) ** 2, abs=1e-12)


@pytest.mark.parametrize("count", [1, 2, 5, 10, 37])
def test_levels_equal_the_reference(reference, count: int) -> None:
    expected = reference("noprop_dt").cosine_levels(count, 0.001, 0.99, 0.008)
    torch.testing.assert_close(
        build_schedule(ScheduleConfig(), count).alpha_bar,
        torch.tensor(expected, dtype=torch.float64),
        rtol=1e-13,
        atol=0,
    )


@pytest.mark.parametrize("levels", [[0.1, 0.9, 0.5], [0.1, 0.1], [0.0, 0.5], [0.5, 1.0], [0.5]])
def test_a_schedule_that_does_not_rise_is_refused(levels: list[float]) -> None:
    with pytest.raises(InvalidSetting, match="needs 0 < ᾱ_0"):
        NoiseSchedule(torch.tensor(levels, dtype=torch.float64))


@pytest.mark.parametrize("kind", [ScheduleConfig, LearnedScheduleConfig])
def test_ends_in_the_wrong_order_are_no_configuration(kind) -> None:
    for first, last in ((0.9, 0.1), (0.5, 0.5), ("auto", 1e-12)):
        with pytest.raises(
            ValidationError, match=f"alpha_bar_first.* be below alpha_bar_last {last}"
        ):
            kind(alpha_bar_first=first, alpha_bar_last=last)
    assert kind(alpha_bar_first=0.4, alpha_bar_last=0.5).alpha_bar_last == 0.5


def test_the_first_level_is_lower_only_where_the_label_could_be_read_off_z_0(digits) -> None:
    prototypes = digits.class_prototypes
    one_hot, lowered = (
        build_schedule(ScheduleConfig(), 3, weight_KD) for weight_KD in (torch.eye(10), prototypes)
    )
    assert float(one_hot.alpha_bar[0]) == 0.001
    assert LabelReading(prototypes).share(0.001) > 0.12
    assert 0.105 < LabelReading(prototypes).share(float(lowered.alpha_bar[0])) <= 0.11
    assert float(lowered.alpha_bar[-1]) == pytest.approx(0.99, rel=1e-12)
    kept = build_schedule(ScheduleConfig(alpha_bar_first=0.001), 3, prototypes)
    assert float(kept.alpha_bar[0]) == 0.001


@pytest.mark.parametrize("t", [0, 4])
def test_a_step_outside_the_chain_is_an_error(t: int) -> None:
    with pytest.raises(ValueError, match=r"outside 1 \.\. 3"):
        build_schedule(ScheduleConfig(), 3).step(t)
