"""Precision and determinism of everything that is computed, set in one place for any method.

By torch's defaults a GPU rounds the inputs of convolutions to TF32, and those of matrix products
not: convolutional networks and perceptrons run at unlike precision. Here both are set alike:

- `fp32`: float32 throughout, TF32 nowhere.
- `tf32`: float32 whose convolutions and matrix products take TF32 inputs (10 bits of mantissa).
- `bf16`: torch's autocast; convolutions and matrix products in bfloat16, parameters, gradients of
  parameters, optimiser state, batch-norm statistics and losses in float32.

What a device cannot do is done in float32, and said.
"""

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import torch

R = TypeVar("R")
Precision = Literal["fp32", "tf32", "bf16"]
WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
FIXED = ":4096:8"
"""cuBLAS repeats its results bit for bit with workspaces of a fixed size (its documentation)."""
NOT_DETERMINISTIC = "does not have a deterministic implementation"
AMPERE = (8, 0)
"""Compute capability from which on a card has TF32 and bfloat16."""


@dataclass
class Numerics:
    """What was asked for, None for what torch chooses by itself, and what of it cannot be had."""

    precision: Precision | None = None
    deterministic: bool | None = None
    fell_back: list[str] = field(default_factory=list)

    def fall_back(self, reason: str) -> None:
        """Note, once, what could not be had and why."""
        if reason not in self.fell_back:
            self.fell_back.append(reason)


@contextmanager
def numerics(
    device: torch.device, precision: Precision | None, deterministic: bool | None
) -> Iterator[Numerics]:
    """Set torch's switches for TF32 and for deterministic algorithms inside the context.

    They are the process's; what stood before comes back. A CPU has neither TF32 nor, in what is
    computed here, algorithms that do not repeat: there nothing is switched. `autocast` must be
    entered besides, where the method works.
    """
    asked = Numerics(precision, deterministic)
    if why := _why_not(device, precision):
        asked.fall_back(f"precision {precision}: {why}; float32 instead")
        asked.precision = "fp32"
    if device.type != "cuda":
        yield asked
        return
    before = _switches()
    try:
        if asked.precision is not None:
            _set_tf32(asked.precision == "tf32")
        if deterministic is not None:
            _set_deterministic(deterministic, asked)
        yield asked
    finally:
        _restore(before)


def autocast(device: torch.device, asked: Numerics) -> AbstractContextManager[object]:
    """Return the context in which a method computes: torch's autocast for `bf16`, else nothing.

    Casts are not kept between operations: a weight that changes within a step is cast anew.
    """
    if asked.precision != "bf16":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16, cache_enabled=False)


def in_precision(device: torch.device, asked: Numerics, compute: Callable[[], R]) -> R:
    """Return `compute()` done in the precision asked for, or in float32 where it cannot be.

    Code that was written for float32 may put a bfloat16 number where none can stand.
    """
    try:
        with autocast(device, asked):
            return compute()
    except RuntimeError as error:
        if asked.precision != "bf16" or "BFloat16" not in str(error):
            raise
        said = str(error).splitlines()[0][:200]
    asked.fall_back(f"precision bf16: {said}; float32 instead")
    asked.precision = "fp32"
    return compute()


@contextmanager
def noting_what_varies(asked: Numerics) -> Iterator[None]:
    """Note the operations inside the context that have no deterministic algorithm.

    With `deterministic` torch warns of each. Other warnings go their way.
    """
    if not asked.deterministic:
        yield
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for one in caught:
        words = str(one.message)
        if NOT_DETERMINISTIC in words:
            operation = words.partition(NOT_DETERMINISTIC)[0].strip()
            asked.fall_back(f"deterministic: {operation} {NOT_DETERMINISTIC}")
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)


def tf32_is_on() -> tuple[bool, bool]:
    """Return whether matrix products and convolutions on CUDA take TF32 inputs now."""
    cuda, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    if hasattr(torch.backends, "fp32_precision"):  # since torch 2.9
        return cuda.fp32_precision == "tf32", cudnn.conv.fp32_precision == "tf32"  # type: ignore[attr-defined]
    return cuda.allow_tf32, cudnn.allow_tf32


def _why_not(device: torch.device, precision: Precision | None) -> str:
    """Return why `device` cannot do `precision`; empty if it can."""
    if precision in (None, "fp32"):
        return ""
    if device.type == "cuda":
        found = torch.cuda.get_device_capability(device)
        return "" if found >= AMPERE else f"the card's compute capability is {found[0]}.{found[1]}"
    if precision == "tf32":
        return f"no TF32 on device {device.type}"
    return ""


def _newer() -> list[Any]:
    """Return what has torch's newer switch, `fp32_precision`; the older ones do not reach all."""
    if not hasattr(torch.backends, "fp32_precision"):
        return []
    cudnn = torch.backends.cudnn
    return [torch.backends.cuda.matmul, cudnn.conv, cudnn.rnn]  # type: ignore[attr-defined]


def _set_tf32(on: bool) -> None:
    with warnings.catch_warnings():
        # Some releases call the older switches old; torch itself and others still read them.
        warnings.simplefilter("ignore")
        torch.backends.cuda.matmul.allow_tf32 = on
        torch.backends.cudnn.allow_tf32 = on
    for place in _newer():
        place.fp32_precision = "tf32" if on else "ieee"


def _set_deterministic(on: bool, asked: Numerics) -> None:
    torch.use_deterministic_algorithms(on, warn_only=True)
    torch.backends.cudnn.deterministic = on
    torch.backends.cudnn.benchmark = False
    # It fills new memory with NaN, so that who reads it is found out; nobody does, and it costs.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if on and os.environ.setdefault(WORKSPACE, FIXED) not in (FIXED, ":16:8"):
        asked.fall_back(f"deterministic: {WORKSPACE} is {os.environ[WORKSPACE]}, of no fixed size")


def _switches() -> dict[str, Any]:
    cudnn, memory = torch.backends.cudnn, torch.utils.deterministic
    return {
        "tf32": _older_switches(),
        "newer": [place.fp32_precision for place in _newer()],
        "algorithms": (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
        "cudnn": (cudnn.deterministic, cudnn.benchmark),
        "fill": memory.fill_uninitialized_memory,  # type: ignore[attr-defined]
    }


def _older_switches() -> tuple[bool, bool]:
    try:
        return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    except RuntimeError:  # somebody has set the newer ones alone
        return tf32_is_on()


def _restore(before: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before["tf32"]
    for place, value in zip(_newer(), before["newer"], strict=True):
        place.fp32_precision = value
    enabled, warn_only = before["algorithms"]
    torch.use_deterministic_algorithms(enabled, warn_only=warn_only)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = before["cudnn"]
    torch.utils.deterministic.fill_uninitialized_memory = before["fill"]  # type: ignore[attr-defined]
