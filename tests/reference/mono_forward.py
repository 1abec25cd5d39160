"""Mono-Forward straight from arXiv 2501.09238: one layer at a time, in plain algebra.

`W[i]` (units x inputs) and `b[i]` of hidden layer i, `M[i]` (classes x units) its projection.
"""

import torch
from torch import Tensor


def goodness(W: list[Tensor], b: list[Tensor], M: list[Tensor], images: Tensor) -> list[Tensor]:
    """Return G_i = a_i M_iᵀ of every layer, with gradients to W_i, b_i and M_i alone."""
    a, scores = images.flatten(1), []
    for weights, bias, projection in zip(W, b, M, strict=True):
        inputs = a.clone().detach()
        a = torch.stack([torch.clamp(weights @ row + bias, min=0) for row in inputs])
        scores.append(torch.stack([projection @ row for row in a]))
    return scores


def losses(
    W: list[Tensor], b: list[Tensor], M: list[Tensor], images: Tensor, labels: Tensor
) -> list[Tensor]:
    """Return every layer's cross-entropy."""
    found = []
    for scores in goodness(W, b, M, images):
        shares = torch.exp(scores) / torch.exp(scores).sum(dim=1, keepdim=True)
        picked = [shares[row, label] for row, label in enumerate(labels.tolist())]
        found.append(-torch.log(torch.stack(picked)).mean())
    return found


def predict(
    W: list[Tensor], b: list[Tensor], M: list[Tensor], images: Tensor, which: str
) -> list[int]:
    """Return each image's class: by the sum of all layers' goodness, or by the last layer's."""
    scores = goodness(W, b, M, images)
    decisive = sum(scores) if which == "sum" else scores[-1]
    assert isinstance(decisive, Tensor)
    return [int(row.argmax()) for row in decisive]
