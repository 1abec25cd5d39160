"""Batch norm without the counter that torch's layers keep and nobody here reads.

Torch counts the batches of every layer, for the case that running statistics are to be an average
over all of them (`momentum=None`); that is one more operation a layer in every step. Statistics,
outputs and gradients are those of torch's layers bit for bit.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

MOMENTUM = 0.1
"""Torch's default: a batch's weight in the running statistics."""


class _Uncounted(_BatchNorm):
    """What both layers have in common; torch's layer stands beside it."""

    def __init__(self, features: int, *, eps: float = 1e-5, affine: bool = True) -> None:
        """Build for `features`, whose running statistics move by a tenth."""
        super().__init__(features, eps=eps, affine=affine)
        self.register_buffer("num_batches_tracked", None)

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` with every feature at zero mean and unit variance, scaled and shifted.

        Raises `ValueError` if a batch to train on has one value per feature: it has no variance.
        """
        if self.training and x.numel() == x.shape[1]:
            raise ValueError(f"batch norm needs more than one value per feature, got {x.shape}")
        return torch.batch_norm(
            x,
            self.weight,
            self.bias,
            self.running_mean,
            self.running_var,
            self.training,
            MOMENTUM,
            self.eps,
            torch.backends.cudnn.enabled,
        )

    def _load_from_state_dict(self, *arguments: Any) -> None:
        # Torch's own would add the counter to what was kept without torch's notes of versions.
        nn.Module._load_from_state_dict(self, *arguments)


class BatchNorm1d(_Uncounted, nn.BatchNorm1d):
    """Of features `(B, F)`."""


class BatchNorm2d(_Uncounted, nn.BatchNorm2d):
    """Of channels `(B, C, H, W)`."""
