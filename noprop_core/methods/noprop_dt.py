"""NoProp in discrete time: T blocks that learn to denoise the label, each on its own."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor
from torch.nn.functional import cross_entropy

from noprop_core.chain import ChainConfig, ChainMethod
from noprop_core.chain_controls import CHAINS, Average, majority
from noprop_core.descent import Descent, Descents
from noprop_core.errors import InvalidSetting
from noprop_core.facts import READ_FIRST, READ_LAST
from noprop_core.method import MethodConfig, Stage
from noprop_core.optimisation import guarded_step
from noprop_core.readability import LabelReading
from noprop_core.schedules import ScheduleConfig, build_schedule, prior_kl
from noprop_core.search import Range, Search, Space
from noprop_core.stacked_blocks import StackedBlocks


class NoPropDTConfig(ChainConfig):
    """Options of `noprop-dt`."""

    historical: ClassVar[Mapping[str, Any]] = {"block_execution": "sequential"}
    searched: ClassVar[Space] = {"eta": Range(low=0.01, high=10.0, log=True)}

    eta: float = Field(
        0.1,
        gt=0,
        description="η of Eq. 8, weight of the denoising loss (Table 3). With one-hot embeddings "
        "it has no effect: each block has its own Adam, whose step does not feel its loss's scale; "
        "with trained embeddings it decides how far they are pulled together",
    )
    snr_weighting: bool = Field(
        True,
        description="weigh block t's loss by T/2 (SNR(t) - SNR(t-1)) as Eq. 8 does, or by 1; with "
        "one-hot embeddings without effect, as `eta`",
    )
    schedule: ScheduleConfig = ScheduleConfig()
    order: Literal["sequential", "interleaved", "together"] = Field(
        "sequential",
        description="sequential: a full pass over the data per block (Algorithm 1); interleaved: "
        "every block on each batch; together: interleaved, but head and trained embeddings take "
        "one step per batch, down the sum of all blocks' gradients. With fixed embeddings the "
        "blocks come out the same",
    )
    block_execution: Literal["sequential", "stacked"] = Field(
        "sequential",
        description="sequential: one block after the other; stacked: all blocks of a batch as one "
        'computation, which holds T times the activations at once; needs order = "together"',
    )

    def search_space(self) -> dict[str, Search]:
        """Leave out η where it has no effect; ᾱ_T sets levels of noise there."""
        space = super().search_space()
        if self.embedding.kind == "one-hot":
            del space["eta"]
        return space

    @model_validator(mode="after")
    def _stacked_blocks_learn_together(self) -> Self:
        if self.block_execution == "stacked":
            if self.order != "together":
                raise ValueError(
                    f'block_execution = "stacked" needs order = "together", got "{self.order}"'
                )
            if self.embedding.kind == "prototype":
                raise ValueError(
                    'block_execution = "stacked" needs embedding.kind "one-hot" or "learned": the '
                    'label path of "prototype" cannot be stacked'
                )
        return self


class NoPropDT(ChainMethod):
    """Algorithm 1; inference by the sampler of Eq. 3."""

    name = "noprop-dt"
    title = "NoProp, discrete time: T blocks trained independently to denoise the label"
    source = "Li, Teh & Pascanu 2025 (arXiv 2503.24322 v1), Algorithm 1, Eq. 3, 6, 8, 14-16"
    exact: ClassVar[tuple[str, ...]] = (
        "the loss and its gradient, against a plain reference",
        "the sampler: with û = u_y every z_t has mean √ᾱ_t u_y and variance 1 - ᾱ_t",
        "a block's step leaves every other block as it was, bit for bit",
    )
    left_open = {
        "schedule.form": "the form of the cosine schedule",
        "schedule.alpha_bar_first": "where the schedule starts",
        "schedule.alpha_bar_last": "where it ends; the last block's weight hangs on it",
        "head.start": "how the head starts",
        "head.sigma": "σ of the radial class probabilities",
    }
    uses_timesteps = True
    replayable = True
    independent_blocks = True
    deterministic_inference = False
    Config = NoPropDTConfig
    config: NoPropDTConfig

    @classmethod
    def idle_options(cls, config: MethodConfig) -> tuple[str, ...]:
        """With fixed embeddings all that sets how much the blocks' losses weigh.

        Every block has an Adam of its own, whose step does not feel the scale of its loss.
        """
        assert isinstance(config, NoPropDTConfig)
        if config.embedding.kind != "one-hot":
            return ()
        return ("eta", "snr_weighting", "schedule.alpha_bar_last")

    def prepare(self) -> None:
        """Give every block an optimiser of its own, and one to the head and trained embeddings."""
        self.schedule = build_schedule(
            self.config.schedule, self.timesteps, self.network.embedding.weight_KD
        )
        states = range(self.timesteps + 1)
        self.levels = [(self.schedule.signal(t), self.schedule.noise(t)) for t in states]
        self.stacked: StackedBlocks | None = None
        if self.config.block_execution == "stacked":
            every = [self.block(t) for t in range(1, self.timesteps + 1)]
            self.stacked = StackedBlocks(every)
        # Adam's step is elementwise: one over the stacked weights is as many as there are blocks.
        parts = [self.stacked] if self.stacked else list(self.network.blocks)
        self.block_optimizers = [self.make_optimizer(part) for part in parts]
        self.head_optimizer = self.make_optimizer(self.network.head, self.network.embedding)
        gain_T = self.schedule.snr_gain * (self.timesteps / 2)
        if not self.config.snr_weighting:
            gain_T = torch.ones_like(gain_T)
        self.weights_T: list[float] = (gain_T * self.config.eta).tolist()
        self.gains_T = torch.tensor(self.weights_T, device=self.device)
        self.first_level = float(self.schedule.alpha_bar[0])
        self.fixed_kl: Tensor | None = None
        if not self.network.embedding.trained:  # one-hot, of equal norm: the same for every batch
            self.fixed_kl = prior_kl(self.network.embedding.weight_KD, self.first_level)

    @property
    def passes_per_epoch(self) -> int:
        """T in any order: every block sees every image once."""
        return self.timesteps

    @property
    def stages(self) -> tuple[Stage, ...]:
        """One pass per block, or one pass in which every block sees each batch."""
        if self.config.order == "together":
            return (self.train_together,)
        if self.config.order == "interleaved":
            return (self.train_all_blocks,)
        return tuple(partial(self.train_block, t) for t in range(1, self.timesteps + 1))

    @classmethod
    def stacks_seeds(cls, config: MethodConfig) -> bool:
        """They can, unless the blocks are stacked already."""
        assert isinstance(config, NoPropDTConfig)
        return config.block_execution == "sequential"

    @property
    def descents(self) -> Descents:
        """Return block by block what `train_block` does, or together what `train_share` does."""
        every = range(1, self.timesteps + 1)
        if self.config.order == "together":
            share = Descent(self.sum_of_losses, self.optimizers, 1 / self.timesteps)
            return ((share,),)
        one_by_one = [
            Descent(
                partial(self.block_loss, t), (self.block_optimizers[t - 1], self.head_optimizer)
            )
            for t in every
        ]
        if self.config.order == "interleaved":
            return (tuple(one_by_one),)
        return tuple((descent,) for descent in one_by_one)

    def sum_of_losses(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Return the sum of all blocks' losses on one batch."""
        every = range(1, self.timesteps + 1)
        return torch.stack([self.block_loss(t, x_BCHW, y_B) for t in every]).sum()

    def train_all_blocks(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train every block on one batch, one after the other; return the mean loss."""
        losses = [self.train_block(t, x_BCHW, y_B) for t in range(1, self.timesteps + 1)]
        return torch.stack(losses).mean()

    def train_together(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train every block on one batch, then what they share; return the mean loss."""
        if self.stacked is not None:
            return self.train_stacked(self.stacked, x_BCHW, y_B)
        return self.train_share(range(1, self.timesteps + 1), x_BCHW, y_B).mean()

    def train_stacked(self, blocks: StackedBlocks, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Do as `train_together`, all blocks as one computation.

        The gradient of the losses' sum is each block's own, for no loss depends on another block.
        """
        u_BD: Tensor = self.network.embedding(y_B)
        every = range(1, self.timesteps + 1)
        z_TBD = torch.stack([self.noised(u_BD, t - 1, t) for t in every])
        logits_TBK = self.stacked_logits(blocks, blocks.features(x_BCHW), z_TBD)
        estimate_TBD = self.network.embedding.mix(logits_TBK.softmax(dim=2))
        error_T = (estimate_TBD - u_BD).square().sum(dim=2).mean(dim=1)
        said_NK = self.class_logits(
            torch.cat([self.noised(u_BD, self.timesteps, t) for t in every])
        )
        entropy_N = cross_entropy(said_NK, y_B.repeat(self.timesteps), reduction="none")
        losses_T = entropy_N.reshape(self.timesteps, -1).mean(dim=1) + self.gains_T * error_T
        total = losses_T.sum() + self.timesteps * self.prior_kl(u_BD)
        return self.minimise(total, *self.block_optimizers, self.head_optimizer) / self.timesteps

    def stacked_logits(self, blocks: StackedBlocks, features_TBF: Tensor, z_TBD: Tensor) -> Tensor:
        """Return what every block says `(T, B, K)` of image features and its noised labels."""
        return blocks.logits(features_TBF, z_TBD)

    def train_share(self, mine: Iterable[int], x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train blocks `mine` on one batch, then what all blocks share; return their losses."""
        self.head_optimizer.zero_grad(set_to_none=True)
        losses = [
            self.minimise(self.block_loss(t, x_BCHW, y_B), self.block_optimizers[t - 1])
            for t in mine
        ]
        self.add_up([*self.network.head.parameters(), *self.network.embedding.parameters()])
        guarded_step(self.head_optimizer, self.guard)
        return torch.stack(losses)

    def stages_of(self, mine: Collection[int]) -> tuple[Stage, ...]:
        """Return the passes of blocks `mine`; of the others' passes only what the head learns."""
        every = range(1, self.timesteps + 1)
        if self.stacked is not None:
            raise InvalidSetting(
                f'{self.name}: block_execution = "stacked" trains all blocks in one process'
            )
        if self.config.order == "together":
            return (partial(self.train_share, sorted(mine)),)
        if self.network.embedding.trained:
            raise InvalidSetting(
                f'{self.name}: trained embeddings in order = "{self.config.order}" are changed by '
                'one block after the other; blocks trained at once need order = "together"'
            )

        def stage(t: int, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
            if t in mine:
                return self.train_block(t, x_BCHW, y_B).reshape(1)
            self.train_head(t, y_B)
            return x_BCHW.new_empty(0)

        if self.config.order == "sequential":
            return tuple(partial(stage, t) for t in every)
        return (lambda x_BCHW, y_B: torch.cat([stage(t, x_BCHW, y_B) for t in every]),)

    def train_head(self, t: int, y_B: Tensor) -> None:
        """Take the head's step of block t's turn on one batch, and draw as much noise, without it.

        With fixed embeddings the head's gradient depends on noise and labels alone.
        """
        u_BD: Tensor = self.network.embedding(y_B)
        self.noised(u_BD, t - 1, t)
        self.block(t).image_path.skip_masks(len(y_B))
        logits_BK = self.class_logits(self.noised(u_BD, self.timesteps, t))
        self.minimise(cross_entropy(logits_BK, y_B), self.head_optimizer)

    def train_block(self, t: int, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Train block t, and the head, on one batch (the body of Algorithm 1)."""
        loss = self.block_loss(t, x_BCHW, y_B)
        return self.minimise(loss, self.block_optimizers[t - 1], self.head_optimizer)

    def block_loss(self, t: int, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Return the loss of block t, and of the head, on one batch (Eq. 8)."""
        u_BD: Tensor = self.network.embedding(y_B)
        z_BD = self.noised(u_BD, t - 1, t)
        features_BF = self.block(t).image_path(x_BCHW)
        estimate_BD = self.clean_estimate(self.block_logits(t, features_BF, z_BD))
        error = (estimate_BD - u_BD).square().sum(dim=1).mean()
        # The head learns from the noised label z_T itself, not from any block's output.
        logits_BK = self.class_logits(self.noised(u_BD, self.timesteps, t))
        return cross_entropy(logits_BK, y_B) + self.prior_kl(u_BD) + self.weights_T[t - 1] * error

    def prior_kl(self, u_BD: Tensor) -> Tensor:
        """Return KL(q(z_0 | y) || N(0, I)), a mean over the batch (Eq. 8)."""
        return prior_kl(u_BD, self.first_level) if self.fixed_kl is None else self.fixed_kl

    def noised(self, u_BD: Tensor, state: int, block: int) -> Tensor:
        """Draw z_state from q(z | y) (Eq. 6), with the noise stream of `block`.

        A stream per block makes a block's noise independent of when its turn comes.
        """
        signal, noise = self.levels[state]
        noise_BD = torch.empty_like(u_BD).normal_(generator=self.block_noise[block - 1])
        return signal * u_BD + noise * noise_BD

    def logits(self, encoded: list[Tensor], generator: torch.Generator) -> Tensor:
        """Return head(z_T), z_T sampled by Eq. 3 from pure noise."""
        return self.run_chain(encoded, generator, partial(self.denoise, generator=generator))

    def run_chain(
        self,
        encoded: list[Tensor],
        generator: torch.Generator,
        step: Callable[[Tensor, Tensor, int], Tensor],
        watch: Callable[[int, Tensor], None] = lambda t, probabilities_BK: None,
    ) -> Tensor:
        """Return head(z_T), z_0 pure noise and z_t = step(z_{t-1}, û_t, t).

        `watch` is told of the probabilities by which block t mixes û_t.
        """
        z_BD = self.pure_noise(len(encoded[0]), generator)
        for t, features_BF in enumerate(encoded, start=1):
            probabilities_BK = self.block_logits(t, features_BF, z_BD).softmax(dim=1)
            watch(t, probabilities_BK)
            z_BD = step(z_BD, self.network.embedding.mix(probabilities_BK), t)
        return self.class_logits(z_BD)

    def denoise(
        self, z_BD: Tensor, estimate_BD: Tensor, t: int, generator: torch.Generator
    ) -> Tensor:
        """Draw z_t from z_{t-1} and block t's estimate of the clean label (Eq. 3)."""
        _, _, noise = self.schedule.step(t)
        fresh_BD = torch.empty_like(z_BD).normal_(generator=generator)
        return self.denoise_mean(z_BD, estimate_BD, t) + noise * fresh_BD

    def denoise_mean(self, z_BD: Tensor, estimate_BD: Tensor, t: int) -> Tensor:
        """Return the mean of z_t in Eq. 3."""
        a, b, _ = self.schedule.step(t)
        return a * estimate_BD + b * z_BD

    def controls(self, encoded: list[Tensor], generator: torch.Generator) -> Mapping[str, Tensor]:
        """Return what blocks say of pure noise by themselves, and where other chains end."""
        alone = [
            self.block_logits(t, features_BF, self.pure_noise(len(features_BF), generator))
            for t, features_BF in enumerate(encoded, start=1)
        ]
        together_BK = torch.stack([logits_BK.softmax(dim=1) for logits_BK in alone]).sum(dim=0)

        def ends_at(step: Callable[[Tensor, Tensor, int], Tensor]) -> Tensor:
            return self.run_chain(encoded, generator, step).argmax(dim=1)

        return {
            "first block alone": alone[0].argmax(dim=1),
            "last block alone": alone[-1].argmax(dim=1),
            "ensemble of blocks": together_BK.argmax(dim=1),
            "mean of Eq. 3 only": ends_at(self.denoise_mean),
            "z <- û": ends_at(lambda z_BD, estimate_BD, t: estimate_BD),
        }

    def controls_once(
        self, encoded: list[Tensor], generator: torch.Generator
    ) -> Mapping[str, Tensor]:
        """Return what many chains say together.

        The chain draws a class; `expected p_y of the first block` is how often one draw from that
        block's probabilities is right, and the averages over chains are free of drawing.
        """
        first, every = Average(), Average()

        def watch(t: int, probabilities_BK: Tensor) -> None:
            every.add(probabilities_BK)
            if t == 1:
                first.add(probabilities_BK)

        sample = partial(self.denoise, generator=generator)
        chains = (self.run_chain(encoded, generator, sample, watch) for _ in range(CHAINS))
        return {
            f"majority of {CHAINS} chains": majority(chains),
            f"mean of blocks over {CHAINS} chains": every.mean.argmax(dim=1),
            "expected p_y of the first block": first.mean,
        }

    def facts(self) -> Mapping[str, float | str]:
        """Add what can be read off the noised labels, whatever reads them."""
        reading = LabelReading(self.network.embedding.weight_KD)
        levels = self.schedule.alpha_bar
        return {
            **super().facts(),
            READ_FIRST: reading.share(float(levels[0])),
            READ_LAST: reading.share(float(levels[-1])),
        }
