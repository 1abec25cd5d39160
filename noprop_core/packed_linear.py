"""Linear layers for many calls without a gradient, laid out for the processor once.

Torch's own way is not always a CPU's fastest. A product of few outputs is faster as columns, and a
large one by oneDNN, which keeps the weights as it wants them. Both round in another order than
`torch.nn.functional.linear`: equal to about 1e-6 of their size, not bit for bit. Torch offers
oneDNN's under no public name (its compiler uses them, since torch 2.0), so where the name is not
there, on other devices and in other precisions, the layer is what it always was.
"""

import math
from functools import cache

import torch
from torch import Tensor, nn

from noprop_core.processor import vendor_and_family

FEW = 32
"""Outputs of a layer below which its product is computed as columns: 10 for 128 numbers of each of
144 images take 9 µs so, and 17 as rows."""
LARGE, LARGE_ON_ZEN_5 = 20_000_000, 2_000_000
"""Multiplications of a product from which oneDNN's is the faster one: it takes some 15 µs to begin.
The first was measured on a Zen 4, where it gains a twentieth then. MKL, torch's own, takes 256 bits
at a time on AMD's processors, and those of Zen 5 and later have 512 that are twice as fast: the
second is reckoned from their rates, not measured."""
ZEN_5 = 26
"""Its family, by AMD's count."""


class PackedLinear:
    """What a linear layer computes with its weights as they are now."""

    def __init__(self, layer: nn.Module, rows: int, *, relu: bool = False) -> None:
        """Lay out the weights of `layer` for inputs `(rows, I)`; `relu` follows it if asked for."""
        weight_OI = layer.get_parameter("weight").detach()
        bias_O = layer._parameters.get("bias")
        self.weight_IO, self.relu = weight_OI.T, relu
        self.bias_O = None if bias_O is None else bias_O.detach()
        self.packed: Tensor | None = None
        on_cpu = _is_plain_on_the_cpu(weight_OI)
        self.as_columns = on_cpu and len(weight_OI) < FEW
        if on_cpu and not self.as_columns:
            if rows * weight_OI.numel() >= _packed_from():
                self.packed = torch.ops.mkldnn._reorder_linear_weight(weight_OI, rows)
            else:
                self.weight_IO = weight_OI.T.contiguous()

    def __call__(self, x_NI: Tensor) -> Tensor:
        """Return the layer's output `(N, O)`; of few outputs each one's numbers lie together."""
        if self.packed is not None:
            ending = "relu" if self.relu else "none"
            said_NO: Tensor = torch.ops.mkldnn._linear_pointwise(
                x_NI, self.packed, self.bias_O, ending, [], ""
            )
            return said_NO
        if self.as_columns:
            bias_O1 = None if self.bias_O is None else self.bias_O.unsqueeze(1)
            said_NO = _product(self.weight_IO.T, x_NI.T, bias_O1).T
        else:
            said_NO = _product(x_NI, self.weight_IO, self.bias_O)
        return said_NO.relu_() if self.relu else said_NO

    def beside(self, x_NI: Tensor, more_NO: Tensor, bias_O: Tensor) -> Tensor:
        """Return the output with `more_NO` and, in place of the layer's bias, `bias_O` added."""
        if self.packed is not None:
            said_NO: Tensor = torch.ops.mkldnn._linear_pointwise.binary(
                x_NI, more_NO, self.packed, bias_O, "add"
            )
            return said_NO
        return _product(x_NI, self.weight_IO, more_NO + bias_O)


def softmax(logits_BK: Tensor) -> Tensor:
    """Return the probabilities `(B, K)` of what a `PackedLinear` of K outputs said.

    Torch's softmax on the CPU is slow along rows of ten numbers, 26 µs for 144 images; along the
    columns that few outputs come in it takes 2.
    """
    if logits_BK.T.is_contiguous():
        return logits_BK.T.softmax(dim=0).T
    return logits_BK.softmax(dim=1)


def _product(left: Tensor, right: Tensor, added: Tensor | None) -> Tensor:
    return torch.mm(left, right) if added is None else torch.addmm(added, left, right)


def _is_plain_on_the_cpu(weight_OI: Tensor) -> bool:
    plain = weight_OI.device.type == "cpu" and weight_OI.dtype == torch.float32
    return plain and not torch.is_autocast_enabled("cpu")


@cache
def _packed_from() -> float:
    """Return how many multiplications a product must have on this processor to be oneDNN's."""
    available: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if not available or not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        return math.inf
    vendor, family = vendor_and_family()
    return LARGE_ON_ZEN_5 if vendor == "AuthenticAMD" and family >= ZEN_5 else LARGE
