"""Linear layers laid out once for many calls without a gradient.

On the CPU a matrix product spends part of its time rearranging the weights, and does so anew in
every call; oneDNN can keep them as it wants them. Its products are rounded in another order than
those of `torch.nn.functional.linear`: equal to about 1e-6 of their size, not bit for bit. Torch
offers this under no public name (its compiler uses it, since torch 2.0), so where the name is not
there, on other devices and in other precisions, the layer is what it always was.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear


class PackedLinear:
    """What a linear layer computes now; later changes of its weights do not reach it."""

    def __init__(self, layer: nn.Module, rows: int, *, relu: bool = False) -> None:
        """Lay out the weights of `layer` for inputs `(rows, I)`; `relu` follows it if asked for."""
        self.weight_OI = layer.get_parameter("weight").detach()
        bias_O = layer._parameters.get("bias")
        self.bias_O = None if bias_O is None else bias_O.detach()
        self.relu = relu
        self.packed: Tensor | None = None
        if _can_be_packed(self.weight_OI):
            self.packed = torch.ops.mkldnn._reorder_linear_weight(self.weight_OI, rows)

    def __call__(self, x_NI: Tensor) -> Tensor:
        """Return the layer's output `(N, O)`."""
        if self.packed is not None:
            ending = "relu" if self.relu else "none"
            said_NO: Tensor = torch.ops.mkldnn._linear_pointwise(
                x_NI, self.packed, self.bias_O, ending, [], ""
            )
            return said_NO
        said_NO = linear(x_NI, self.weight_OI, self.bias_O)
        return said_NO.relu_() if self.relu else said_NO

    def beside(self, x_NI: Tensor, more_NO: Tensor, bias_O: Tensor) -> Tensor:
        """Return the output with `more_NO` and, in place of the layer's bias, `bias_O` added."""
        if self.packed is not None:
            said_NO: Tensor = torch.ops.mkldnn._linear_pointwise.binary(
                x_NI, more_NO, self.packed, bias_O, "add"
            )
            return said_NO
        return torch.addmm(more_NO + bias_O, x_NI, self.weight_OI.T)


def _can_be_packed(weight_OI: Tensor) -> bool:
    available: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    known = available and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    plain = weight_OI.device.type == "cpu" and weight_OI.dtype == torch.float32
    return known and plain and not torch.is_autocast_enabled("cpu")
