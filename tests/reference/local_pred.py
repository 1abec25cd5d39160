"""The local prediction loss straight from arXiv 1901.06656, over the layers of Fig. 6.

A layer is a weight matrix or a stack of filters; convolutions and averages are written out as
sums over shifted images, and dropout masks are handed in.
"""

import torch
from torch import Tensor


def convolve(images: Tensor, filters: Tensor, bias: Tensor) -> Tensor:
    """Return 3 x 3 convolutions of `images` (B, C, H, W), which keep their size."""
    batch, channels, height, width = images.shape
    padded = torch.zeros(batch, channels, height + 2, width + 2, dtype=images.dtype)
    padded[:, :, 1:-1, 1:-1] = images
    out = bias.reshape(1, -1, 1, 1).expand(batch, -1, height, width)
    for row in range(3):
        for column in range(3):
            shifted = padded[:, :, row : row + height, column : column + width]
            out = out + torch.einsum("oc,bchw->bohw", filters[:, :, row, column], shifted)
    return out


def largest_of_four(images: Tensor) -> Tensor:
    """Return the maximum of each 2 x 2 square."""
    corners = [images[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    return torch.stack(corners).amax(dim=0)


def averaged(images: Tensor, inputs: int) -> Tensor:
    """Return averages over windows twice as high, twice as wide by turns, until few enough."""
    windows = [1, 1]
    turn = 0
    while True:
        rows = torch.split(images, windows[0], dim=2)
        squares = [torch.split(row, windows[1], dim=3) for row in rows]
        count = images.shape[1] * len(squares) * len(squares[0])
        if count <= inputs:
            break
        windows[turn] *= 2
        turn = 1 - turn
    means = [torch.stack([s.mean(dim=(2, 3)) for s in row], dim=2) for row in squares]
    return torch.stack(means, dim=2)


def whitened(features: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
    """Return batch norm in training: this batch's mean and variance."""
    centred = features - features.mean(dim=0)
    variance = (centred**2).mean(dim=0)
    return centred / torch.sqrt(variance + 1e-5) * gain + shift


def activities(weights: dict[str, Tensor], images: Tensor, masks: list[Tensor]) -> list[Tensor]:
    """Return each layer's activities, every layer's input cut off from what made it."""
    first = torch.relu(convolve(images, weights["conv1"], weights["bias1"]))
    inputs = (largest_of_four(first) * masks[0]).detach()
    second = torch.relu(convolve(inputs, weights["conv2"], weights["bias2"]))
    inputs = (second * masks[1]).detach()
    third = torch.relu(convolve(inputs, weights["conv3"], weights["bias3"]))
    inputs = (largest_of_four(third) * masks[2]).flatten(1).detach()
    sums = inputs @ weights["dense"].T + weights["bias4"]
    return [first, second, third, torch.relu(whitened(sums, weights["gain"], weights["shift"]))]


def scores(found: list[Tensor], readers: list[tuple[Tensor, Tensor]], inputs: int) -> list[Tensor]:
    """Return what each layer's classifier makes of its activities."""
    seen = [averaged(a, inputs).flatten(1) for a in found[:3]] + [found[3]]
    return [a @ V.T + c for a, (V, c) in zip(seen, readers, strict=True)]


def loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the cross-entropy of one layer's classifier."""
    shares = torch.exp(logits) / torch.exp(logits).sum(dim=1, keepdim=True)
    picked = [shares[row, label] for row, label in enumerate(labels.tolist())]
    return -torch.log(torch.stack(picked)).mean()
