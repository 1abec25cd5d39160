"""NoProp-DT straight from the equations of arXiv 2503.24322 v1: slow, readable, no sharing.

Everything is spelled out for one batch and one block at a time, in the paper's notation: ᾱ as a
list, Eq. 6 for the noise, Eq. 8 for the loss, Eq. 3 for the sampler. Used to check the fast path.
"""

import math

import torch
from torch import Tensor, nn


def cosine_levels(timesteps: int, first: float, last: float, offset: float) -> list[float]:
    """Return ᾱ_0 .. ᾱ_T: Nichol & Dhariwal's cosine, stretched to the two ends."""

    def form(t: int) -> float:
        return math.cos((1 - t / timesteps + offset) / (1 + offset) * math.pi / 2) ** 2

    low, high = form(0), form(timesteps)
    return [first + (last - first) * (form(t) - low) / (high - low) for t in range(timesteps + 1)]


def snr(level: float) -> float:
    """Return SNR = ᾱ / (1 - ᾱ)."""
    return level / (1 - level)


def block_loss(
    t: int,
    levels: list[float],
    eta: float,
    block: nn.Module,
    head: nn.Module,
    images: Tensor,
    labels: Tensor,
    noise_before: Tensor,
    noise_last: Tensor,
    embeddings: Tensor,
) -> Tensor:
    """Return the loss of block t on one batch (Eq. 8), given the two draws of noise it needs."""
    timesteps, dimension = len(levels) - 1, noise_before.shape[1]
    u = torch.stack([embeddings[label] for label in labels.tolist()])
    z_before = math.sqrt(levels[t - 1]) * u + math.sqrt(1 - levels[t - 1]) * noise_before
    z_last = math.sqrt(levels[-1]) * u + math.sqrt(1 - levels[-1]) * noise_last

    probabilities = torch.softmax(block(images, z_before), dim=1)
    estimate = sum(probabilities[:, [k]] * row for k, row in enumerate(embeddings))
    squared_norm = sum(((estimate[row] - u[row]) ** 2).sum() for row in range(len(labels)))
    denoising = squared_norm / len(labels)

    log_probabilities = torch.log_softmax(head(z_last), dim=1)
    cross_entropy = -sum(
        log_probabilities[row, label] for row, label in enumerate(labels.tolist())
    ) / len(labels)
    norms = [(u[row] ** 2).sum() for row in range(len(labels))]
    kl = sum(
        0.5 * (levels[0] * n - dimension * levels[0] - dimension * math.log(1 - levels[0]))
        for n in norms
    ) / len(labels)
    weight = timesteps / 2 * eta * (snr(levels[t]) - snr(levels[t - 1]))
    return cross_entropy + kl + weight * denoising


def sampler_step(
    t: int, levels: list[float], estimate: Tensor, z_before: Tensor, noise: Tensor
) -> Tensor:
    """Return z_t from z_{t-1} and û_t (Eq. 3), α_{t-1} = ᾱ_{t-1} / ᾱ_t."""
    alpha = levels[t - 1] / levels[t]
    a = math.sqrt(levels[t]) * (1 - alpha) / (1 - levels[t - 1])
    b = math.sqrt(alpha) * (1 - levels[t]) / (1 - levels[t - 1])
    c = (1 - levels[t]) * (1 - alpha) / (1 - levels[t - 1])
    return a * estimate + b * z_before + math.sqrt(c) * noise


class PlainAdamW:
    """AdamW as Loshchilov & Hutter 2019 write it, one parameter at a time."""

    def __init__(self, parameters: list[nn.Parameter], rate: float, decay: float) -> None:
        self.parameters, self.rate, self.decay = parameters, rate, decay
        self.first = [torch.zeros_like(p) for p in parameters]
        self.second = [torch.zeros_like(p) for p in parameters]
        self.steps = 0

    @torch.no_grad()
    def step(self, gradients: list[Tensor]) -> None:
        """Take one step down `gradients`."""
        self.steps += 1
        for p, g, m, v in zip(self.parameters, gradients, self.first, self.second, strict=True):
            p.mul_(1 - self.rate * self.decay)
            m.mul_(0.9).add_(g, alpha=0.1)
            v.mul_(0.999).addcmul_(g, g, value=0.001)
            m_hat = m / (1 - 0.9**self.steps)
            v_hat = v / (1 - 0.999**self.steps)
            p.sub_(self.rate * m_hat / (v_hat.sqrt() + 1e-8))
