"""NoProp by flow matching: one network learns the field that carries noise to the label."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import cross_entropy

from noprop_core.continuous import ContinuousConfig, ContinuousMethod
from noprop_core.flow import Solver
from noprop_core.search import Range, Space


class NoPropFMConfig(ContinuousConfig):
    """Options of `noprop-fm`."""

    searched: ClassVar[Space] = {"sigma": Range(low=0.0, high=0.5)}

    sigma: float = Field(
        0.0, ge=0, description="σ of the path z_t ~ N(t z_1 + (1 - t) z_0, σ²); 0: no noise on it"
    )
    solver: Solver = Field("euler", description="euler (the paper's), midpoint or rk4")
    steps: int = Field(1000, ge=1, le=100_000, description="steps of inference (Table 3: 1000)")


class NoPropFM(ContinuousMethod):
    """v(z_t, x, t) learns z_1 - z_0; inference follows it, and takes the nearest embedding."""

    name = "noprop-fm"
    title = "NoProp, flow matching: one network for the field from noise to the label"
    source = "Li, Teh & Pascanu 2025 (arXiv 2503.24322 v1), Algorithm 3"
    exact = (
        "the loss and its gradient, with and without the anchor, against a plain reference",
        "the solver: on a linear field its error falls at the declared order",
    )
    left_open = {
        "sigma": "σ of the path",
        "head.start": "how the anchor's head starts (trained embeddings only)",
        "head.sigma": "σ of the radial class probabilities (trained embeddings only)",
    }
    uses_timesteps = False
    replayable = True
    learns_embeddings = True
    Config = NoPropFMConfig
    config: NoPropFMConfig

    @property
    def has_head(self) -> bool:
        """Only trained embeddings need the anchor loss, and only it needs a head."""
        return self.config.embedding.kind != "one-hot"

    def train_step(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Learn the direction from noise to label at a random point of the way."""
        z1_BD: Tensor = self.network.embedding(y_B)
        z0_BD = torch.empty_like(z1_BD).normal_(generator=self.noise)
        t_B = self.times(len(y_B))
        t_B1 = t_B.unsqueeze(1)
        z_BD = torch.lerp(z0_BD, z1_BD, t_B1)
        if self.config.sigma > 0:
            fresh_BD = torch.empty_like(z_BD).normal_(generator=self.noise)
            z_BD = z_BD + self.config.sigma * fresh_BD
        v_BD = self.velocity(self.encode(x_BCHW), t_B, z_BD)
        loss = (v_BD - (z1_BD - z0_BD)).square().sum(dim=1).mean()
        if self.has_head:
            # Without an anchor, embeddings that are all alike would be the easiest to reach.
            arrival_BD = z_BD + (1 - t_B1) * v_BD
            loss = loss + cross_entropy(self.class_logits(arrival_BD), y_B)
        return self.minimise(loss, self.optimizer)

    def logits(self, encoded: Tensor, generator: torch.Generator) -> Tensor:
        """Return how near z_1 is to each class's embedding, from pure noise in `steps` steps."""
        return self.arrive(encoded, generator, self.config.steps)

    def arrive(self, projected_BJ: Tensor, generator: torch.Generator, steps: int) -> Tensor:
        """Return the closeness `(B, K)` of every class to where `steps` steps lead."""
        z_BD = self.pure_noise(len(projected_BJ), generator)
        z_BD = self.follow(z_BD, projected_BJ, self.config.solver, steps)
        return self.network.embedding.closeness(z_BD)

    def controls(self, encoded: Tensor, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Return where one step of the solver leads."""
        return {"one step": self.arrive(encoded, generator, 1).argmax(dim=1)}
