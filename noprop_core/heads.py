"""From a latent state to class probabilities: softmax of a linear head, or radial.

Shapes: `B` batch, `K` classes, `D` embedding. Equation numbers: arXiv 2503.24322 v1.
"""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from noprop_core.embeddings import Embedding
from noprop_core.options import Options


class HeadConfig(Options):
    """How the head starts and what its output means; use the same for methods compared."""

    start: Literal["embedding", "default"] = Field(
        "embedding",
        description="embedding: the head starts as the classifier by nearest embedding (with "
        "one-hot a scaled identity); default: torch's start, with which blocks and head of "
        "`backprop` can settle on an assignment that maps several classes to one vertex",
    )
    scale: float = Field(5.0, gt=0, description="scale of the start `embedding`")
    probabilities: Literal["softmax", "radial"] = Field(
        "softmax",
        description="softmax of the head (Eq. 14), or radial: by the distance of its mixture of "
        "embeddings to each of them (Eq. 15-16)",
    )
    sigma: float = Field(
        0.25, gt=0, description="σ of Eq. 16, as a multiple of the embeddings' rms norm at start"
    )


class Head(nn.Module):
    """A linear layer `D -> K`, and the reading of its output as class probabilities."""

    def __init__(self, config: HeadConfig, embedding: Embedding) -> None:
        """Build the head over states of `embedding`'s dimension."""
        super().__init__()
        weight_KD = embedding.weight_KD.detach()
        classes, dimension = weight_KD.shape
        self.radial = config.probabilities == "radial"
        self.linear = nn.Linear(dimension, classes)
        norms_K = weight_KD.square().sum(dim=1)
        if config.start == "embedding":
            # scale · (⟨u_k, z⟩ - ‖u_k‖²/2) over the mean square norm: largest at the nearest u_k.
            with torch.no_grad():
                self.linear.weight.copy_(config.scale / norms_K.mean() * weight_KD)
                self.linear.bias.copy_(config.scale / 2 * (1 - norms_K / norms_K.mean()))
        self.precision = float(1 / (config.sigma * config.sigma * norms_K.mean()))

    def forward(self, z_BD: Tensor, embedding: Embedding) -> Tensor:
        """Return `(B, K)`: log-probabilities of the classes, up to a constant per row."""
        logits_BK: Tensor = self.linear(z_BD)
        if not self.radial:
            return logits_BK
        return embedding.closeness(embedding.mix(logits_BK.softmax(dim=1))) * self.precision
