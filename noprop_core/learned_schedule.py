"""The trained noise schedule of continuous time (arXiv 2503.24322 v1, appendix).

ᾱ_t = sigmoid(-γ(t)), γ(t) = γ_0 + (γ_1 - γ_0)(1 - γ̄(t)), so γ falls from γ(0) = γ_1 to γ(1) = γ_0.
γ̄ is a two-layer network with positive weights, normalised to γ̄(0) = 0 and γ̄(1) = 1.
"""

import math

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import softplus

from noprop_core.options import Options
from noprop_core.schedules import NoiseSchedule


class LearnedScheduleConfig(Options):
    """Where the trained schedule starts, and the size of its network; none is published.

    The ends were chosen on validation images of MNIST (10,000 images, 3 epochs). With ends of .001
    and .99, the schedule of `noprop-dt`, SNR' is so large near t = 1 that one network for all t
    learns little else for long.
    """

    alpha_bar_first: float = Field(
        0.1, gt=0, lt=1, description="ᾱ at t = 0 before training, sigmoid(-γ_1)"
    )
    alpha_bar_last: float = Field(
        0.95, gt=0, lt=1, description="ᾱ at t = 1 before training, sigmoid(-γ_0)"
    )
    hidden: int = Field(64, ge=1, le=4096, description="hidden units of γ̄")


class LearnedSchedule(nn.Module):
    """γ(t), its end points and slope, all trained."""

    def __init__(self, config: LearnedScheduleConfig) -> None:
        """Start between the configured ends, with γ̄ close to the straight line."""
        super().__init__()
        self.gamma_0 = nn.Parameter(torch.tensor(-_logit(config.alpha_bar_last)))
        self.gamma_1 = nn.Parameter(torch.tensor(-_logit(config.alpha_bar_first)))
        # Positive through softplus; gentle slopes, so that no sigmoid saturates on [0, 1].
        self.raw_first_H = nn.Parameter(torch.randn(config.hidden))
        self.bias_H = nn.Parameter(torch.randn(config.hidden))
        self.raw_second_H = nn.Parameter(torch.randn(config.hidden))

    def forward(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return γ(t) and SNR'(t) for times of any shape; SNR(t) = exp(-γ(t))."""
        slope_H, weight_H = softplus(self.raw_first_H), softplus(self.raw_second_H)
        units = torch.sigmoid(t.unsqueeze(-1) * slope_H + self.bias_H)
        low, high = torch.sigmoid(self.bias_H), torch.sigmoid(slope_H + self.bias_H)
        span = (weight_H * (high - low)).sum()
        progress = (weight_H * (units - low)).sum(dim=-1) / span
        progress_slope = (weight_H * slope_H * units * (1 - units)).sum(dim=-1) / span
        drop = self.gamma_1 - self.gamma_0
        gamma = self.gamma_0 + drop * (1 - progress)
        return gamma, drop * progress_slope * torch.exp(-gamma)

    @torch.no_grad()
    def discretised(self, steps: int) -> NoiseSchedule:
        """Return the levels at t = 0, 1/steps, ..., 1 as they stand now, for a sampler.

        Raises `InvalidSetting` if training has turned the schedule round (γ_1 <= γ_0).
        """
        t = torch.linspace(0, 1, steps + 1, device=self.gamma_0.device)
        gamma, _ = self(t)
        return NoiseSchedule(torch.sigmoid(-gamma.to("cpu", torch.float64)))


def _logit(level: float) -> float:
    return math.log(level / (1 - level))
