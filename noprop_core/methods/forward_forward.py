"""Forward-Forward: each layer learns to tell an image with its label from one with a wrong label.

Shapes: `P` pixels, `U` units of a hidden layer, `S` = 2B images, each once with either label.
"""

from collections.abc import Iterator
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import linear, softplus

from noprop_core.errors import InvalidSetting
from noprop_core.labels import one_hot
from noprop_core.layerwise import LayerwiseMethod
from noprop_core.perceptron import Perceptron, PerceptronConfig
from noprop_core.search import Range, Space

TINY = 1e-8
"""Keeps the length of an activity that is all zero from being divided by."""


class ForwardForwardConfig(PerceptronConfig):
    """Options of `forward-forward`."""

    searched: ClassVar[Space] = {
        "threshold": Range(low=0.03, high=1.0, log=True),
        "label_value": Range(low=3.0, high=30.0, log=True),
    }

    goodness: Literal["sum", "mean"] = Field(
        "sum", description="of the squared activities, over the units of a layer"
    )
    threshold: float = Field(
        0.1,
        ge=0,
        description="goodness per unit that separates true from wrong labels: θ is this times the "
        "units for `sum`. 0.1 is a little below where layers start (1/6), so that both kinds of "
        "label teach from the first step on; chosen on validation images of MNIST",
    )
    label_value: float = Field(
        10.0,
        gt=0,
        description="the pixel of the label, in standard deviations of the data's pixels; the "
        "other K - 1 are 0. The brightest pixel of MNIST, the paper's value, is 3; 10 learns in "
        "fewer epochs; chosen on validation images of MNIST",
    )


class ForwardForward(LayerwiseMethod):
    """Logistic loss of goodness - θ per layer; true labels positive, wrong ones negative."""

    name = "forward-forward"
    title = "Forward-Forward: goodness of each layer, high for true and low for wrong labels"
    source = "Hinton 2022 (arXiv 2212.13345), supervised learning with labels in the input"
    networks = "hidden ReLU layers without a head"
    exact = (
        "each layer's loss and its gradient, against a plain reference",
        "a layer's update depends on no later layer, bit for bit",
        "wrong labels are uniform and never the true one",
        "the goodness of all but the first layer decides (of a single layer: its own)",
    )
    deviations = (
        "Units per layer are those of the other MLPs here, for a matched comparison; "
        "reimplementations of the author's code take 3 layers of 1,000.",
        "Pixels have zero mean and unit variance, as for every method here.",
        "No pull of each unit's mean activity towards that of its layer (peer normalisation), "
        "which reimplementations of the author's code add.",
        "The optimiser's defaults are those of this benchmark.",
        "Wrong labels are drawn uniformly, not by how plausible the network finds them.",
    )
    left_open = {
        "threshold": "θ for this experiment; the reimplementation "
        "github.com/loeweX/Forward-Forward takes 1 per unit",
        "label_value": "the label's size where pixels are normalised to zero mean",
    }
    uses_timesteps = False
    replayable = True
    Config = ForwardForwardConfig
    config: ForwardForwardConfig
    network: Perceptron

    def build(self) -> Perceptron:
        """Build the hidden layers. Raises `InvalidSetting` if the label does not fit the image."""
        network = Perceptron(self.image_shape, self.classes, self.config, heads=0)
        if network.pixels < self.classes:
            raise InvalidSetting(
                f"{self.name} writes the label over the first {self.classes} pixels; images of "
                f"{self.task.name} have {network.pixels}"
            )
        return network

    def layer_losses(self, x_BCHW: Tensor, y_B: Tensor) -> Iterator[Tensor]:
        """Yield each layer's logistic loss, a mean over true and wrong labels."""
        labels_S = torch.cat((y_B, self.wrong_labels(y_B)))
        drive_BU, label_B1 = self.image_drive(x_BCHW)
        labels_SK = one_hot(labels_S, self.classes) * label_B1.repeat(2, 1)
        drive_SU = torch.addmm(drive_BU.repeat(2, 1), labels_SK, self.label_weights.T)
        for a_SU in self.activities(drive_SU):
            true_B, wrong_B = self.log_odds(a_SU).chunk(2)
            yield (softplus(-true_B) + softplus(wrong_B)).mean() / 2

    def layer_scores(self, x_BCHW: Tensor) -> list[Tensor]:
        """Return each layer's goodness with every label in turn.

        The image's part of the first layer is the same for all labels, and computed once.
        """
        drive_BU, label_B1 = self.image_drive(x_BCHW)
        scores_KL = [
            [self.log_odds(a_BU) for a_BU in self.activities(drive_BU + label_B1 * weights_U)]
            for weights_U in self.label_weights.T
        ]
        return [torch.stack(scores_K, dim=1) for scores_K in zip(*scores_KL, strict=True)]

    def layers_that_count(self, encoded: list[Tensor]) -> list[Tensor]:
        """Return the goodness of all layers but the first, unless it is the only one."""
        return encoded[1:] or encoded

    def wrong_labels(self, y_B: Tensor) -> Tensor:
        """Draw a label for each image, uniformly from those that are not `y_B`."""
        shift_B = torch.empty_like(y_B).random_(1, self.classes, generator=self.noise)
        return (y_B + shift_B) % self.classes

    @property
    def label_weights(self) -> Tensor:
        """The first layer's weights `(U, K)` at the pixels where the label is written."""
        return self.network.hidden[0].get_parameter("weight")[:, : self.classes]

    def image_drive(self, x_BCHW: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the first layer gets from the images, and the label's pixel.

        That is `(B, U)` before the label's part and the ReLU, and `(B, 1)`. The input's length,
        to which both are scaled, is the same whichever pixel carries the label.
        """
        rest_BP = x_BCHW.flatten(1)[:, self.classes :]
        label = self.config.label_value
        # A product, for a power of Python's raises where a number is too large.
        square_B1 = rest_BP.square().sum(dim=1, keepdim=True) + label * label
        scale_B1 = (square_B1 / self.network.pixels).rsqrt()
        first = self.network.hidden[0]
        weights_UP = first.get_parameter("weight")[:, self.classes :]
        drive_BU = linear(rest_BP * scale_B1, weights_UP, first.get_parameter("bias"))
        return drive_BU, scale_B1 * label

    def activities(self, drive_NU: Tensor) -> Iterator[Tensor]:
        """Yield every layer's activity `(N, U)`, the first from `drive_NU`; no graph spans two."""
        a_NU = drive_NU.relu()
        yield a_NU
        for layer in self.network.hidden[1:]:
            a_NU = layer(normalised(a_NU.detach())).relu_()
            yield a_NU

    def log_odds(self, a_NU: Tensor) -> Tensor:
        """Return goodness - θ `(N,)`, the log-odds that the label is the true one."""
        excess_N = a_NU.square().mean(dim=1) - self.config.threshold
        return excess_N * self.network.units if self.config.goodness == "sum" else excess_N

    def blocks(self) -> list[list[Tensor]]:
        """Return the weights of the hidden layers."""
        return [list(layer.parameters()) for layer in self.network.hidden]


def normalised(a_NU: Tensor) -> Tensor:
    """Return each row with a root mean square of 1: its direction alone, without its goodness."""
    length_N1 = a_NU.square().mean(dim=1, keepdim=True).sqrt()
    return a_NU / (length_N1 + TINY)
