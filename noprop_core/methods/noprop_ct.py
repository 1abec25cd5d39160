"""NoProp in continuous time: one network learns to denoise the label at every time."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import BeforeValidator, Field
from torch import Tensor
from torch.nn.functional import cross_entropy

from noprop_core.continuous import ContinuousConfig, ContinuousMethod, ContinuousNetwork
from noprop_core.facts import READ_FIRST, READ_LAST
from noprop_core.learned_schedule import (
    LearnedSchedule,
    LearnedScheduleConfig,
    named_setting,
)
from noprop_core.packed_linear import softmax
from noprop_core.readability import LabelReading
from noprop_core.schedules import prior_kl
from noprop_core.search import Choice, Range, Space


class NoPropCTConfig(ContinuousConfig):
    """Options of `noprop-ct`."""

    searched: ClassVar[Space] = {
        "eta": Range(low=0.01, high=10.0, log=True),
        "sampler": Choice(values=["sde", "ode"]),
    }

    eta: float = Field(1.0, gt=0, description="η of Eq. 9, weight of the denoising loss (Table 3)")
    schedule: Annotated[LearnedScheduleConfig, BeforeValidator(named_setting)] = (
        LearnedScheduleConfig()
    )
    sampler: Literal["sde", "ode"] = Field(
        "sde",
        description="sde: Eq. 3 at each step, with fresh noise; ode: the probability-flow ODE",
    )
    steps: int = Field(1000, ge=1, le=100_000, description="steps of inference (Table 3: 1000)")


class NoPropCT(ContinuousMethod):
    """Eq. 9 with a trained noise schedule; inference by SDE or ODE."""

    name = "noprop-ct"
    title = "NoProp, continuous time: one denoising network for all t, trained noise schedule"
    source = "Li, Teh & Pascanu 2025 (arXiv 2503.24322 v1), Algorithm 2, Eq. 9"
    exact = (
        "the loss and its gradient, through SNR' too, against a plain reference",
        "the schedule's ends, slope and monotony",
        "both samplers reach the known distribution of a Gaussian case",
    )
    left_open = {
        "sampler": "whether inference follows the SDE or the ODE",
        "schedule.alpha_bar_first": "the start value of γ_1; here the cited code's, 6",
        "schedule.alpha_bar_last": "the start value of γ_0; here the cited code's, -3",
        "schedule.hidden": "the size of γ̄; here the cited code's",
        "schedule.activation": "the activation of γ̄; here the cited code's. "
        '`schedule = "gentle"` stands for this project\'s earlier start: .1, .95, 64, sigmoid',
        "head.start": "how the head starts",
        "head.sigma": "σ of the radial class probabilities",
    }
    deviations = (
        "A step of the sampler is exact for an estimate û that stays as it is during the step.",
    )
    uses_timesteps = False
    replayable = True
    trains_schedule = True
    learns_embeddings = True
    Config = NoPropCTConfig
    config: NoPropCTConfig

    def build(self) -> ContinuousNetwork:
        """Add the trained schedule to the network."""
        network = super().build()
        network.add_module(
            "schedule", LearnedSchedule(self.config.schedule, network.embedding.weight_KD)
        )
        return network

    @property
    def schedule(self) -> LearnedSchedule:
        """The trained noise schedule."""
        schedule = self.network.get_submodule("schedule")
        assert isinstance(schedule, LearnedSchedule)
        return schedule

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Denoise each label at a time of its own (Eq. 9)."""
        schedule, u_BD = self.schedule, self.network.embedding(y_B)
        t_B = self.times(len(y_B))
        gamma_B, snr_slope_B = schedule(t_B)
        z_BD = self.noised(u_BD, gamma_B.unsqueeze(1))
        estimate_BD = self.clean_estimate(self.network.denoiser(x_BCHW, z_BD, t_B))
        error_B = (estimate_BD - u_BD).square().sum(dim=1)
        denoising = self.config.eta / 2 * (snr_slope_B * error_B).mean()
        # The head learns from the noised label z_1 itself, not from the network's output.
        logits_BK = self.class_logits(self.noised(u_BD, schedule.gamma_0))
        kl = prior_kl(u_BD, torch.sigmoid(-schedule.gamma_1))
        return self.minimise(cross_entropy(logits_BK, y_B) + kl + denoising, self.optimizer)

    def noised(self, u_BD: Tensor, gamma: Tensor) -> Tensor:
        """Draw z from N(√ᾱ u, 1 - ᾱ), ᾱ = sigmoid(-γ)."""
        noise_BD = torch.empty_like(u_BD).normal_(generator=self.noise)
        return torch.sigmoid(-gamma).sqrt() * u_BD + torch.sigmoid(gamma).sqrt() * noise_BD

    def clean_estimate(self, logits_BK: Tensor) -> Tensor:
        """Return û = softmax(logits) W."""
        return self.network.embedding.mix(softmax(logits_BK))

    def logits(self, encoded: Tensor, generator: torch.Generator) -> Tensor:
        """Return head(z_1), z_1 sampled from pure noise in `steps` steps."""
        schedule = self.schedule.discretised(self.config.steps)
        times_S = torch.linspace(0, 1, self.config.steps + 1, device=self.device)[:-1]
        logits = self.at_times(encoded, times_S)
        z_BD = self.pure_noise(len(encoded), generator)
        fresh_BD = torch.empty_like(z_BD)
        for step in range(self.config.steps):
            estimate_BD = self.clean_estimate(logits(step, z_BD))
            if self.config.sampler == "sde":
                a, b, noise = schedule.step(step + 1)
                fresh_BD.normal_(generator=generator)
                z_BD = (b * z_BD).add_(estimate_BD, alpha=a).add_(fresh_BD, alpha=noise)
            else:
                a, b = schedule.flow_step(step + 1)
                z_BD = (b * z_BD).add_(estimate_BD, alpha=a)
        return self.class_logits(z_BD)

    def facts(self) -> Mapping[str, float | str]:
        """Add what can be read off the noised labels, whatever reads them."""
        reading = LabelReading(self.network.embedding.weight_KD)
        first, last = self.schedule.levels()
        return {
            **super().facts(),
            READ_FIRST: reading.share(first),
            READ_LAST: reading.share(last),
        }

    def controls(self, encoded: Tensor, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Return what the network says of pure noise in one step, at the first and last time."""

        def alone(t: float) -> Tensor:
            z_BD = self.pure_noise(len(encoded), generator)
            time = torch.full((), t, device=self.device)
            return self.network.denoiser.logits(encoded, z_BD, time).argmax(dim=1)

        return {"one step at t = 0": alone(0.0), "one step at t = 1": alone(1.0)}
