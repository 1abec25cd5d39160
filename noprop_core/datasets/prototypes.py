"""One image per class that stands for it: the start of `prototype` embeddings.

The paper takes, of each class, the image with the smallest median distance to the others of its
class (arXiv 2503.24322 v1, embeddings). Shapes: `P` pixels of an image, all channels together.
"""

import torch
from torch import Tensor

from noprop_core.errors import InvalidSetting

ROWS_AT_ONCE = 512
"""Distances of so many images at a time: a class of 6,000 would fill 144 MB at once."""


def central_image(pixels_NP: Tensor) -> int:
    """Return the index of the row with the smallest median Euclidean distance to the others.

    Of equal medians the first wins. A single image is its own.
    """
    count = len(pixels_NP)
    if count == 1:
        return 0
    medians = []
    for rows_RP in torch.split(pixels_NP, ROWS_AT_ONCE):
        # The distance to itself, zero, sorts first: the others begin at 1.
        distances_RN = torch.cdist(rows_RP, pixels_NP).sort(dim=1).values
        middle = distances_RN[:, [1 + (count - 2) // 2, 1 + (count - 1) // 2]]
        medians.append(middle.mean(dim=1))
    return int(torch.cat(medians).argmin())


def prototypes(pixels_NP: Tensor, labels_N: Tensor, classes: int) -> Tensor:
    """Return each class's central image `(K, P)`, of float images and their labels.

    Raises `InvalidSetting` if a class has no image.
    """
    chosen = []
    for label in range(classes):
        members_NP = pixels_NP[labels_N == label]
        if len(members_NP) == 0:
            raise InvalidSetting(
                f"prototype embeddings need an image of every class; class {label} has none among "
                f"the {len(labels_N)} training images"
            )
        chosen.append(members_NP[central_image(members_NP)])
    return torch.stack(chosen)
