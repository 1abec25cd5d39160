"""The network that `noprop-dt` and `backprop` share: T denoising blocks and a linear head.

Both methods of that comparison build exactly this, from the same stream, so with equal seeds they
start from equal weights. Shapes: `z_BD` latent state, `u_BD` embedding of the label.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from noprop_core.embeddings import Embedding, EmbeddingConfig
from noprop_core.facts import PADDING
from noprop_core.heads import Head, HeadConfig
from noprop_core.image_path import ImagePathConfig
from noprop_core.method import Method
from noprop_core.networks import DenoisingBlock


class ChainConfig(ImagePathConfig):
    """Options of the chain; use the same for both methods of a comparison."""

    embedding: EmbeddingConfig = EmbeddingConfig()
    head: HeadConfig = HeadConfig()


class Chain(nn.Module):
    """T blocks, the class embeddings, and the head over their states."""

    def __init__(self, blocks: Sequence[DenoisingBlock], embedding: Embedding, head: Head) -> None:
        """Join `blocks` under one head."""
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.embedding = embedding
        self.head = head


class ChainMethod(Method):
    """What the methods over a `Chain` have in common."""

    networks = "T blocks of Fig. 6 (discrete time), a linear head, class embeddings W"
    learns_embeddings = True
    Config = ChainConfig
    config: ChainConfig
    network: Chain

    def build(self) -> Chain:
        """Build T blocks, each with its own stream of dropout masks, and the head."""
        embedding = Embedding(self.config.embedding, self.task)
        self.block_noise = [self.stream(f"block {t}") for t in range(1, self.timesteps + 1)]
        self.denoising = [
            DenoisingBlock(
                self.image_shape, embedding.latent_shape, self.classes, self.config, generator
            )
            for generator in self.block_noise
        ]
        return Chain(self.denoising, embedding, Head(self.config.head, embedding))

    def block(self, t: int) -> DenoisingBlock:
        """Return block t of 1 .. T, which takes z_{t-1} to z_t."""
        return self.denoising[t - 1]

    def blocks(self) -> list[list[Tensor]]:
        """Return the weights of blocks 1 .. T."""
        return [list(block.parameters()) for block in self.network.blocks]

    def clean_estimate(self, logits_BK: Tensor) -> Tensor:
        """Return û = softmax(logits) W, a convex combination of the class embeddings."""
        return self.network.embedding.mix(logits_BK.softmax(dim=1))

    def class_logits(self, z_BD: Tensor) -> Tensor:
        """Return the head's `(B, K)` log-probabilities of the classes, up to a constant."""
        logits_BK: Tensor = self.network.head(z_BD, self.network.embedding)
        return logits_BK

    def block_logits(self, t: int, features_BF: Tensor, z_BD: Tensor) -> Tensor:
        """Return what block t says `(B, K)` of image features and a noised label."""
        return self.block(t).logits(features_BF, z_BD)

    def pure_noise(self, batch: int, generator: torch.Generator) -> Tensor:
        """Draw z_0 ~ N(0, I)."""
        dimension = self.network.embedding.dimension
        return torch.randn(batch, dimension, device=self.device, generator=generator)

    def facts(self) -> Mapping[str, float | str]:
        """Return what `auto` padding came to, and how far apart trained embeddings lie."""
        padding = self.block(1).image_path.padding
        return {PADDING: padding, **self.network.embedding.facts()}

    def encode(self, x_BCHW: Tensor) -> list[Tensor]:
        """Return every block's image features: no z enters them."""
        blocks = (self.block(t) for t in range(1, self.timesteps + 1))
        return [block.image_path(x_BCHW) for block in blocks]
