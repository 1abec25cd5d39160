"""NoProp in discrete time: T blocks that learn to denoise the label, each on its own."""

from functools import partial
from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import cross_entropy

from noprop_core.chain import ChainConfig, ChainMethod
from noprop_core.method import Stage
from noprop_core.schedules import ScheduleConfig, build_schedule


class NoPropDTConfig(ChainConfig):
    """Options of `noprop-dt`."""

    eta: float = Field(0.1, gt=0, description="η of Eq. 8, weight of the denoising loss (Table 3)")
    schedule: ScheduleConfig = ScheduleConfig()
    order: Literal["sequential", "interleaved"] = Field(
        "sequential",
        description="sequential: a full pass over the data per block (Algorithm 1); interleaved: "
        "every block on each batch. The blocks come out the same",
    )


class NoPropDT(ChainMethod):
    """Algorithm 1 with one-hot embeddings; inference by the sampler of Eq. 3."""

    name = "noprop-dt"
    title = "NoProp, discrete time: T blocks trained independently to denoise the label"
    source = "Li, Teh & Pascanu 2025 (arXiv 2503.24322 v1), Algorithm 1, Eq. 3, 6, 8"
    deviations = (
        "The form of the cosine schedule and its ends are not published: options of `schedule`.",
        "The paper gives no start for the head: a scaled identity, option head_init.",
    )
    uses_timesteps = True
    independent_blocks = True
    deterministic_inference = False
    Config = NoPropDTConfig
    config: NoPropDTConfig

    def prepare(self) -> None:
        """Give every block, and the head, an optimiser of its own."""
        self.schedule = build_schedule(self.config.schedule, self.timesteps)
        self.block_optimizers = [self.make_optimizer(block) for block in self.network.blocks]
        self.head_optimizer = self.make_optimizer(self.network.head)
        gain_T = self.schedule.snr_gain * (self.timesteps / 2 * self.config.eta)
        self.weights_T: list[float] = gain_T.tolist()
        # KL(q(z_0 | y) || N(0, I)) with |u|² = 1 and D dimensions: constant for a fixed W.
        first, dimension = self.schedule.alpha_bar[0], self.classes
        self.kl = float(0.5 * (first - dimension * first - dimension * torch.log1p(-first)))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """One pass per block, or one pass in which every block sees each batch."""
        if self.config.order == "interleaved":
            return (self.train_all_blocks,)
        return tuple(partial(self.train_block, t) for t in range(1, self.timesteps + 1))

    def train_all_blocks(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train every block on one batch, one after the other; return the mean loss."""
        losses = [self.train_block(t, x_BCHW, y_B) for t in range(1, self.timesteps + 1)]
        return torch.stack(losses).mean()

    def train_block(self, t: int, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train block t, and the head, on one batch (the body of Algorithm 1; Eq. 8)."""
        u_BD = self.network.embedding_KD[y_B]
        estimate_BD = self.clean_estimate(self.block(t)(x_BCHW, self.noised(u_BD, t - 1, t)))
        error = (estimate_BD - u_BD).square().sum(dim=1).mean()
        # The head learns from the noised label z_T itself, not from any block's output.
        logits_BK = self.network.head(self.noised(u_BD, self.timesteps, t))
        loss = cross_entropy(logits_BK, y_B) + self.kl + self.weights_T[t - 1] * error
        return self.minimise(loss, self.block_optimizers[t - 1], self.head_optimizer)

    def noised(self, u_BD: Tensor, state: int, block: int) -> Tensor:
        """Draw z_state from q(z | y) (Eq. 6), with the noise stream of `block`.

        A stream per block makes a block's noise independent of when its turn comes.
        """
        noise_BD = torch.empty_like(u_BD).normal_(generator=self.block_noise[block - 1])
        return self.schedule.signal(state) * u_BD + self.schedule.noise(state) * noise_BD

    def predict(self, encoded: Any, generator: torch.Generator) -> Tensor:
        """Return argmax head(z_T), z_T sampled by Eq. 3 from pure noise."""
        z_BD = self.pure_noise(len(encoded[0]), generator)
        for t, features_BF in enumerate(encoded, start=1):
            estimate_BD = self.clean_estimate(self.block(t).logits(features_BF, z_BD))
            z_BD = self.denoise(z_BD, estimate_BD, t, generator)
        logits_BK: Tensor = self.network.head(z_BD)
        return logits_BK.argmax(dim=1)

    def denoise(
        self, z_BD: Tensor, estimate_BD: Tensor, t: int, generator: torch.Generator
    ) -> Tensor:
        """Draw z_t from z_{t-1} and block t's estimate of the clean label (Eq. 3)."""
        a, b, noise = self.schedule.step(t)
        fresh_BD = torch.empty_like(z_BD).normal_(generator=generator)
        return a * estimate_BD + b * z_BD + noise * fresh_BD
