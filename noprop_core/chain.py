"""The network that `noprop-dt` and `backprop` share: T denoising blocks and a linear head.

Both methods of that comparison build exactly this, from the same stream, so with equal seeds they
start from equal weights. Shapes: `z_BD` latent state, `u_BD` embedding of the label.
"""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from noprop_core.method import Method, MethodConfig
from noprop_core.networks import DenoisingBlock


class ChainConfig(MethodConfig):
    """Options of the chain; use the same for both methods of a comparison."""

    head_init: Literal["identity", "default"] = Field(
        "identity",
        description="start of the head: identity (scaled, bias 0) or torch's default. Not "
        "published. With `default`, blocks and head of `backprop` can settle on an assignment "
        "that maps several classes to one vertex, and stay there",
    )
    head_scale: float = Field(5.0, gt=0, description="scale of the identity start")


class Chain(nn.Module):
    """T blocks, a head `D -> K`, and the fixed one-hot embedding matrix W (K x D, D = K)."""

    embedding_KD: Tensor

    def __init__(self, blocks: list[DenoisingBlock], classes: int, config: ChainConfig) -> None:
        """Join `blocks` under one head."""
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Linear(classes, classes)
        self.register_buffer("embedding_KD", torch.eye(classes))
        if config.head_init == "identity":
            nn.init.eye_(self.head.weight)
            nn.init.zeros_(self.head.bias)
            with torch.no_grad():
                self.head.weight.mul_(config.head_scale)


class ChainMethod(Method):
    """What the methods over a `Chain` have in common."""

    Config = ChainConfig
    config: ChainConfig
    network: Chain

    def build(self) -> Chain:
        """Build T blocks, each with its own stream of dropout masks, and the head."""
        self.block_noise = [self.stream(f"block {t}") for t in range(1, self.timesteps + 1)]
        blocks = [
            DenoisingBlock(
                self.image_shape, self.classes, self.classes, self.config.width, generator
            )
            for generator in self.block_noise
        ]
        return Chain(blocks, self.classes, self.config)

    def block(self, t: int) -> DenoisingBlock:
        """Return block t of 1 .. T, which takes z_{t-1} to z_t."""
        block = self.network.blocks[t - 1]
        assert isinstance(block, DenoisingBlock)
        return block

    def clean_estimate(self, logits_BK: Tensor) -> Tensor:
        """Return û = softmax(logits) W, a convex combination of the class embeddings."""
        return logits_BK.softmax(dim=1) @ self.network.embedding_KD

    def pure_noise(self, batch: int, generator: torch.Generator) -> Tensor:
        """Draw z_0 ~ N(0, I)."""
        dimension = self.network.embedding_KD.shape[1]
        return torch.randn(batch, dimension, device=self.device, generator=generator)

    def encode(self, x_BCHW: Tensor) -> list[Tensor]:
        """Return every block's image features: no z enters them."""
        blocks = (self.block(t) for t in range(1, self.timesteps + 1))
        return [block.image_path(x_BCHW) for block in blocks]
