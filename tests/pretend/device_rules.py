"""What a CUDA device refuses, and what makes the host wait for it: the rules of the pretend device.

An operation is named as torch's dispatcher names it (`aten.add`). `plain` tensors lie on the CPU,
all others on the pretend device.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

VALUES_ON_THE_HOST = {
    "aten._local_scalar_dense", "aten.is_nonzero", "aten.item", "aten.equal",
}  # fmt: skip
"""What brings a value to the host, so that it waits until the device has computed it."""
SHAPES_FROM_VALUES = {
    "aten.nonzero", "aten.argwhere", "aten.masked_select", "aten.bincount",
    "aten.repeat_interleave", "aten._unique2", "aten.unique_dim", "aten.unique_consecutive",
}  # fmt: skip
"""What has to know values before it knows the shape of its result."""
INDEXING = {"aten.index", "aten.index_put", "aten.index_put_", "aten._unsafe_index"}
COPIES = {"aten._to_copy", "aten.copy_", "aten.copy", "aten.to"}
ALL_ON_ONE_DEVICE = {"aten.cat", "aten.stack"}
"""What takes no number from the CPU beside tensors of the device, as additions do."""


def waits(name: str, args: Sequence[Any], kwargs: dict[str, Any], is_ours: Any) -> Iterator[str]:
    """Yield what of the operation makes the host wait for the device, copies apart."""
    if name == "aten.repeat_interleave" and kwargs.get("output_size") is not None:
        return
    if name in VALUES_ON_THE_HOST | SHAPES_FROM_VALUES:
        yield name
    if name in INDEXING and not _is_masked_fill(name, args, is_ours):
        for index in args[1]:
            if isinstance(index, Tensor) and index.dtype in (torch.bool, torch.uint8):
                yield f"{name} by a mask"
            elif isinstance(index, Tensor) and not is_ours(index):
                yield f"{name} by indices on the CPU"


def _is_masked_fill(name: str, args: Sequence[Any], is_ours: Any) -> bool:
    """Tell whether one number is put where a mask says so, for which torch has a kernel."""
    if not name.startswith("aten.index_put") or (len(args) > 3 and args[3]):
        return False
    return args[2].numel() == 1 and not is_ours(args[2])


def copy_waits(into: bool, out_of: bool, numel: int, non_blocking: bool) -> str:
    """Return what of a copy makes the host wait; "" for nothing.

    What comes from the device is never there before the host has waited. What goes there is, with
    `non_blocking`, staged and copied in turn.
    """
    if into == out_of or not numel:
        return ""
    if out_of:
        return "a copy to the host"
    return "" if non_blocking else "a blocking copy to the device"


def mixed(name: str, args: Sequence[Any], plain: Sequence[Tensor], mutates: bool) -> str:
    """Return what of tensors on two devices is refused; "" if it is allowed."""
    for tensor in plain:
        if name in INDEXING and any(tensor is index for index in args[1]):
            continue
        if tensor.dim() > 0 or name in ALL_ON_ONE_DEVICE:
            return f"a tensor of shape {tuple(tensor.shape)} lies on the CPU"
    if mutates and any(tensor is args[0] for tensor in plain):
        return "the result would have to lie on the CPU"
    return ""


def fused_optimiser(args: Sequence[Any], kwargs: dict[str, Any], is_ours: Any) -> str:
    """Return what the kernel of a fused optimiser refuses; "" if it takes all.

    `args` are lists: parameters, gradients, both moments, their maxima, counters.
    """
    for tensors in zip(*args[:4], strict=True):
        first = tensors[0]
        for other in tensors[1:]:
            if first.dtype != other.dtype or first.shape != other.shape:
                return "parameters, gradients and moments differ in type or shape"
            steps = zip(first.shape, first.stride(), other.stride(), strict=True)
            if any(size != 1 and a != b for size, a, b in steps):
                return (
                    f"parameters, gradients and moments differ in layout: strides "
                    f"{first.stride()} and {other.stride()}"
                )
    named = [*args[5], kwargs.get("found_inf"), kwargs.get("grad_scale")]
    if any(isinstance(tensor, Tensor) and not is_ours(tensor) for tensor in named):
        return "a counter or flag is not on the device"
    return ""
