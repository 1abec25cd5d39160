"""The trained noise schedule of continuous time (arXiv 2503.24322 v1, appendix).

ᾱ_t = sigmoid(-γ(t)), γ(t) = γ_0 + (γ_1 - γ_0)(1 - γ̄(t)), so γ falls from γ(0) = γ_1 to γ(1) = γ_0.
γ̄ is a two-layer network with positive weights, normalised to γ̄(0) = 0 and γ̄(1) = 1. The paper
takes it from Kingma et al. 2021 and Gulrajani & Hashimoto 2023, whose code (lib/models.py of
github.com/igul222/plaid) starts with γ_0 = -3, γ_1 = 6, 1024 hidden units, softplus weights, tanh,
and t - 1/2 as input.
"""

import copy
import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn.functional import softplus

from noprop_core.errors import DegenerateSchedule, InvalidSetting
from noprop_core.options import Options
from noprop_core.schedules import FirstLevel, NoiseSchedule, check_ends, first_level
from noprop_core.search import Range, Space

SOURCE_FIRST, SOURCE_LAST = 1 / (1 + math.exp(6)), 1 / (1 + math.exp(-3))


class LearnedScheduleConfig(Options):
    """Where the trained schedule starts, and its network; by default as in the cited code."""

    historical: ClassVar[Mapping[str, Any]] = {"activation": "sigmoid"}
    searched: ClassVar[Space] = {"alpha_bar_last": Range(low=0.9, high=0.99)}

    alpha_bar_first: FirstLevel = Field(
        "auto",
        description="ᾱ at t = 0 before training, sigmoid(-γ_1). auto: .00247 (γ_1 = 6), or less "
        "where more than one point above chance could be read off z_0 alone (prototypes)",
    )
    alpha_bar_last: float = Field(
        SOURCE_LAST,
        gt=0,
        lt=1,
        description="ᾱ at t = 1 before training, sigmoid(-γ_0); default: γ_0 = -3",
    )
    hidden: int = Field(1024, ge=1, le=4096, description="hidden units of γ̄")
    activation: Literal["tanh", "sigmoid"] = Field(
        "tanh", description="of γ̄: tanh of a layer over t - 1/2, or sigmoid of one over t"
    )

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        check_ends(self.alpha_bar_first, self.alpha_bar_last, SOURCE_FIRST)
        return self


GENTLE = LearnedScheduleConfig(
    alpha_bar_first=0.1, alpha_bar_last=0.95, hidden=64, activation="sigmoid"
)
"""This project's own start from before the source's was known, chosen on validation images of
MNIST (10,000 images, 3 epochs): a smaller span of noise levels, learned in fewer epochs."""

NAMED = {"source": LearnedScheduleConfig(), "gentle": GENTLE}
"""Settings that have a name: `schedule = "gentle"` stands for all of its options."""


def named_setting(value: Any) -> Any:
    """Return the setting that a name stands for; anything else as it is."""
    return NAMED.get(value, value) if isinstance(value, str) else value


class LearnedSchedule(nn.Module):
    """γ(t), its end points and slope, all trained."""

    def __init__(self, config: LearnedScheduleConfig, weight_KD: Tensor | None = None) -> None:
        """Start between the configured ends, with γ̄ close to the straight line.

        W says how low ᾱ_0 must be; without W it is one-hot.
        """
        super().__init__()
        first = first_level(config.alpha_bar_first, weight_KD, SOURCE_FIRST)
        self.tanh = config.activation == "tanh"
        self.gamma_0 = nn.Parameter(torch.tensor(-_logit(config.alpha_bar_last)))
        self.gamma_1 = nn.Parameter(torch.tensor(-_logit(first)))
        # Positive through softplus; gentle slopes, so that no sigmoid saturates on [0, 1].
        self.raw_first_H = nn.Parameter(torch.randn(config.hidden))
        self.bias_H = nn.Parameter(torch.randn(config.hidden))
        self.raw_second_H = nn.Parameter(torch.randn(config.hidden))

    def forward(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return γ(t) and SNR'(t) for times of any shape; SNR(t) = exp(-γ(t))."""
        slope_H, weight_H = softplus(self.raw_first_H), softplus(self.raw_second_H)
        shift, act = (0.5, torch.tanh) if self.tanh else (0.0, torch.sigmoid)
        units = act((t.unsqueeze(-1) - shift) * slope_H + self.bias_H)
        low, high = act(self.bias_H - shift * slope_H), act((1 - shift) * slope_H + self.bias_H)
        span = (weight_H * (high - low)).sum()
        progress = (weight_H * (units - low)).sum(dim=-1) / span
        units_slope = 1 - units.square() if self.tanh else units * (1 - units)
        progress_slope = (weight_H * slope_H * units_slope).sum(dim=-1) / span
        drop = self.gamma_1 - self.gamma_0
        gamma = self.gamma_0 + drop * (1 - progress)
        return gamma, drop * progress_slope * torch.exp(-gamma)

    @torch.no_grad()
    def discretised(self, steps: int) -> NoiseSchedule:
        """Return the levels at t = 0, 1/steps, ..., 1 as they stand now, for a sampler.

        In float64: in float32 neighbouring levels can come out equal. Raises `DegenerateSchedule`
        if they do even so, or if training has turned the schedule round (γ_1 <= γ_0).
        """
        exact = copy.deepcopy(self).to("cpu", torch.float64)
        gamma, _ = exact(torch.linspace(0, 1, steps + 1, dtype=torch.float64))
        try:
            return NoiseSchedule(torch.sigmoid(-gamma))
        except InvalidSetting as error:
            ends = f"γ(0) = {gamma[0]:.4g}, γ(1) = {gamma[-1]:.4g}"
            raise DegenerateSchedule(f"{ends}, {steps} steps do not rise one by one") from error

    def levels(self) -> tuple[float, float]:
        """Return ᾱ at t = 0 and t = 1 as they stand now."""
        first, last = (torch.sigmoid(-g.detach().double()) for g in (self.gamma_1, self.gamma_0))
        return float(first), float(last)


def _logit(level: float) -> float:
    return math.log(level / (1 - level))
