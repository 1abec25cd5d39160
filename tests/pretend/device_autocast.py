"""Torch's autocast on the pretend device, by the rules that it has for CUDA.

Torch casts on a device of one's own only where kernels say so, which stand for what torch's own do
for CUDA (`aten/src/ATen/autocast_mode.h`). Those of the CPU are others: there, among more, the
logits that a loss is made of stay in bfloat16.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

KEY = "AutocastPrivateUse1"
LOWER = """
    _convolution conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d
    convolution prelu addmm addmv addr matmul einsum mm mv linalg_vecdot linear addbmm baddbmm bmm
    chain_matmul linalg_multi_dot scaled_dot_product_attention
"""
"""In the lower precision: what consists of products."""
FLOAT32 = """
    acos asin cosh erfinv exp expm1 log log10 log2 log1p reciprocal rsqrt sinh tan pow softplus
    layer_norm native_layer_norm group_norm frobenius_norm nuclear_norm cosine_similarity
    poisson_nll_loss cosine_embedding_loss nll_loss nll_loss2d hinge_embedding_loss kl_div l1_loss
    smooth_l1_loss huber_loss mse_loss margin_ranking_loss multilabel_margin_loss soft_margin_loss
    triplet_margin_loss multi_margin_loss binary_cross_entropy_with_logits dist pdist cdist renorm
    logsumexp
"""
"""In float32: what loses too much otherwise."""
INTO_FLOAT32 = """
    prod softmax.int log_softmax.int cumprod cumsum linalg_vector_norm linalg_matrix_norm sum
"""
"""With a result of float32, unless the caller asks for another."""
WIDEST = """
    addcdiv addcmul atan2 bilinear cross dot grid_sampler index_put tensordot scatter_add vdot
"""
"""In the widest type among what is given."""

Cast = Callable[[tuple[Any, ...], dict[str, Any]], tuple[tuple[Any, ...], dict[str, Any]]]
_LIBRARIES: list[torch.library.Library] = []
"""Kernels are there for as long as these are."""


def register() -> None:
    """Make torch cast on the pretend device; once a process."""
    others = torch.library.Library("_", "IMPL", KEY)
    others.fallback(torch.library.fallthrough_kernel)
    ours = torch.library.Library("aten", "IMPL", KEY)
    _LIBRARIES.extend((others, ours))
    rules = {
        LOWER: _to_lower, FLOAT32: _to_float32, INTO_FLOAT32: _into_float32, WIDEST: _widest,
    }  # fmt: skip
    for names, cast in rules.items():
        for name in names.split():
            for overload in _overloads(name):
                ours.impl(overload.name(), _kernel(overload, cast))


def _overloads(name: str) -> Iterator[Any]:
    """Yield one overload, if it is named, or all that write no result where they are told."""
    operation, _, only = name.partition(".")
    packet = getattr(torch.ops.aten, operation)
    for which in packet.overloads():
        schema = getattr(packet, which)._schema
        if only in ("", which) and not schema.is_mutable and "Dimname" not in str(schema):
            yield getattr(packet, which)


def _kernel(overload: Any, cast: Cast) -> Callable[..., Any]:
    """Return `overload` of what `cast` makes of its arguments."""
    keys = torch._C.DispatchKeySet(getattr(torch._C.DispatchKey, KEY))

    def kernel(*args: Any, **kwargs: Any) -> Any:
        with torch._C._ExcludeDispatchKeyGuard(keys):
            args, kwargs = cast(args, kwargs)
            return overload(*args, **kwargs)

    return kernel


def _is_cast(leaf: Any) -> bool:
    return (
        isinstance(leaf, Tensor)
        and leaf.device.type != "cpu"
        and leaf.is_floating_point()
        and leaf.dtype != torch.double
    )


def _all_to(dtype: torch.dtype, args: Any, kwargs: Any) -> Any:
    return tree_map(lambda leaf: leaf.to(dtype) if _is_cast(leaf) else leaf, (args, kwargs))


def _to_lower(args: Any, kwargs: Any) -> Any:
    return _all_to(torch.get_autocast_dtype("pretend"), args, kwargs)


def _to_float32(args: Any, kwargs: Any) -> Any:
    return _all_to(torch.float32, args, kwargs)


def _into_float32(args: Any, kwargs: Any) -> Any:
    asked = any(isinstance(a, torch.dtype) for a in (*args, *kwargs.values()))
    return args, kwargs if asked or not _is_cast(args[0]) else {**kwargs, "dtype": torch.float32}


def _widest(args: Any, kwargs: Any) -> Any:
    found: set[torch.dtype] = set()
    tree_map(lambda leaf: found.add(leaf.dtype) if _is_cast(leaf) else None, (args, kwargs))
    if len(found) < 2:
        return args, kwargs
    return _all_to(torch.float32, args, kwargs)
