"""Forward-Forward straight from arXiv 2212.13345: one image, one label, one layer at a time.

`W[i]` (units x inputs) and `b[i]` of hidden layer i.
"""

import torch
from torch import Tensor


def with_label(image: Tensor, label: int, classes: int, value: float) -> Tensor:
    """Return the flattened image, the label written over its first pixels."""
    pixels = image.flatten().clone()
    for k in range(classes):
        pixels[k] = value if k == label else 0.0
    return pixels


def normalise(vector: Tensor) -> Tensor:
    """Return the vector scaled to the length √n, its direction kept."""
    length = torch.sqrt((vector**2).sum())
    return vector * len(vector) ** 0.5 / (length + 1e-8 * len(vector) ** 0.5)


def activities(W: list[Tensor], b: list[Tensor], pixels: Tensor) -> list[Tensor]:
    """Return each layer's activity; each knows of those below only their direction."""
    below, found = pixels, []
    for weights, bias in zip(W, b, strict=True):
        a = torch.clamp(weights @ normalise(below.detach()) + bias, min=0)
        found.append(a)
        below = a
    return found


def losses(
    W: list[Tensor],
    b: list[Tensor],
    images: Tensor,
    true: list[int],
    wrong: list[int],
    classes: int,
    value: float,
    threshold: float,
) -> list[Tensor]:
    """Return every layer's loss: -log p for true labels, -log (1 - p) for wrong ones."""
    total = [torch.zeros((), dtype=images.dtype) for _ in W]
    for image, label, other in zip(images, true, wrong, strict=True):
        positive = activities(W, b, with_label(image, label, classes, value))
        negative = activities(W, b, with_label(image, other, classes, value))
        for i in range(len(W)):
            p_positive = torch.sigmoid((positive[i] ** 2).sum() - threshold)
            p_negative = torch.sigmoid((negative[i] ** 2).sum() - threshold)
            total[i] = total[i] - torch.log(p_positive) - torch.log(1 - p_negative)
    return [loss / (2 * len(images)) for loss in total]


def predict(
    W: list[Tensor], b: list[Tensor], images: Tensor, classes: int, value: float
) -> list[int]:
    """Return each image's best label: by the goodness of all layers but the first, if there are."""
    found = []
    for image in images:
        scores = []
        for label in range(classes):
            layers = activities(W, b, with_label(image, label, classes, value))
            counted = layers[1:] if len(layers) > 1 else layers
            scores.append(sum(float((a**2).sum()) for a in counted))
        found.append(scores.index(max(scores)))
    return found
