"""NoProp-CT, NoProp-FM and the neural ODE straight from the equations: slow, readable.

One network of Fig. 6 with its three paths concatenated; the derivative of SNR by autograd.
"""

import torch
from torch import Tensor, nn


def logits(denoiser: nn.Module, images: Tensor, z: Tensor, t: Tensor) -> Tensor:
    """Return the network's logits: three paths, concatenated, three dense layers."""
    angles = [t * 1000 * 10_000 ** (-i / 32) for i in range(32)]
    position = torch.stack([a.sin() for a in angles] + [a.cos() for a in angles], dim=1)
    time = torch.relu(denoiser.time_path.linear(position))
    joined = torch.cat((denoiser.image_path(images), denoiser.label_path(z), time), dim=1)
    parts = (denoiser.from_image, denoiser.from_label, denoiser.from_time)
    weight = torch.cat([part.weight for part in parts], dim=1)
    return denoiser.rest(joined @ weight.T + denoiser.from_image.bias)


def gamma(schedule: nn.Module, t: Tensor) -> Tensor:
    """Return γ(t) = γ_0 + (γ_1 - γ_0)(1 - γ̄(t)), γ̄ normalised to run from 0 to 1."""

    def two_layers(time: Tensor) -> Tensor:
        first = nn.functional.softplus(schedule.raw_first_H)
        if schedule.tanh:
            hidden = torch.tanh((time - 0.5) * first + schedule.bias_H)
        else:
            hidden = torch.sigmoid(time * first + schedule.bias_H)
        return (nn.functional.softplus(schedule.raw_second_H) * hidden).sum()

    zero, one = torch.zeros((), dtype=t.dtype), torch.ones((), dtype=t.dtype)
    low, high = two_layers(zero), two_layers(one)
    bar = torch.stack([(two_layers(time) - low) / (high - low) for time in t])
    return schedule.gamma_0 + (schedule.gamma_1 - schedule.gamma_0) * (1 - bar)


def ct_loss(
    network: nn.Module,
    eta: float,
    images: Tensor,
    labels: Tensor,
    t: Tensor,
    noise: Tensor,
    noise_last: Tensor,
) -> Tensor:
    """Return the loss of NoProp-CT (Eq. 9) on one batch, given its times and noise."""
    embeddings = network.embedding.weight_KD
    u = torch.stack([embeddings[label] for label in labels.tolist()])
    t = t.clone().requires_grad_()
    level = 1 / (1 + torch.exp(gamma(network.schedule, t)))
    snr = level / (1 - level)
    (slope,) = torch.autograd.grad(snr.sum(), t, create_graph=True)
    z = torch.sqrt(level)[:, None] * u + torch.sqrt(1 - level)[:, None] * noise
    estimate = torch.softmax(logits(network.denoiser, images, z, t.detach()), dim=1) @ embeddings
    error = ((estimate - u) ** 2).sum(dim=1)

    ends = gamma(network.schedule, torch.tensor([0.0, 1.0], dtype=t.dtype))
    first, last = 1 / (1 + torch.exp(ends))
    z_last = torch.sqrt(last) * u + torch.sqrt(1 - last) * noise_last
    cross_entropy = nn.functional.cross_entropy(network.head.linear(z_last), labels)
    d = u.shape[1]
    kl = 0.5 * (first * (u**2).sum(dim=1) - d * first - d * torch.log(1 - first)).mean()
    return cross_entropy + kl + (eta / 2 * slope * error).mean()


def fm_loss(
    network: nn.Module,
    sigma: float,
    images: Tensor,
    labels: Tensor,
    t: Tensor,
    z_0: Tensor,
    noise: Tensor | None,
) -> Tensor:
    """Return the loss of NoProp-FM on one batch; with the anchor where the network has a head."""
    embeddings = network.embedding.weight_KD
    z_1 = torch.stack([embeddings[label] for label in labels.tolist()])
    time = t[:, None]
    z = time * z_1 + (1 - time) * z_0
    if noise is not None:
        z = z + sigma * noise
    v = logits(network.denoiser, images, z, t) @ embeddings
    loss = ((v - (z_1 - z_0)) ** 2).sum(dim=1).mean()
    if network.head is not None:
        arrival = z + (1 - time) * v
        loss = loss + nn.functional.cross_entropy(network.head.linear(arrival), labels)
    return loss
