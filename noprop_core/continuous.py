"""The network of the continuous-time methods: one for all times t (Fig. 6, continuous time).

Shapes: `B` batch, `D` embedding, `K` classes, `J` joined features; `t_B` times in [0, 1].
"""

import math
from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from noprop_core.embeddings import Embedding, EmbeddingConfig
from noprop_core.facts import PADDING
from noprop_core.flow import Solver, euler, integrate
from noprop_core.heads import Head, HeadConfig
from noprop_core.image_path import ImagePath, ImagePathConfig, scaled
from noprop_core.many_times import ManyTimes
from noprop_core.method import Method
from noprop_core.networks import LabelAsImage
from noprop_core.optimisation import OptimizerConfig

POSITIONS = 64
"""Size of the positional embedding of t (Fig. 6)."""
TIME_SCALE = 1000.0
"""Times are multiplied by this, so that [0, 1] spans what positions of a text would (Vaswani et
al. 2017 count from 0 in steps of 1; Fig. 6 does not say)."""


class ContinuousConfig(ImagePathConfig):
    """Options of the continuous-time methods."""

    optimizer: OptimizerConfig = OptimizerConfig(name="adam")
    embedding: EmbeddingConfig = EmbeddingConfig()
    head: HeadConfig = HeadConfig()


class TimePath(nn.Module):
    """Time -> features: `t_B` -> `(B, F)`; sines and cosines, a linear layer, ReLU."""

    frequencies: Tensor

    def __init__(self, features: int) -> None:
        """Build for `features` F."""
        super().__init__()
        rates = torch.arange(POSITIONS // 2) * (-math.log(10_000.0) / (POSITIONS // 2))
        self.register_buffer("frequencies", TIME_SCALE * rates.exp())
        self.linear = nn.Linear(POSITIONS, features)

    def forward(self, t_B: Tensor) -> Tensor:
        """Return features of the times."""
        angles = t_B.reshape(-1, 1) * self.frequencies
        return relu(self.linear(torch.cat((angles.sin(), angles.cos()), dim=1)))


class Denoiser(nn.Module):
    """Image, noised label and time -> `(B, K)` logits.

    Fig. 6 joins three paths by a linear layer over their concatenation. That is a sum of three
    linear layers, so the image's share is computed once per image, however many (z, t) follow.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_shape: tuple[int, ...],
        classes: int,
        config: ImagePathConfig,
        generator: torch.Generator,
    ) -> None:
        """Build for states of `latent_shape`, (D,) or (C, H, W), and `classes` K."""
        super().__init__()
        features, joined, narrowed = (scaled(size, config.width) for size in (256, 256, 128))
        self.image_path = ImagePath(image_shape, config, generator, batch_norm=False)
        if len(latent_shape) == 1:
            self.label_path: nn.Module = nn.Sequential(
                nn.Linear(latent_shape[0], features), nn.ReLU()
            )
        else:
            path = ImagePath(image_shape, config, generator, batch_norm=False)
            self.label_path = LabelAsImage(path, latent_shape)
        self.time_path = TimePath(features)
        # Started as the one layer over all three would be.
        bound = (3 * features) ** -0.5
        self.from_image = nn.Linear(features, joined)
        self.from_label = nn.Linear(features, joined, bias=False)
        self.from_time = nn.Linear(features, joined, bias=False)
        for parameter in (
            *self.from_image.parameters(),
            *self.from_label.parameters(),
            *self.from_time.parameters(),
        ):
            nn.init.uniform_(parameter, -bound, bound)
        self.rest = nn.Sequential(
            nn.ReLU(), nn.Linear(joined, narrowed), nn.ReLU(), nn.Linear(narrowed, classes)
        )

    def project(self, x_BCHW: Tensor) -> Tensor:
        """Return the images' share `(B, J)` of the joined layer; neither z nor t enters it."""
        projected_BJ: Tensor = self.from_image(self.image_path(x_BCHW))
        return projected_BJ

    def logits(self, projected_BJ: Tensor, z_BD: Tensor, t_B: Tensor) -> Tensor:
        """Return logits from the images' share, states, and times: one each, or one for all."""
        label_BJ = self.from_label(self.label_path(z_BD))
        time_BJ = self.from_time(self.time_path(t_B))
        logits_BK: Tensor = self.rest(projected_BJ + label_BJ + time_BJ)
        return logits_BK

    def forward(self, x_BCHW: Tensor, z_BD: Tensor, t_B: Tensor) -> Tensor:
        """Return logits from images, states and times."""
        return self.logits(self.project(x_BCHW), z_BD, t_B)


class ContinuousNetwork(nn.Module):
    """The denoiser, the class embeddings, and a linear head where the method has one."""

    def __init__(self, denoiser: Denoiser, embedding: Embedding, head: Head | None) -> None:
        """Join the parts."""
        super().__init__()
        self.denoiser, self.embedding, self.head = denoiser, embedding, head


class ContinuousMethod(Method):
    """What the continuous-time methods have in common."""

    networks = "one network of Fig. 6 (continuous time) for all t, class embeddings W"
    independent_blocks = False
    deterministic_inference = False
    Config = ContinuousConfig
    config: ContinuousConfig
    network: ContinuousNetwork

    def build(self) -> ContinuousNetwork:
        """Build the network, with a head if `has_head`."""
        embedding = Embedding(self.config.embedding, self.task)
        denoiser = Denoiser(
            self.image_shape, embedding.latent_shape, self.classes, self.config, self.noise
        )
        head = Head(self.config.head, embedding) if self.has_head else None
        return ContinuousNetwork(denoiser, embedding, head)

    @property
    def has_head(self) -> bool:
        """Whether a linear head reads the class off a state."""
        return True

    def class_logits(self, z_BD: Tensor) -> Tensor:
        """Return the head's `(B, K)` log-probabilities of the classes, up to a constant."""
        assert self.network.head is not None
        logits_BK: Tensor = self.network.head(z_BD, self.network.embedding)
        return logits_BK

    def times(self, batch: int) -> Tensor:
        """Draw t ~ U(0, 1), one per image, `(B,)`."""
        return torch.rand(batch, device=self.device, generator=self.noise)

    def pure_noise(self, batch: int, generator: torch.Generator) -> Tensor:
        """Draw z_0 ~ N(0, I)."""
        dimension = self.network.embedding.dimension
        return torch.randn(batch, dimension, device=self.device, generator=generator)

    def at_times(self, projected_BJ: Tensor, t_S: Tensor) -> Callable[[int, Tensor], Tensor]:
        """Return what gives the network's logits `(B, K)` at `t_S[step]` of `(step, z_BD)`.

        For inference: no gradient passes.
        """
        return ManyTimes(self.network.denoiser, projected_BJ, t_S).logits

    def follow(self, z_BD: Tensor, projected_BJ: Tensor, solver: Solver, steps: int) -> Tensor:
        """Return the state at t = 1 from that at t = 0 in `steps` equal steps along v = logits W.

        For inference. Euler's steps make the host wait for nothing; the other solvers' do.
        """
        if solver != "euler":
            return integrate(partial(self.velocity, projected_BJ), z_BD, solver, steps)
        t_S = torch.linspace(0, 1, steps + 1, dtype=z_BD.dtype, device=z_BD.device)
        logits = self.at_times(projected_BJ, t_S[:-1])
        return euler(lambda step, z_BD: self.network.embedding.mix(logits(step, z_BD)), z_BD, t_S)

    def velocity(self, projected_BJ: Tensor, t: Tensor, z_BD: Tensor) -> Tensor:
        """Return v = logits W `(B, D)`, without softmax, at times `t`: one each, or one for all."""
        return self.network.embedding.mix(self.network.denoiser.logits(projected_BJ, z_BD, t))

    def facts(self) -> Mapping[str, float | str]:
        """Return what `auto` padding came to, and how far apart trained embeddings lie."""
        padding = self.network.denoiser.image_path.padding
        return {PADDING: padding, **self.network.embedding.facts()}

    def encode(self, x_BCHW: Tensor) -> Tensor:
        """Return the images' share of the joined layer, once for all steps and repeats."""
        return self.network.denoiser.project(x_BCHW)
