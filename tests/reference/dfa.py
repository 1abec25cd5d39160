"""Direct feedback alignment straight from arXiv 1609.01596: every gradient by hand, image by image.

`W[i]` (units x inputs) and `b[i]` of hidden layer i, `V` and `c` of the output layer, `B[i]`
(units x classes) the feedback matrices.
"""

import math

import torch
from torch import Tensor


def forward(
    W: list[Tensor], b: list[Tensor], V: Tensor, c: Tensor, x: Tensor
) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """Return sums a_i, activities h_0 = x .. h_L, and class probabilities of one image."""
    sums, activities = [], [x]
    for weights, bias in zip(W, b, strict=True):
        sums.append(weights @ activities[-1] + bias)
        activities.append(sums[-1] * (sums[-1] > 0))
    powers = torch.exp(V @ activities[-1] + c)
    return sums, activities, powers / powers.sum()


def gradients(
    W: list[Tensor],
    b: list[Tensor],
    V: Tensor,
    c: Tensor,
    B: list[Tensor],
    images: Tensor,
    labels: Tensor,
) -> tuple[float, list[Tensor]]:
    """Return the loss, and what stands for its gradient at W_1, b_1, .., V, c."""
    total = [torch.zeros_like(p) for pair in (*zip(W, b, strict=True), (V, c)) for p in pair]
    loss = 0.0
    for x, label in zip(images, labels.tolist(), strict=True):
        sums, activities, probabilities = forward(W, b, V, c, x.flatten())
        loss -= math.log(probabilities[label]) / len(images)
        e = probabilities.clone()
        e[label] -= 1
        deltas = [(B[i] @ e) * (sums[i] > 0) for i in range(len(W))] + [e]
        for i, delta in enumerate(deltas):
            total[2 * i] += torch.outer(delta, activities[i]) / len(images)
            total[2 * i + 1] += delta / len(images)
    return loss, total
