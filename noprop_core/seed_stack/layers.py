"""Layers over several seeds at once, where torch's own rule for `vmap` is slow or lacks.

Torch's rules for convolution and pooling copy images from one order of memory to another at every
layer. Here the images of all seeds lie side by side in their channels, channels last, from the
first layer on: a convolution is one grouped convolution, and pooling and ReLU are what they were.
From the first convolution on that is faster seed by seed, see `one_by_one`, they lie in rows,
each seed's as they are alone. Shapes: `S` seeds; `x_BCHW` is one seed's images, physically
`(B, S C, H, W)` or `(S B, C, H, W)`.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from noprop_core.seed_stack.draws import Handed
from noprop_core.seed_stack.gradients import DenseRows, FlatRows
from noprop_core.seed_stack.one_by_one import convolved_one_by_one, is_better_one_by_one

RELUS = (functional.relu, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_)
FLATTENED = (torch.flatten, Tensor.flatten)
BY_CHANNEL = (torch.max_pool2d, functional.max_pool2d, functional.avg_pool2d)
"""Functions of images that compute every channel by itself."""


class InStack(TorchFunctionMode):
    """Inside `torch.vmap` over seeds: our own rules for layers, and numbers drawn before."""

    def __init__(self, handed: Handed) -> None:
        """Give out the numbers of `handed` where the code inside draws."""
        super().__init__()
        self.handed = handed

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Do what `func` does, over all seeds."""
        kwargs = kwargs or {}
        if kwargs.get("generator") is not None:
            return self.handed.next(func, args)
        if func in RELUS:  # in place in a view of all seeds' channels it would copy them
            return torch.relu(args[0])
        if func in BY_CHANNEL and args[0].ndim == 4:
            return _ByChannel.apply(args[0], lambda x: func(x, *args[1:], **kwargs))
        if func is torch.conv2d and args[0].ndim == 4:
            return _convolved(*args, **kwargs)
        if func is torch.batch_norm and args[0].ndim == 2 and not kwargs:
            return _Normalised.apply(*args)
        if func is functional.linear and args[0].ndim == 2:
            return _dense(*args, **kwargs)
        if func in FLATTENED and args[0].ndim == 4 and args[1:] in ((1,), (1, -1)) and not kwargs:
            return _Flat.apply(args[0])
        if func is torch.baddbmm and not kwargs:  # has no rule for layers that are stacked already
            return torch.matmul(args[1], args[2]) + args[0]
        return func(*args, **kwargs)


def _convolved(
    x_BCHW: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    said: Tensor = _Convolution.apply(x_BCHW, weight, bias, settings)
    return said


def _dense(x_BI: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    said: Tensor = _Dense.apply(x_BI, weight, bias)
    return said


class _ByChannel(torch.autograd.Function):
    """A function of images that computes every channel by itself."""

    @staticmethod
    def forward(x_BCHW: Tensor, compute: Callable[[Tensor], Tensor]) -> Tensor:
        """Without seeds it is the function itself."""
        return compute(x_BCHW)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Keep nothing: torch records what the rule below computes."""

    @staticmethod
    def vmap(
        info: Any, in_dims: Any, x: Tensor, compute: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, int]:
        """Compute the channels of all seeds at once."""
        x_SBCHW = x.movedim(in_dims[0], 0)
        if are_side_by_side(x_SBCHW):
            return _apart(compute(_merged(x_SBCHW)), info.batch_size), 1
        said = compute(x_SBCHW.flatten(0, 1))
        return said.reshape(info.batch_size, -1, *said.shape[1:]), 0


class _Convolution(torch.autograd.Function):
    """A convolution, which over several seeds has a group of channels for each."""

    @staticmethod
    def forward(x_BCHW: Tensor, weight: Tensor, bias: Tensor | None, settings: Any) -> Tensor:
        """Without seeds it is a convolution."""
        return torch.conv2d(x_BCHW, weight, bias, **settings)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Keep nothing: torch records what the rule below computes."""

    @staticmethod
    def vmap(
        info: Any, in_dims: Any, x: Tensor, weight: Tensor, bias: Tensor | None, settings: Any
    ) -> tuple[Tensor, int]:
        """Compute one convolution of as many groups, or each seed's by itself."""
        seeds = info.batch_size
        weight_S = _seeds_first(weight, in_dims[1], seeds)
        bias_S = None if bias is None else _seeds_first(bias, in_dims[2], seeds)
        if in_dims[0] is None:  # all seeds see the same images: one wider convolution
            assert settings["groups"] == 1
            bias_S = None if bias_S is None else bias_S.flatten()
            return _apart(torch.conv2d(x, weight_S.flatten(0, 1), bias_S, **settings), seeds), 1
        x_SBCHW = x.movedim(in_dims[0], 0)
        if is_better_one_by_one(x_SBCHW, weight_S, settings):
            return convolved_one_by_one(x_SBCHW, weight_S, bias_S, settings), 0
        grouped = {**settings, "groups": settings["groups"] * seeds}
        bias_S = None if bias_S is None else bias_S.flatten()
        return _apart(
            torch.conv2d(_merged(x_SBCHW), weight_S.flatten(0, 1), bias_S, **grouped), seeds
        ), 1


class _Dense(torch.autograd.Function):
    """A linear layer, which over several seeds is one batched product."""

    @staticmethod
    def forward(x_BI: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Without seeds it is a linear layer."""
        return functional.linear(x_BI, weight, bias)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Keep nothing: torch records what the rule below computes."""

    @staticmethod
    def vmap(
        info: Any, in_dims: Any, x: Tensor, weight: Tensor, bias: Tensor | None
    ) -> tuple[Tensor, int]:
        """Compute the products of all seeds."""
        rows = [
            t if t is None else _seeds_first(t, seeds_at, info.batch_size)
            for t, seeds_at in zip((x, weight, bias), in_dims, strict=True)
        ]
        return DenseRows.apply(*rows), 0


class _Flat(torch.autograd.Function):
    """Images as features."""

    @staticmethod
    def forward(x_BCHW: Tensor) -> Tensor:
        """Without seeds it is what it says."""
        return x_BCHW.flatten(1)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Keep nothing: torch records what the rule below computes."""

    @staticmethod
    def vmap(info: Any, in_dims: Any, x: Tensor) -> tuple[Tensor, int]:
        """Lay them out as they are, and the gradient as the images are."""
        x_SBCHW = x.movedim(in_dims[0], 0)
        return FlatRows.apply(x_SBCHW, are_side_by_side(x_SBCHW)), 0


class _Normalised(torch.autograd.Function):
    """Batch norm of features `(B, F)`, which over several seeds is one over `S F` of them."""

    @staticmethod
    def forward(x_BF: Tensor, *settings: Any) -> Tensor:
        """Without seeds it is batch norm."""
        return torch.batch_norm(x_BF, *settings)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Keep nothing: torch records what the rule below computes."""

    @staticmethod
    def vmap(info: Any, in_dims: Any, x: Tensor, *settings: Any) -> tuple[Tensor, int]:
        """Normalise the features of all seeds at once.

        As images of one pixel row `(1, S F, 1, B)`, channels last: torch's kernel for features
        walks through memory feature by feature, which for many of them is several times slower.
        """
        together = _seeds_first(x, in_dims[0], info.batch_size).movedim(0, 1).flatten(1)
        own: list[Any] = [
            t if t is None else _seeds_first(t, seeds_at, info.batch_size).flatten()
            for t, seeds_at in zip(settings[:4], in_dims[1:5], strict=True)
        ]
        batch, features = together.shape
        # Not by None-indexing: with other strides of its axes of one the gradient comes out wrong.
        as_row = together.reshape(1, batch, 1, features).permute(0, 3, 2, 1)
        said: Tensor = torch.batch_norm(as_row, *(*own, *settings[4:])).permute(0, 3, 2, 1)
        return said.reshape(batch, info.batch_size, -1), 1


def are_side_by_side(x_SBCHW: Tensor) -> bool:
    """Return whether the seeds' images lie side by side in their channels, and not in rows."""
    return len(x_SBCHW) > 1 and x_SBCHW.stride(0) < x_SBCHW.stride(1)


def _merged(x_SBCHW: Tensor) -> Tensor:
    """Return all seeds' images as `(B, S C, H, W)`."""
    return x_SBCHW.movedim(0, 1).flatten(1, 2)


def _apart(x: Tensor, seeds: int) -> Tensor:
    """Return `(B, S C, H, W)` as `(B, S, C, H, W)`."""
    return x.reshape(len(x), seeds, -1, *x.shape[2:])


def _seeds_first(x: Tensor, seeds_at: int | None, seeds: int) -> Tensor:
    return x.expand(seeds, *x.shape) if seeds_at is None else x.movedim(seeds_at, 0)
