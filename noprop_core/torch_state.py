"""Torch's switches for the whole process, which one method must not set for the next."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

PLACES = ("", "mkldnn", "mkldnn.matmul", "mkldnn.conv", "mkldnn.rnn", "cuda.matmul", "cudnn",
          "cudnn.conv", "cudnn.rnn")  # fmt: skip
"""Where `torch.backends` has the newer switch of float32's precision, the general ones first."""

AUTOCAST = ("cpu", "cuda")
"""Kinds of devices that have autocast of their own."""


@dataclass(frozen=True)
class Switch:
    """What it is called, how it is read, and how it is set."""

    words: str
    read: Callable[[], Any]
    write: Callable[[Any], Any]
    shown: bool = True
    """Whether a value says something to a reader."""


def _float32_precision() -> tuple[str | None, tuple[str, ...]]:
    """Return the older switch, None where the newer have been set past it, and the newer ones."""
    try:
        older = torch.get_float32_matmul_precision()
    except RuntimeError:
        older = None
    return older, tuple(str(place.fp32_precision) for place in _places())


def _set_float32_precision(value: tuple[str | None, tuple[str, ...]]) -> None:
    older, newer = value
    if older is not None:
        torch.set_float32_matmul_precision(older)  # sets newer ones too: first
    for place, precision in zip(_places(), newer, strict=True):
        place.fp32_precision = precision


def _places() -> list[Any]:
    found = []
    for path in PLACES:
        place: Any = torch.backends
        for name in filter(None, path.split(".")):
            place = getattr(place, name, None)
        if hasattr(place, "fp32_precision"):  # since torch 2.9
            found.append(place)
    return found


def _of_cudnn(name: str) -> Switch:
    cudnn = torch.backends.cudnn
    return Switch(f"cuDNN's {name}", partial(getattr, cudnn, name), partial(setattr, cudnn, name))


def _autocast() -> tuple[tuple[bool, torch.dtype], ...]:
    return tuple(
        (torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind)) for kind in AUTOCAST
    )


def _set_autocast(value: tuple[tuple[bool, torch.dtype], ...]) -> None:
    for kind, (is_on, dtype) in zip(AUTOCAST, value, strict=True):
        torch.set_autocast_enabled(kind, is_on)
        torch.set_autocast_dtype(kind, dtype)


def _hook_tables() -> list[dict[int, Any]]:
    """Return torch's tables of what is called for every module and every optimiser there is."""
    return [
        table
        for module in ("torch.nn.modules.module", "torch.optim.optimizer")
        for name, table in vars(sys.modules[module]).items()
        if name.startswith("_global_") and isinstance(table, dict)
    ]


def _hooks() -> list[list[tuple[int, Any]]]:
    return [list(table.items()) for table in _hook_tables()]


def _set_hooks(value: list[list[tuple[int, Any]]]) -> None:
    for table, hooks in zip(_hook_tables(), value, strict=True):
        table.clear()
        table.update(hooks)


def _flushes_denormals() -> bool:
    smallest = torch.full((), 5e-324, dtype=torch.float64, device="cpu")
    return bool(smallest * 1 == 0)


SWITCHES: tuple[Switch, ...] = (
    Switch("the default dtype", torch.get_default_dtype, torch.set_default_dtype),
    Switch("the default device", torch.get_default_device, torch.set_default_device),
    Switch("the number of threads", torch.get_num_threads, torch.set_num_threads),
    Switch("whether gradients are taken", torch.is_grad_enabled, torch.set_grad_enabled),
    Switch("anomaly detection", torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    Switch("autocast", _autocast, _set_autocast, shown=False),
    Switch("float32's precision", _float32_precision, _set_float32_precision, shown=False),
    Switch(
        "the mode of deterministic algorithms",
        torch.get_deterministic_debug_mode,
        torch.set_deterministic_debug_mode,
    ),
    Switch("whether oneDNN is used", torch._C._get_mkldnn_enabled, torch._C._set_mkldnn_enabled),
    Switch("whether denormal numbers are 0", _flushes_denormals, torch.set_flush_denormal),
    Switch("hooks on every module or optimiser", _hooks, _set_hooks, shown=False),
    _of_cudnn("deterministic"),
    _of_cudnn("benchmark"),
    Switch(
        "the global generator (a method draws from its own streams)",
        torch.random.get_rng_state,
        torch.random.set_rng_state,
        shown=False,
    ),
)


def as_it_is() -> tuple[Any, ...]:
    """Return the value of every switch."""
    return tuple(switch.read() for switch in SWITCHES)


def changes_since(before: tuple[Any, ...]) -> list[str]:
    """Return what has another value now, such as "the number of threads (1, now 4)"."""
    return [
        f"{switch.words} ({value}, now {now})" if switch.shown else switch.words
        for switch, value, now in _changed(before)
    ]


@contextmanager
def kept_as_it_is() -> Iterator[None]:
    """Set every switch back to what it was at the beginning, whatever was done inside."""
    before = as_it_is()
    try:
        yield
    finally:
        for switch, value, _ in _changed(before):
            switch.write(value)


def _changed(before: tuple[Any, ...]) -> Iterator[tuple[Switch, Any, Any]]:
    """Yield each switch that is not as it was, with both values.

    A default device, once set, is asked at every call: it is not set where it is as it was.
    """
    for switch, value in zip(SWITCHES, before, strict=True):
        now = switch.read()
        if not (torch.equal(now, value) if isinstance(value, torch.Tensor) else now == value):
            yield switch, value, now
