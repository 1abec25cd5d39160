"""Noise schedules: the signal level ᾱ_t of each latent state, and all that follows from it.

`T` timesteps, so T + 1 states: z_0 nearly pure noise, z_T nearly clean. ᾱ *rises* with t, the
opposite of the usual diffusion index. Equation numbers are those of arXiv 2503.24322 v1.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from noprop_core.errors import InvalidSetting
from noprop_core.options import Options
from noprop_core.readability import LabelReading
from noprop_core.search import Choice, Range, Space

FIRST_LEVEL = 0.001
"""ᾱ_0 unless it would leak the label."""

FirstLevel = Annotated[float, Field(gt=0, lt=1)] | Literal["auto"]


def check_ends(first: FirstLevel, last: float, usual: float) -> None:
    """Raise ValueError unless ᾱ_0, or what is `usual` for "auto", is below ᾱ_T."""
    level = usual if first == "auto" else first
    if level >= last:
        said = f"auto, {level:g}," if first == "auto" else f"{level:g}"
        raise ValueError(f"alpha_bar_first {said} must be below alpha_bar_last {last:g}")


class ScheduleConfig(Options):
    """Form and end points of a noise schedule; the paper publishes neither ("cosine")."""

    searched: ClassVar[Space] = {
        "form": Choice(values=["cosine", "linear"]),
        "alpha_bar_last": Range(low=0.9, high=0.999),
    }

    form: Literal["cosine", "linear"] = Field(
        "cosine", description="cosine: Nichol & Dhariwal 2021, Eq. 17; linear: ᾱ linear in t"
    )
    offset: float = Field(
        0.008, ge=0, lt=1, description="s of the cosine form; Nichol & Dhariwal's value"
    )
    alpha_bar_first: FirstLevel = Field(
        "auto",
        description="ᾱ_0, signal level of the noisiest state; not published. auto: 0.001, or less "
        "where more than one point above chance could be read off z_0 alone (prototypes)",
    )
    alpha_bar_last: float = Field(
        0.99,
        gt=0,
        lt=1,
        description="ᾱ_T, signal level of the cleanest state; not published. With one-hot "
        "embeddings it sets noise levels alone: Adam does not feel the last block's weight, which "
        "grows with it; with trained ones a high level draws the embeddings together",
    )

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        check_ends(self.alpha_bar_first, self.alpha_bar_last, FIRST_LEVEL)
        return self


@dataclass(frozen=True)
class NoiseSchedule:
    """ᾱ_0 .. ᾱ_T in float64, strictly rising, on the CPU."""

    alpha_bar: Tensor

    def __post_init__(self) -> None:
        """Refuse a schedule whose signal-to-noise ratio does not rise at every step."""
        levels = self.alpha_bar
        inside = bool(((levels > 0) & (levels < 1)).all())
        if levels.ndim != 1 or len(levels) < 2 or not inside or not bool((levels.diff() > 0).all()):
            raise InvalidSetting(
                "a noise schedule needs 0 < ᾱ_0 < ... < ᾱ_T < 1, got "
                f"{[round(level, 6) for level in levels.tolist()]}"
            )

    @property
    def timesteps(self) -> int:
        """T, the number of denoising steps."""
        return len(self.alpha_bar) - 1

    @property
    def snr(self) -> Tensor:
        """SNR(t) = ᾱ_t / (1 - ᾱ_t), for t = 0 .. T."""
        return self.alpha_bar / (1 - self.alpha_bar)

    @property
    def snr_gain(self) -> Tensor:
        """SNR(t) - SNR(t-1), for t = 1 .. T at index t - 1; positive."""
        return self.snr.diff()

    def signal(self, t: int) -> float:
        """Return sqrt(ᾱ_t), the factor of u_y in z_t (Eq. 6)."""
        return self._signals[t]

    def noise(self, t: int) -> float:
        """Return sqrt(1 - ᾱ_t), the standard deviation of z_t around its mean (Eq. 6)."""
        return self._noises[t]

    def step(self, t: int) -> tuple[float, float, float]:
        """Return (a_t, b_t, sqrt(c_t)) of Eq. 3, for t = 1 .. T.

        z_t = a_t û_t + b_t z_{t-1} + sqrt(c_t) ε, with α_{t-1} = ᾱ_{t-1} / ᾱ_t.
        """
        if not 1 <= t <= self.timesteps:
            raise ValueError(f"step {t} is outside 1 .. {self.timesteps}")
        return self._steps[t - 1]

    def flow_step(self, t: int) -> tuple[float, float]:
        """Return (a_t, b_t) of the same step along the probability-flow ODE, t = 1 .. T.

        z_t = a_t û_t + b_t z_{t-1}: the noise in z_{t-1} shrinks and none is added (Song, Meng &
        Ermon 2021, DDIM with η = 0; exact if û does not change during the step).
        """
        if not 1 <= t <= self.timesteps:
            raise ValueError(f"step {t} is outside 1 .. {self.timesteps}")
        return self._flow_steps[t - 1]

    # Coefficients are numbers of the host, worked out once: a training step asks for them.

    @cached_property
    def _signals(self) -> list[float]:
        signals: list[float] = self.alpha_bar.sqrt().tolist()
        return signals

    @cached_property
    def _noises(self) -> list[float]:
        noises: list[float] = (1 - self.alpha_bar).sqrt().tolist()
        return noises

    @cached_property
    def _steps(self) -> list[tuple[float, float, float]]:
        before, after = self.alpha_bar[:-1], self.alpha_bar[1:]
        alpha = before / after
        a = after.sqrt() * (1 - alpha) / (1 - before)
        b = alpha.sqrt() * (1 - after) / (1 - before)
        c = (1 - after) * (1 - alpha) / (1 - before)
        return list(zip(a.tolist(), b.tolist(), c.sqrt().tolist(), strict=True))

    @cached_property
    def _flow_steps(self) -> list[tuple[float, float]]:
        before, after = self.alpha_bar[:-1], self.alpha_bar[1:]
        b = ((1 - after) / (1 - before)).sqrt()
        a = after.sqrt() - b * before.sqrt()
        return list(zip(a.tolist(), b.tolist(), strict=True))


def first_level(config: FirstLevel, weight_KD: Tensor | None, usual: float = FIRST_LEVEL) -> float:
    """Return ᾱ_0: as configured, or the `usual` level, lowered where W would leak the label."""
    if config != "auto":
        return config
    return usual if weight_KD is None else LabelReading(weight_KD).level_without_leak(usual)


def build_schedule(
    config: ScheduleConfig, timesteps: int, weight_KD: Tensor | None = None
) -> NoiseSchedule:
    """Lay `timesteps` + 1 signal levels along the configured form, for class embeddings W.

    Without W it is one-hot, whose z_0 leaks nothing.

    The form is stretched linearly so that it meets both ends exactly. Clamping it instead would
    give neighbouring states the same level when T is large, and ΔSNR = 0.
    """
    if timesteps < 1:
        raise InvalidSetting(f"timesteps must be at least 1, got {timesteps}")
    first = first_level(config.alpha_bar_first, weight_KD)
    if first >= config.alpha_bar_last:
        raise InvalidSetting(
            f"alpha_bar_first {first} must be below alpha_bar_last {config.alpha_bar_last}"
        )
    progress = torch.linspace(0, 1, timesteps + 1, dtype=torch.float64)
    if config.form == "cosine":
        angle = (1 - progress + config.offset) / (1 + config.offset) * (torch.pi / 2)
        shape = angle.cos().square()
    else:
        shape = progress
    fraction = (shape - shape[0]) / (shape[-1] - shape[0])
    levels = first + (config.alpha_bar_last - first) * fraction
    return NoiseSchedule(levels)


def prior_kl(u_BD: Tensor, level: Tensor | float) -> Tensor:
    """Return KL(q(z_0 | y) || N(0, I)), a mean over the batch; `level` is ᾱ_0 (Eq. 8).

    Constant for embeddings of equal norm; it keeps trained ones from growing.
    """
    level = torch.as_tensor(level, dtype=u_BD.dtype)
    dimension = u_BD.shape[1]
    spread = dimension * (level + torch.log1p(-level))
    return 0.5 * (level * u_BD.square().sum(dim=1).mean() - spread)
