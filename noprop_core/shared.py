"""The original comparison script's network: one shared CNN, T denoising MLPs.

`noprop-shared` and `joint-shared` differ in nothing but when gradients are taken, so everything
else lives here: networks, noising, sampler. Shapes: `h_BF` CNN features, `z_BK` noised one-hot
labels.
"""

from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import mse_loss, one_hot

from noprop_core.method import Method, MethodConfig
from noprop_core.networks import scaled
from noprop_core.optimisation import OptimizerConfig
from noprop_core.schedules import ScheduleConfig, build_schedule


class SharedConfig(MethodConfig):
    """Options of the original pair; use the same for both."""

    optimizer: OptimizerConfig = OptimizerConfig(name="adam", weight_decay=1e-5)
    schedule: ScheduleConfig = Field(
        ScheduleConfig(),
        description="the original's linspace(1, 0.1) per step shows its first MLP the clean label; "
        "a schedule with explicit ends stands in for it",
    )


class DenoisingMLP(nn.Module):
    """CNN features and noised label -> estimate of the clean one-hot label `(B, K)`."""

    def __init__(self, features: int, classes: int, hidden: int) -> None:
        """Build two layers with `hidden` units between them."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(features + classes, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, classes)
        )

    def forward(self, h_BF: Tensor, z_BK: Tensor) -> Tensor:
        """Return the estimate û."""
        estimate_BK: Tensor = self.layers(torch.cat((h_BF, z_BK), dim=1))
        return estimate_BK


class SharedNetwork(nn.Module):
    """One CNN over the images and T MLPs over its features."""

    def __init__(
        self, image_shape: tuple[int, int, int], classes: int, timesteps: int, width: float
    ) -> None:
        """Build for images of `image_shape` (C, H, W)."""
        super().__init__()
        channels, height, breadth = image_shape
        first, second, features = (scaled(size, width) for size in (32, 64, 128))
        self.cnn = nn.Sequential(
            nn.Conv2d(channels, first, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(first, second, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(second * (height // 4) * (breadth // 4), features),
            nn.ReLU(inplace=True),
        )
        self.mlps = nn.ModuleList(
            DenoisingMLP(features, classes, features) for _ in range(timesteps)
        )


class SharedMethod(Method):
    """What both methods of the original pair have in common."""

    uses_timesteps = True
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

    def noised_labels(self, y_B: Tensor) -> tuple[Tensor, Tensor]:
        """Return one-hot labels `u_BK` and every MLP's input `z_TBK`, drawn from q(z_{t-1} | y)."""
        u_BK = one_hot(y_B, self.classes).to(torch.float32)
        noise_TBK = torch.randn(
            (self.timesteps, *u_BK.shape), device=self.device, generator=self.noise
        )
        return u_BK, self.signal_T11 * u_BK + self.noise_T11 * noise_TBK

    def mlp_loss(self, t: int, h_BF: Tensor, z_TBK: Tensor, u_BK: Tensor) -> Tensor:
        """Return MLP t's squared error (mean over batch and classes, as the original's)."""
        return mse_loss(self.network.mlps[t - 1](h_BF, z_TBK[t - 1]), u_BK)

    def encode(self, x_BCHW: Tensor) -> Tensor:
        """Return the CNN's features, computed once for all T steps."""
        h_BF: Tensor = self.network.cnn(x_BCHW)
        return h_BF

    def predict(self, encoded: Any, generator: torch.Generator) -> Tensor:
        """Return argmax z_T, z_T sampled by Eq. 3 at the noise levels of training."""
        z_BK = torch.randn(len(encoded), self.classes, device=self.device, generator=generator)
        for t, mlp in enumerate(self.network.mlps, start=1):
            a, b, noise = self.schedule.step(t)
            fresh_BK = torch.empty_like(z_BK).normal_(generator=generator)
            z_BK = a * mlp(encoded, z_BK) + b * z_BK + noise * fresh_BK
        return z_BK.argmax(dim=1)
