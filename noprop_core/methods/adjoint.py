"""A neural ODE trained by the adjoint method: what the continuous-time methods compete with."""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import cross_entropy

from noprop_core.continuous import ContinuousConfig, ContinuousMethod
from noprop_core.flow import Solver, integrate_adjoint
from noprop_core.image_path import frozen_masks
from noprop_core.optimisation import OptimizerConfig, guarded_step
from noprop_core.search import Choice, Space


class AdjointConfig(ContinuousConfig):
    """Options of `adjoint`."""

    searched: ClassVar[Space] = {"initial": Choice(values=["noise", "zero"])}

    optimizer: OptimizerConfig = OptimizerConfig()
    initial: Literal["noise", "zero"] = Field(
        "noise", description="z at t = 0: noise, as in the methods compared with, or zero"
    )
    solver: Solver = Field("euler", description="euler, midpoint or rk4, on an even grid")
    steps: int = Field(
        1000, ge=1, le=100_000, description="steps of training and of inference (Table 3: 1000)"
    )


class Adjoint(ContinuousMethod):
    """dz/dt = v(z, x, t) with the network of NoProp-FM; cross-entropy of head(z_1)."""

    name = "adjoint"
    title = "neural ODE trained by the adjoint method: the baseline of continuous time"
    source = "Chen et al. 2018 (arXiv 1806.07366); Li, Teh & Pascanu 2025, adjoint baseline"
    exact = (
        "the gradient: with many steps it is that of back-propagation through the solver, with "
        "the dropout masks of prototype embeddings' label path, too, drawn once per solve",
    )
    left_open = {
        "initial": "the state that the ODE starts from",
        "solver": "which solver takes the 1000 steps",
        "head.start": "how the head starts",
        "head.sigma": "σ of the radial class probabilities",
    }
    deviations = (
        "The image's features are computed once, outside the ODE: neither z nor t enters them. "
        "Their gradient comes from the adjoint equation like every other.",
    )
    uses_timesteps = False
    learns_embeddings = True
    waits_for_device = True  # torchdiffeq compares times on the host
    Config = AdjointConfig
    config: AdjointConfig

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Solve forward, solve the adjoint back, and send the features' share into the CNN."""
        projected_BJ = self.encode(x_BCHW)
        cut_BJ = projected_BJ.detach().requires_grad_()
        parameters = [*self.field_parameters(), cut_BJ]
        # Other masks in the backward solve would give the gradient of another function.
        with frozen_masks(self.network.denoiser.label_path):
            z_BD = integrate_adjoint(
                partial(self.velocity, cut_BJ),
                self.start(len(y_B), self.noise),
                self.config.solver,
                self.config.steps,
                parameters,
            )
            loss = cross_entropy(self.class_logits(z_BD), y_B)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
        projected_BJ.backward(cut_BJ.grad)  # type: ignore[no-untyped-call]
        self.guard.check(loss.detach())
        guarded_step(self.optimizer, self.guard)
        return loss.detach()

    def field_parameters(self) -> list[Tensor]:
        """Return the weights that v depends on, given the images' share of it."""
        denoiser, embedding = self.network.denoiser, self.network.embedding
        parts = (denoiser.label_path, denoiser.time_path, denoiser.from_label, denoiser.from_time)
        modules = (*parts, denoiser.rest, embedding)
        return [parameter for module in modules for parameter in module.parameters()]

    def start(self, batch: int, generator: torch.Generator) -> Tensor:
        """Return z at t = 0."""
        if self.config.initial == "noise":
            return self.pure_noise(batch, generator)
        return torch.zeros(batch, self.network.embedding.dimension, device=self.device)

    def logits(self, encoded: Tensor, generator: torch.Generator) -> Tensor:
        """Return head(z_1)."""
        return self.arrive(encoded, generator, self.config.steps)

    def arrive(self, projected_BJ: Tensor, generator: torch.Generator, steps: int) -> Tensor:
        """Return the head's logits `(B, K)` of the state after `steps` steps."""
        z_BD = self.start(len(projected_BJ), generator)
        return self.class_logits(self.follow(z_BD, projected_BJ, self.config.solver, steps))

    def controls(self, encoded: Tensor, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Return where one step of the solver leads."""
        return {"one step": self.arrive(encoded, generator, 1).argmax(dim=1)}
