"""The paper's chain (Eq. 17-19), spelled out: slow, readable."""

import torch
from torch import Tensor, nn


def chain_loss(
    blocks: list[nn.Module],
    head: nn.Module,
    gates: Tensor,
    images: Tensor,
    labels: Tensor,
    noise: Tensor,
    embeddings: Tensor,
) -> Tensor:
    """Return the cross-entropy of head(z_T), z_0 = `noise`, a_t = tanh(w_t)."""
    z = noise
    for block, w in zip(blocks, gates, strict=True):
        a = (torch.exp(w) - torch.exp(-w)) / (torch.exp(w) + torch.exp(-w))
        estimate = torch.softmax(block(images, z), dim=1) @ embeddings
        z = (1 - a) * z + a * estimate
    log_probabilities = torch.log_softmax(head(z), dim=1)
    picked = [log_probabilities[row, label] for row, label in enumerate(labels.tolist())]
    return -torch.stack(picked).mean()
