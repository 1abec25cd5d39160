"""The fully connected ReLU network that the rivals native to it share with their baseline.

All of them build the hidden layers first and from the same stream, so with equal seeds they start
from equal hidden weights. Shapes: `P` pixels of an image, `U` units of a hidden layer.
"""

from itertools import pairwise
from math import prod

from pydantic import Field
from torch import Tensor, nn

from noprop_core.image_path import scaled
from noprop_core.method import MethodConfig


class PerceptronConfig(MethodConfig):
    """Options of the network; use the same for methods that are compared."""

    layers: int = Field(
        3,
        ge=1,
        description="hidden layers; 3 as in the MLPs of the code of Nøkland & Eidnes 2019",
    )
    units: int = Field(
        800,
        ge=1,
        description="units per hidden layer at width 1; 800 as in the code of Nøkland 2016",
    )


class Perceptron(nn.Module):
    """Hidden ReLU layers, and linear heads `U -> K` over them."""

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        classes: int,
        config: PerceptronConfig,
        *,
        heads: int,
        bias: bool = True,
    ) -> None:
        """Build for images of `image_shape` (C, H, W) with so many heads, with or without bias."""
        super().__init__()
        self.units = scaled(config.units, config.width)
        self.pixels = prod(image_shape)
        sizes = [self.pixels] + [self.units] * config.layers
        self.hidden = nn.ModuleList(nn.Linear(size, next_) for size, next_ in pairwise(sizes))
        self.heads = nn.ModuleList(nn.Linear(self.units, classes, bias=bias) for _ in range(heads))

    def activities(self, x_BCHW: Tensor) -> list[Tensor]:
        """Return the flattened images `(B, P)` and what each hidden layer makes of them `(B, U)`.

        Gradients pass from layer to layer.
        """
        activities = [x_BCHW.flatten(1)]
        for layer in self.hidden:
            activities.append(layer(activities[-1]).relu_())
        return activities

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return the last head's `(B, K)` logits."""
        logits_BK: Tensor = self.heads[-1](self.activities(x_BCHW)[-1])
        return logits_BK
