"""Large convolutions, seed by seed in one operation of autograd's.

On the CPU a convolution of many channels runs near the processor's rate by itself, and slower as a
group of a grouped one; a small one is mostly its call, which a group saves. Shapes: `S` seeds, `O`
output channels.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from noprop_core.seed_stack.draws import in_rows

LARGE = 32 * 64
"""Pairs of an input and an output channel from which on a convolution is large.

Of 16 seeds, images of 4x4, batch 64, forward and backward: 32 to 64 channels take 0.74 of the time
of groups, 16 to 32 channels 1.25 (AVX-512, one thread)."""


def is_better_one_by_one(
    x_SBCHW: Tensor, weight_SOCHW: Tensor, settings: Mapping[str, Any]
) -> bool:
    """Return whether a convolution is large, on the CPU, its padding given in pixels."""
    _, outputs, inputs, *_ = weight_SOCHW.shape
    is_large = x_SBCHW.device.type == "cpu" and inputs * outputs >= LARGE
    return is_large and not isinstance(settings["padding"], str)


def convolved_one_by_one(
    x_SBCHW: Tensor, weight_SOCHW: Tensor, bias_SO: Tensor | None, settings: Mapping[str, Any]
) -> Tensor:
    """Return every seed's convolution `(S, B, O, H, W)`, each seed's images by themselves."""
    said: Tensor = _OneByOne.apply(x_SBCHW, weight_SOCHW, bias_SO, settings)
    return said


class _OneByOne(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x_SBCHW: Tensor,
        weight_SOCHW: Tensor,
        bias_SO: Tensor | None,
        settings: Mapping[str, Any],
    ) -> Tensor:
        x_SBCHW = in_rows(x_SBCHW)
        ctx.save_for_backward(x_SBCHW, weight_SOCHW)
        ctx.settings, ctx.has_bias = settings, bias_SO is not None
        biases = [None] * len(x_SBCHW) if bias_SO is None else bias_SO.unbind()
        said = None
        for seed, (x, weight, bias) in enumerate(
            zip(x_SBCHW.unbind(), weight_SOCHW.unbind(), biases, strict=True)
        ):
            of_seed = torch.conv2d(x, weight, bias, **settings)
            if said is None:
                said = _rows_of(len(x_SBCHW), of_seed)
            said[seed].copy_(of_seed)
        assert said is not None
        return said

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        x_SBCHW, weight_SOCHW = ctx.saved_tensors
        seeds, outputs = weight_SOCHW.shape[:2]
        asked = [ctx.needs_input_grad[0], True, ctx.has_bias]
        rest = (
            [outputs] if ctx.has_bias else None,
            *(_pair(ctx.settings[name]) for name in ("stride", "padding", "dilation")),
            False,
            [0, 0],
            ctx.settings["groups"],
            asked,
        )
        found: list[Tensor | None] = [None, None, None]
        each = zip(in_rows(gradients[0]), x_SBCHW, weight_SOCHW, strict=True)
        for seed, (gradient, x, weight) in enumerate(each):
            own = torch.ops.aten.convolution_backward.default(gradient, x, weight, *rest)
            for number, tensor in enumerate(own):
                if asked[number]:
                    of_all = found[number]
                    if of_all is None:
                        of_all = found[number] = _rows_of(seeds, tensor)
                    of_all[seed].copy_(tensor)
        return (*found, None)


def _rows_of(seeds: int, tensor: Tensor) -> Tensor:
    """Return an empty tensor of a row for each seed, which lies in memory as `tensor` does."""
    strides = (tensor.numel(), *tensor.stride())
    return torch.empty_strided((seeds, *tensor.shape), strides, dtype=tensor.dtype)


def _pair(setting: Any) -> list[int]:
    return [setting, setting] if isinstance(setting, int) else list(setting)
