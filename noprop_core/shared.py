"""The original comparison script's network: one shared CNN, T denoising MLPs.

`noprop-shared` and `joint-shared` differ in where the gradient is cut; everything else is here:
networks, noising, sampler. Shapes: `h_BF` CNN features, `z_BK` noised one-hot
labels.
"""

from collections.abc import Mapping

import torch
from pydantic import Field
from torch import Tensor, nn

from noprop_core.descent import Descent, Descents
from noprop_core.errors import InvalidSetting
from noprop_core.image_path import scaled
from noprop_core.labels import one_hot
from noprop_core.method import Method, MethodConfig
from noprop_core.optimisation import OptimizerConfig
from noprop_core.schedules import ScheduleConfig, build_schedule

SMALLEST = 4
"""Pixels of which two max-pools of 2 leave one."""


class SharedConfig(MethodConfig):
    """Options of the original pair; use the same for both."""

    optimizer: OptimizerConfig = OptimizerConfig(name="adam", weight_decay=1e-5)
    schedule: ScheduleConfig = Field(
        ScheduleConfig(),
        description="the original's linspace(1, 0.1) per step shows its first MLP the clean label; "
        "a schedule with explicit ends stands in for it",
    )


class StackedLinear(nn.Module):
    """T independent linear layers, computed in one call."""

    def __init__(self, count: int, inputs: int, outputs: int) -> None:
        """Build `count` layers, each started as `nn.Linear` starts."""
        super().__init__()
        bound = inputs**-0.5
        self.weight_TIO = nn.Parameter(torch.empty(count, inputs, outputs).uniform_(-bound, bound))
        self.bias_T1O = nn.Parameter(torch.empty(count, 1, outputs).uniform_(-bound, bound))

    def forward(self, x_TBI: Tensor) -> Tensor:
        """Send row t of the input through layer t."""
        return torch.baddbmm(self.bias_T1O, x_TBI, self.weight_TIO)

    def one(self, t: int, x_BI: Tensor) -> Tensor:
        """Send an input through layer t of 1 .. T alone."""
        return torch.addmm(self.bias_T1O[t - 1], x_BI, self.weight_TIO[t - 1])


class DenoisingMLPs(nn.Module):
    """T MLPs: CNN features and noised label -> estimate of the clean one-hot label.

    They share no weight and no loss, so they can be computed side by side: on tensors this small,
    one after the other is mostly waiting.
    """

    def __init__(self, timesteps: int, features: int, classes: int, hidden: int) -> None:
        """Build two layers with `hidden` units between them, T times."""
        super().__init__()
        self.first = StackedLinear(timesteps, features + classes, hidden)
        self.second = StackedLinear(timesteps, hidden, classes)

    def forward(self, h_BF: Tensor, z_TBK: Tensor) -> Tensor:
        """Return every MLP's estimate, `(T, B, K)`, of its own row of `z_TBK`."""
        h_TBF = h_BF.expand(len(z_TBK), *h_BF.shape)
        hidden_TBH = self.first(torch.cat((h_TBF, z_TBK), dim=2)).relu_()
        estimate_TBK: Tensor = self.second(hidden_TBH)
        return estimate_TBK

    def one(self, t: int, h_BF: Tensor, z_BK: Tensor) -> Tensor:
        """Return the estimate `(B, K)` of MLP t of 1 .. T."""
        hidden_BH = self.first.one(t, torch.cat((h_BF, z_BK), dim=1)).relu_()
        return self.second.one(t, hidden_BH)


class SharedNetwork(nn.Module):
    """One CNN over the images and T MLPs over its features."""

    def __init__(
        self, image_shape: tuple[int, int, int], classes: int, timesteps: int, width: float
    ) -> None:
        """Build for images of `image_shape` (C, H, W); raises `InvalidSetting` for too small ones.

        Maximum and ReLU commute, exactly and in their gradients; pooling first leaves ReLU a
        quarter of the values.
        """
        super().__init__()
        channels, height, breadth = image_shape
        if min(height, breadth) < SMALLEST:
            raise InvalidSetting(
                f"images of {height}x{breadth} pixels are too small: two max-pools need "
                f"{SMALLEST}x{SMALLEST} at least"
            )
        first, second, features = (scaled(size, width) for size in (32, 64, 128))
        self.cnn = nn.Sequential(
            nn.Conv2d(channels, first, 3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(inplace=True),
            nn.Conv2d(first, second, 3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(inplace=True),
            nn.Flatten(),
            nn.Linear(second * (height // 4) * (breadth // 4), features),
            nn.ReLU(inplace=True),
        )
        self.mlps = DenoisingMLPs(timesteps, features, classes, hidden=features)


class SharedMethod(Method):
    """What both methods of the original pair have in common."""

    networks = "one CNN of two convolutions and a dense layer, T MLPs of two layers"
    deterministic_inference = False
    Config = SharedConfig
    config: SharedConfig
    network: SharedNetwork

    def build(self) -> SharedNetwork:
        """Build the CNN and T MLPs."""
        return SharedNetwork(self.image_shape, self.classes, self.timesteps, self.config.width)

    def prepare(self) -> None:
        """Build the schedule and one optimiser: Adam's step is elementwise, so one is as many."""
        super().prepare()
        self.schedule = build_schedule(self.config.schedule, self.timesteps)
        levels = self.schedule.alpha_bar[:-1].to(self.device, torch.float32).reshape(-1, 1, 1)
        self.signal_T11, self.noise_T11 = levels.sqrt(), (1 - levels).sqrt()

    def blocks(self) -> list[list[Tensor]]:
        """Return the weights of the MLPs 1 .. T; the CNN under them is common to all."""
        stacked = list(self.network.mlps.parameters())
        return [[weight[t] for weight in stacked] for t in range(self.timesteps)]

    def noised_labels(self, y_B: Tensor) -> tuple[Tensor, Tensor]:
        """Return one-hot labels `u_BK` and every MLP's input `z_TBK`, drawn from q(z_{t-1} | y)."""
        u_BK = one_hot(y_B, self.classes)
        noise_TBK = torch.randn(
            (self.timesteps, *u_BK.shape), device=self.device, generator=self.noise
        )
        return u_BK, self.signal_T11 * u_BK + self.noise_T11 * noise_TBK

    def losses(self, h_BF: Tensor, u_BK: Tensor, z_TBK: Tensor) -> Tensor:
        """Return every MLP's squared error `(T,)`, a mean over batch and classes like the original.

        Loss t depends on the weights of MLP t and on the features, on no other MLP.
        """
        estimate_TBK: Tensor = self.network.mlps(h_BF, z_TBK)
        return (estimate_TBK - u_BK).square().mean(dim=(1, 2))

    @classmethod
    def stacks_seeds(cls, config: MethodConfig) -> bool:
        """They can: a step is one descent."""
        return True

    @property
    def descents(self) -> Descents:
        """Return the one descent of the sum of all losses.

        Loss t reaches MLP t and the CNN: where the gradient is cut, and added up again, it is the
        gradient of the sum.
        """
        return ((Descent(self.sum_of_losses, self.optimizers),),)

    def sum_of_losses(self, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
        """Return the sum of all MLPs' losses on one batch."""
        u_BK, z_TBK = self.noised_labels(y_B)
        return self.losses(self.network.cnn(x_BCHW), u_BK, z_TBK).sum()

    def encode(self, x_BCHW: Tensor) -> Tensor:
        """Return the CNN's features, computed once for all T steps."""
        h_BF: Tensor = self.network.cnn(x_BCHW)
        return h_BF

    def logits(self, encoded: Tensor, generator: torch.Generator) -> Tensor:
        """Return z_T, an estimate of the one-hot label, sampled by Eq. 3 at training's levels."""
        z_BK = torch.randn(len(encoded), self.classes, device=self.device, generator=generator)
        for t in range(1, self.timesteps + 1):
            a, b, noise = self.schedule.step(t)
            fresh_BK = torch.empty_like(z_BK).normal_(generator=generator)
            z_BK = a * self.network.mlps.one(t, encoded, z_BK) + b * z_BK + noise * fresh_BK
        return z_BK

    def controls(self, encoded: Tensor, generator: torch.Generator) -> Mapping[str, Tensor]:
        """Return what single MLPs say of pure noise, each by itself and all together."""
        shape = (self.timesteps, len(encoded), self.classes)
        z_TBK = torch.randn(shape, device=self.device, generator=generator)
        estimate_TBK: Tensor = self.network.mlps(encoded, z_TBK)
        return {
            "first block alone": estimate_TBK[0].argmax(dim=1),
            "last block alone": estimate_TBK[-1].argmax(dim=1),
            "ensemble of blocks": estimate_TBK.sum(dim=0).argmax(dim=1),
        }
