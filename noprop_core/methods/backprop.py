"""Back-propagation through the whole chain: what NoProp-DT is compared with."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from noprop_core.chain import Chain, ChainConfig, ChainMethod
from noprop_core.chain_controls import CHAINS, majority
from noprop_core.method import Method, MethodConfig
from noprop_core.search import Range, Space


class BackpropConfig(ChainConfig):
    """Options of `backprop`."""

    searched: ClassVar[Space] = {"gate_init": Range(low=0.1, high=0.9)}

    gate_init: float = Field(
        0.5, gt=-1, lt=1, description="a_t = tanh(w_t) at the start; not published"
    )


class Backprop(ChainMethod):
    """z_t = (1 - a_t) z_{t-1} + a_t û_t(z_{t-1}, x), cross-entropy of head(z_T) (Eq. 17-19)."""

    name = "backprop"
    title = "end-to-end back-propagation through the paper's chain of T blocks"
    source = "Li, Teh & Pascanu 2025 (arXiv 2503.24322 v1), Eq. 17-19"
    exact = ("the chain, its learnable gates and its loss, against a plain reference",)
    left_open = {
        "head.start": "how the head starts; at torch's default this baseline can collapse",
        "gate_init": "how the gates a_t start",
        "head.sigma": "σ of the radial class probabilities",
    }
    uses_timesteps = True
    replayable = True
    independent_blocks = False
    deterministic_inference = False
    Config = BackpropConfig
    config: BackpropConfig

    def build(self) -> Chain:
        """Add the T learnable gates to the chain."""
        chain = super().build()
        start = torch.full((self.timesteps,), self.config.gate_init).atanh()
        chain.register_parameter("gates_T", nn.Parameter(start))
        return chain

    def loss(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Return the cross-entropy at the end of the chain, run from noise."""
        z_BD = self.run_chain(self.encode(x_BCHW), self.noise)
        return cross_entropy(self.class_logits(z_BD), y_B)

    @classmethod
    def stacks_seeds(cls, config: MethodConfig) -> bool:
        """They can: a step is one descent of `loss`."""
        return cls.train_step is Method.train_step

    def part(self, mine: Sequence[int]) -> "ChainPart":
        """Return blocks `mine` of the chain, with their gates."""
        return ChainPart(self, mine)

    def run_chain(self, features: list[Tensor], generator: torch.Generator) -> Tensor:
        """Return z_T, starting from noise (Eq. 17)."""
        return self.run_from(self.pure_noise(len(features[0]), generator), features)

    def run_from(
        self,
        z_BD: Tensor,
        features: list[Tensor],
        watch: Callable[[Tensor], None] = lambda logits_BK: None,
    ) -> Tensor:
        """Return z_T from z_0; `watch` is told of every block's logits."""
        # As an attribute: where seeds are stacked it is no `nn.Parameter`.
        weights_T = self.network.gates_T
        assert isinstance(weights_T, Tensor)
        gates_T = torch.tanh(weights_T)
        for t, features_BF in enumerate(features, start=1):
            logits_BK = self.block_logits(t, features_BF, z_BD)
            watch(logits_BK)
            z_BD = self.after(z_BD, logits_BK, gates_T[t - 1])
        return z_BD

    def after(self, z_BD: Tensor, logits_BK: Tensor, gate: Tensor) -> Tensor:
        """Return z_t from z_{t-1} and what block t says (Eq. 17)."""
        # Under autocast the estimate is in bfloat16, and the chain's state in float32.
        return torch.lerp(z_BD, self.clean_estimate(logits_BK).to(z_BD.dtype), gate)

    def logits(self, encoded: list[Tensor], generator: torch.Generator) -> Tensor:
        """Return head(z_T)."""
        return self.class_logits(self.run_chain(encoded, generator))

    def controls_once(
        self, encoded: list[Tensor], generator: torch.Generator
    ) -> Mapping[str, Tensor]:
        """Return the same chain from z_0 = 0, and what it says on average over many draws of z_0.

        Single blocks are no control here: none was ever trained to say a class by itself.
        """
        outcomes = [self.logits(encoded, generator) for _ in range(CHAINS)]
        mean_BK = torch.stack([logits_BK.softmax(dim=1) for logits_BK in outcomes]).mean(dim=0)
        zero_BD = torch.zeros_like(self.pure_noise(len(encoded[0]), generator))
        return {
            "chain from z_0 = 0": self.class_logits(self.run_from(zero_BD, encoded)).argmax(dim=1),
            f"majority of {CHAINS} draws of z_0": majority(outcomes),
            f"mean over {CHAINS} draws of z_0": mean_BK.argmax(dim=1),
        }


class ChainPart(nn.Module):
    """Some consecutive blocks of the chain, which take z before the first to z after the last."""

    def __init__(self, method: Backprop, mine: Sequence[int]) -> None:
        """Hold blocks `mine` of `method`, whose parameters they stay."""
        super().__init__()
        self.mine = tuple(mine)
        self.blocks = nn.ModuleList(method.block(t) for t in self.mine)
        self.gates_T = method.network.get_parameter("gates_T")
        self.after = method.after

    def forward(self, z_BD: Tensor, x_BCHW: Tensor) -> Tensor:
        """Return z_BD after the last of the blocks."""
        for t, block in zip(self.mine, self.blocks, strict=True):
            z_BD = self.after(z_BD, block(x_BCHW, z_BD), torch.tanh(self.gates_T[t - 1]))
        return z_BD
