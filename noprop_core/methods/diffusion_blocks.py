"""DiffusionBlocks: NoProp's blocks as slices of a denoiser in the formulation of EDM."""

import math
from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import ClassVar, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from noprop_core.chain import ChainConfig, ChainMethod
from noprop_core.method import Stage
from noprop_core.search import Range, Space


class DiffusionBlocksConfig(ChainConfig):
    """Options of `diffusion-blocks`; defaults are EDM's (Karras et al. 2022)."""

    searched: ClassVar[Space] = {
        "sigma_min": Range(low=1e-3, high=5e-2, log=True),
        "sigma_max": Range(low=10.0, high=160.0, log=True),
    }

    sigma_data: float = Field(0.5, gt=0, description="σ_data of EDM's preconditioning")
    sigma_min: float = Field(0.002, gt=0, description="lowest noise level")
    sigma_max: float = Field(80.0, gt=0, description="highest noise level, where the chain starts")
    p_mean: float = Field(-1.2, description="mean of log σ in training")
    p_std: float = Field(1.2, gt=0, description="standard deviation of log σ in training")
    overlap: float = Field(
        0.1, ge=0, le=1, description="how far a slice reaches over its neighbours, as a fraction"
    )

    def probability(self, sigma: float) -> float:
        """Return the probability of a noise level below `sigma`."""
        return 0.5 * (1 + math.erf((math.log(sigma) - self.p_mean) / self.spread))

    @property
    def spread(self) -> float:
        """Return √2 times `p_std`, which the error function counts in."""
        return self.p_std * math.sqrt(2)

    @model_validator(mode="after")
    def _levels_can_be_sliced(self) -> Self:
        low, high = self.probability(self.sigma_min), self.probability(self.sigma_max)
        if not 0 < low < high < 1:
            raise ValueError(
                f"log-normal noise (p_mean {self.p_mean:g}, p_std {self.p_std:g}) must have "
                f"something below sigma_min {self.sigma_min:g}, above sigma_max "
                f"{self.sigma_max:g}, and between them"
            )
        return self


class DiffusionBlocks(ChainMethod):
    """z = u + σ ε; block t denoises the t-th of T slices of equal probability of log-normal σ."""

    name = "diffusion-blocks"
    title = "DiffusionBlocks: each block trained alone on its slice of an EDM denoiser's noise"
    source = (
        "DiffusionBlocks, ICLR 2026 (arXiv 2506.14202); Karras et al. 2022 (arXiv 2206.00364), EDM"
    )
    exact = (
        "preconditioning, weight and loss of a block, against a plain reference",
        "the slices have equal probability and reach over each other by `overlap`",
        "a perfect denoiser leads Euler's steps to the label",
        "a block's step leaves every other block as it was, bit for bit",
    )
    deviations = (
        "Blocks take turns instead of being drawn at random for each step: in an epoch every block "
        "sees every image once, as in `noprop-dt`, so that both cost the same.",
        "Blocks are those of the paper of NoProp and have no input for σ: a block knows its slice, "
        "and the noised label is scaled by c_in. The head learns from the label at `sigma_min`.",
        "The network's raw output is logits W, a combination of embeddings, without softmax.",
    )
    left_open = {
        "head.start": "how the class is read off the last state; here as in `noprop-dt`",
        "head.sigma": "σ of the radial class probabilities",
        "sigma_min": "the lowest noise level; here EDM's",
        "sigma_max": "the highest noise level; here EDM's",
    }
    uses_timesteps = True
    independent_blocks = True
    deterministic_inference = False
    same_flops_as = "noprop-dt"
    Config = DiffusionBlocksConfig
    config: DiffusionBlocksConfig

    def prepare(self) -> None:
        """Cut the noise levels into slices; give every block an optimiser of its own."""
        self.block_optimizers = [self.make_optimizer(block) for block in self.network.blocks]
        self.head_optimizer = self.make_optimizer(self.network.head, self.network.embedding)
        self.steps_of_stage = [0] * self.timesteps
        low, high = map(self.config.probability, (self.config.sigma_min, self.config.sigma_max))
        edges = [high + (low - high) * t / self.timesteps for t in range(self.timesteps + 1)]
        self.levels = [self.level(p) for p in edges]
        """σ_0 = σ_max down to σ_T = σ_min: where each step of the chain begins and ends."""
        reach = self.config.overlap * (high - low) / self.timesteps
        self.slices = [(max(low, b - reach), min(high, a + reach)) for a, b in pairwise(edges)]
        """Of block 1 .. T: the range of probability that its σ is drawn from."""

    def level(self, probability: float) -> float:
        """Return σ below which lies this `probability`."""
        quantile = torch.erfinv(torch.tensor(2 * probability - 1, dtype=torch.float64))
        return math.exp(self.config.p_mean + self.config.spread * float(quantile))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """T passes; in each, the blocks take turns from batch to batch."""
        return tuple(partial(self.train_next, index) for index in range(self.timesteps))

    def train_next(self, stage: int, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train the block whose turn it is in this pass."""
        t = 1 + (stage + self.steps_of_stage[stage]) % self.timesteps
        self.steps_of_stage[stage] += 1
        return self.train_block(t, x_BCHW, y_B)

    def train_block(self, t: int, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train block t, and the head, on one batch."""
        u_BD = self.embedded(y_B)
        sigma_B1 = self.draw_levels(t, len(y_B))
        noise_BD = torch.empty_like(u_BD).normal_(generator=self.block_noise[t - 1])
        z_BD = u_BD + sigma_B1 * noise_BD
        estimate_BD = self.denoised(t, self.block(t).image_path(x_BCHW), z_BD, sigma_B1)
        data = self.config.sigma_data
        weight_B1 = (sigma_B1.square() + data * data) / (sigma_B1 * data).square()
        error = (weight_B1 * (estimate_BD - u_BD).square()).sum(dim=1).mean()
        fresh_BD = torch.empty_like(u_BD).normal_(generator=self.block_noise[t - 1])
        logits_BK = self.class_logits(u_BD + self.config.sigma_min * fresh_BD)
        loss = cross_entropy(logits_BK, y_B) + error
        return self.minimise(loss, self.block_optimizers[t - 1], self.head_optimizer)

    def embedded(self, y_B: Tensor) -> Tensor:
        """Return the labels' embeddings, of length 1."""
        return normalize(self.network.embedding(y_B), dim=1)

    def draw_levels(self, t: int, batch: int) -> Tensor:
        """Draw σ `(B, 1)` of block t: log-normal, within its slice."""
        low, high = self.slices[t - 1]
        generator = self.block_noise[t - 1]
        share_B1 = torch.rand(batch, 1, device=self.device, generator=generator)
        quantile_B1 = torch.erfinv(2 * (low + (high - low) * share_B1) - 1)
        return (self.config.p_mean + self.config.spread * quantile_B1).exp()

    def denoised(self, t: int, features_BF: Tensor, z_BD: Tensor, sigma: Tensor | float) -> Tensor:
        """Return D = c_skip z + c_out F(c_in z, x) of block t."""
        data = self.config.sigma_data
        total = sigma * sigma + data * data  # a power of Python's raises where it is too large
        raw_BK = self.block_logits(t, features_BF, z_BD / total**0.5)
        raw_BD = raw_BK @ normalize(self.network.embedding.weight_KD, dim=1)
        return z_BD * (data * data / total) + raw_BD * (sigma * data / total**0.5)

    def logits(self, encoded: list[Tensor], generator: torch.Generator) -> Tensor:
        """Return head(z_T): one step of Euler's per block, from noise of level σ_max."""
        z_BD = self.levels[0] * self.pure_noise(len(encoded[0]), generator)
        for t, features_BF in enumerate(encoded, start=1):
            before, after = self.levels[t - 1], self.levels[t]
            estimate_BD = self.denoised(t, features_BF, z_BD, before)
            z_BD = torch.lerp(estimate_BD, z_BD, after / before)
        return self.class_logits(z_BD)

    def controls(self, encoded: list[Tensor], generator: torch.Generator) -> Mapping[str, Tensor]:
        """Return what the first block's estimate says by itself."""
        z_BD = self.levels[0] * self.pure_noise(len(encoded[0]), generator)
        first_BD = self.denoised(1, encoded[0], z_BD, self.levels[0])
        return {"first block alone": self.class_logits(first_BD).argmax(dim=1)}
