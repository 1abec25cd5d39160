"""Class embeddings: the matrix W whose row u_y stands for class y.

The paper has three kinds: the fixed identity; rows of d = 20 numbers, trained; and rows as large
as the image, trained from an image of each class. Shapes: `B` batch, `K` classes, `D` embedding.
"""

from typing import Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from noprop_core.datasets.task import Task
from noprop_core.facts import DISTANCE, DISTANCE_AT_START
from noprop_core.options import Options
from noprop_core.readability import smallest_distance

Start = Literal["random", "orthogonal", "prototype"]


class EmbeddingConfig(Options):
    """What the class embeddings are, and how trained ones start."""

    kind: Literal["one-hot", "learned", "prototype"] = Field(
        "one-hot",
        description="one-hot: W = I, fixed; learned: W of `dimension`, trained; prototype: W as "
        "large as the image, trained",
    )
    dimension: int = Field(20, ge=1, le=4096, description="d of `learned`; 20 in the paper")
    start: Literal["default", Start] = Field(
        "default",
        description="start of a trained W: random (standard normal), orthogonal, or prototype (an "
        "image of each class; kind `prototype` only). default: the kind's own",
    )

    @model_validator(mode="after")
    def _start_is_of_its_kind(self) -> Self:
        if self.kind == "one-hot" and self.start != "default":
            raise ValueError(
                f"start '{self.start}' does not fit kind 'one-hot', which is fixed; leave it at "
                "'default'"
            )
        if self.kind == "learned" and self.start == "prototype":
            raise ValueError(
                "start 'prototype' is an image and needs kind 'prototype'; 'learned' starts "
                "'random' or 'orthogonal'"
            )
        return self


class Embedding(nn.Module):
    """The embedding matrix W (K x D): a parameter if it is trained, else a buffer."""

    weight_KD: Tensor

    def __init__(self, config: EmbeddingConfig, task: Task) -> None:
        """Build W for `task`."""
        super().__init__()
        self.trained = config.kind != "one-hot"
        self.latent_shape: tuple[int, ...]
        """Shape of one latent state z: (D,), or the image's (C, H, W)."""
        if config.kind == "prototype":
            self.latent_shape = task.image_shape
        else:
            self.latent_shape = (config.dimension if self.trained else task.classes,)
        weight_KD = _start_of(config, task, torch.Size(self.latent_shape).numel())
        if self.trained:
            self.distance_at_start = smallest_distance(weight_KD)
            self.weight_KD = nn.Parameter(weight_KD)
        else:
            self.register_buffer("weight_KD", weight_KD)

    def facts(self) -> dict[str, float | str]:
        """Return the smallest distance between two classes' embeddings, at the start and now.

        Trained embeddings can fall together, for a loss that rewards it. Empty for a fixed W.
        """
        if not self.trained:
            return {}
        return {
            DISTANCE_AT_START: self.distance_at_start,
            DISTANCE: smallest_distance(self.weight_KD),
        }

    @property
    def dimension(self) -> int:
        """D, the numbers in one embedding."""
        return self.weight_KD.shape[1]

    def forward(self, y_B: Tensor) -> Tensor:
        """Return the labels' embeddings `u_BD`."""
        return nn.functional.embedding(y_B, self.weight_KD)

    def mix(self, weights_BK: Tensor) -> Tensor:
        """Return sums `(B, D)` of the embeddings, weighted by `weights_BK`."""
        return weights_BK @ self.weight_KD if self.trained else weights_BK

    def closeness(self, z_BD: Tensor) -> Tensor:
        """Return `(B, K)`: -‖z - u_k‖² / 2, up to a term that is the same for every class."""
        return z_BD @ self.weight_KD.T - self.weight_KD.square().sum(dim=1) / 2


def _start_of(config: EmbeddingConfig, task: Task, dimension: int) -> Tensor:
    own: dict[str, Start] = {"learned": "orthogonal", "prototype": "prototype"}
    shape = (task.classes, dimension)
    if config.kind == "one-hot":
        return torch.eye(task.classes)
    start = own[config.kind] if config.start == "default" else config.start
    if start == "random":
        return torch.randn(shape)
    if start == "orthogonal":
        # Rows are orthonormal where d allows, else columns: "where possible", says the paper.
        return nn.init.orthogonal_(torch.empty(shape))
    return task.class_prototypes.to("cpu", copy=True)
