"""Functions over all seeds whose gradient lies in memory as what it is the gradient of.

Torch's own lies otherwise: that of a linear layer's weights is transposed, and is copied before the
optimiser may have it; that of flattened images has their channels first, and ReLU's and dropout's
gradients before it walk through memory both ways at once. Shapes: `S` seeds, `B` batch, `I` inputs,
`O` outputs.
"""

from typing import Any

import torch
from torch import Tensor

from noprop_core.seed_stack.draws import in_rows, side_by_side


class DenseRows(torch.autograd.Function):
    """`(S, B, I)`, weights `(S, O, I)` and biases `(S, O)` or None -> `(S, B, O)`."""

    @staticmethod
    def forward(ctx: Any, x_SBI: Tensor, weight_SOI: Tensor, bias_SO: Tensor | None) -> Tensor:
        """Compute every seed's linear layer."""
        ctx.save_for_backward(x_SBI, weight_SOI)
        ctx.has_bias = bias_SO is not None
        if bias_SO is None:
            return torch.bmm(x_SBI, weight_SOI.transpose(1, 2))
        return torch.baddbmm(bias_SO.unsqueeze(1), x_SBI, weight_SOI.transpose(1, 2))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of all three."""
        (gradient_SBO,) = gradients
        x_SBI, weight_SOI = ctx.saved_tensors
        return (
            torch.bmm(gradient_SBO, weight_SOI) if ctx.needs_input_grad[0] else None,
            torch.bmm(gradient_SBO.transpose(1, 2), x_SBI),
            gradient_SBO.sum(dim=1) if ctx.has_bias else None,
        )


class FlatRows(torch.autograd.Function):
    """`(S, B, C, H, W)` -> `(S, B, C H W)`."""

    @staticmethod
    def forward(ctx: Any, x_SBCHW: Tensor, are_side_by_side: bool) -> Tensor:
        """Flatten every seed's images, which lie in rows or side by side."""
        ctx.shape, ctx.lay_out = x_SBCHW.shape, side_by_side if are_side_by_side else in_rows
        return x_SBCHW.flatten(2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradient, which lies as the images do."""
        return ctx.lay_out(gradients[0].reshape(ctx.shape)), None
