"""A GPU that is not there: real numbers from the CPU, on a device of its own.

A tensor on it wraps one of the CPU. Torch sees another device, so everything that a CUDA device
refuses is refused here too, operation by operation: tensors of two devices in one operation,
generators of another device, gradients that lie in memory otherwise than the fused optimisers'
kernels take them. Whatever would make a host wait for the device is counted, or refused.

It knows nothing of kernels, rounding, speed, memory or streams: that a method computes the CPU's
bits here says that nothing in it depends on where its tensors lie, not what a GPU would compute.

    with on_pretend_device() as host:
        task = build_task(..., device=DEVICE)
        ...
        with host.must_not_wait():
            train_epoch(...)
"""

import functools
import traceback
import types
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import device_autocast
import device_rules as rules
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

try:
    from torch.utils.backend_registration import (
        _setup_privateuseone_for_python_backend as register_backend,
    )
except ImportError:
    register_backend = None

DEVICE = "pretend:0"
LACKING = (
    f"torch {torch.__version__} cannot pretend a device: it lacks "
    "torch.utils.backend_registration._setup_privateuseone_for_python_backend"
)
NAMES = ("pretend", "privateuseone")
TorchGenerator = torch.Generator
torch_tensor = torch.tensor


class HostWaits(RuntimeError):
    """The host would wait for the device, where it must not."""


class Host:
    """What the host did that made it wait: by operation and place, how often."""

    def __init__(self) -> None:
        """Start with nothing counted and everything allowed."""
        self.waits: Counter[str] = Counter()
        self.refuses = False

    def wait(self, what: str) -> None:
        """Count one wait; raise `HostWaits` inside `must_not_wait`."""
        said = f"{what}, in {_place()}"
        self.waits[said] += 1
        if self.refuses:
            raise HostWaits(f"the host waits for the device: {said}")

    @contextmanager
    def must_not_wait(self) -> Iterator[None]:
        """Refuse what would make the host wait."""
        self.refuses = True
        try:
            yield
        finally:
            self.refuses = False


class PretendTensor(Tensor):
    """A tensor on the pretend device; `elem` is the one of the CPU that it wraps."""

    elem: Tensor
    host: Host

    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, elem: Tensor, host: Host) -> "PretendTensor":
        wrapper = torch.Tensor._make_wrapper_subclass(
            cls,
            elem.size(),
            strides=elem.stride(),
            storage_offset=elem.storage_offset(),
            dtype=elem.dtype,
            layout=elem.layout,
            device=torch.device(DEVICE),
            requires_grad=False,
        )
        wrapper.elem, wrapper.host = elem, host
        return wrapper

    @property
    def data(self) -> Tensor:
        """The numbers alone, in the same memory."""
        return PretendTensor(self.elem.detach(), self.host)

    @data.setter
    def data(self, other: "PretendTensor") -> None:
        """Lie from now on where `other` lies; torch's own way would know of the wrapper alone."""
        Tensor.data.__set__(self, other)  # type: ignore[attr-defined]
        self.elem = other.elem.detach()

    def tolist(self) -> Any:
        """Bring every value to the host."""
        self.host.wait("tolist")
        return self.elem.detach().tolist()

    def new_tensor(self, data: Any, **options: Any) -> Tensor:
        """Send what the host has to the device."""
        return torch.tensor(data, **{"dtype": self.dtype, "device": DEVICE, **options})

    def __getitem__(self, index: Any) -> Tensor:
        """Index; torch's own conversion of a list of indices does not ask the dispatcher."""
        return super().__getitem__(_sent(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        """Put `value` where `index` says."""
        super().__setitem__(_sent(index), value)

    def numpy(self, *, force: bool = False) -> Any:
        """Give numpy what it may read: nothing, unless a copy is made for it."""
        if not force:
            _refuse("numpy reads no memory of the device", "numpy")
        return self.cpu().numpy()

    def __repr__(self, **options: Any) -> str:
        """Show the numbers, which the host has to have first."""
        self.host.wait("a print")
        return f"PretendTensor({self.elem!r})"

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        tensors = tree_flatten((args, kwargs or {}))[0]
        host = next(t.host for t in tensors if isinstance(t, PretendTensor))
        return dispatch(host, func, args, kwargs or {})


def _sent(index: Any) -> Any:
    """Return an index whose lists are tensors of the device."""
    if isinstance(index, list):
        return torch.tensor(index, device=DEVICE)
    return tuple(map(_sent, index)) if isinstance(index, tuple) else index


def is_ours(tensor: object) -> bool:
    """Tell whether a tensor lies on the pretend device."""
    return isinstance(tensor, PretendTensor)


def on_the_cpu(tensor: Tensor) -> Tensor:
    """Return the numbers of a tensor, wherever it lies; nobody waits."""
    return tensor.detach().elem if is_ours(tensor) else tensor.detach()


def dispatch(host: Host, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Do one of torch's operations on the CPU, if a CUDA device would do it."""
    name = str(func._overloadpacket)
    flat, spec = tree_flatten((args, kwargs))
    device = kwargs.get("device")
    to_ours = device is not None and torch.device(device).type in NAMES
    ours = [leaf for leaf in flat if is_ours(leaf)]
    if not ours and not to_ours:
        return func(*args, **kwargs)
    plain = [leaf for leaf in flat if isinstance(leaf, Tensor) and not is_ours(leaf)]
    stays = True
    for what in rules.waits(name, args, kwargs, is_ours):
        host.wait(what)
    if name in rules.COPIES:
        stays = _copied(host, name, args, kwargs, to_ours)
    elif ours and (why := rules.mixed(name, args, plain, func._schema.is_mutable)):
        _refuse(f"all tensors must be on one device: {why}", name)
    for leaf in flat:
        if isinstance(leaf, TorchGenerator) and stays and not _is_our_generator(leaf):
            _refuse("a generator of the CPU for a tensor of the device", name)
    if "_fused_adam" in name and (why := rules.fused_optimiser(args, kwargs, is_ours)):
        _refuse(why, name)
    bare_args, bare = tree_unflatten([leaf.elem if is_ours(leaf) else leaf for leaf in flat], spec)
    if device is not None:
        bare["device"] = torch.device("cpu")
    result = func(*bare_args, **bare)
    # What was changed in place is the very tensor that was given.
    given = {id(leaf.elem): leaf for leaf in ours} if func._schema.is_mutable else {}

    def wrapped(leaf: Any) -> Any:
        if not isinstance(leaf, Tensor) or not stays:
            return leaf
        return given[id(leaf)] if id(leaf) in given else PretendTensor(leaf, host)

    return tree_map(wrapped, result)


def _copied(host: Host, name: str, args: Any, kwargs: dict[str, Any], to_ours: bool) -> bool:
    """Count the wait of a copy between host and device; return whether its result lies there."""
    if name in ("aten.copy_", "aten.copy"):
        source, target = args[1], is_ours(args[0])
        non_blocking = kwargs.get("non_blocking", args[2] if len(args) > 2 else False)
    else:
        source, non_blocking = args[0], kwargs.get("non_blocking", False)
        target = is_ours(source) if kwargs.get("device") is None else to_ours
    if what := rules.copy_waits(target, is_ours(source), source.numel(), non_blocking):
        host.wait(what)
    return target


def _refuse(why: str, name: str) -> None:
    raise RuntimeError(f"the device refuses {name}: {why}, in {_place()}")


def _place() -> str:
    """Return the last three places of the project's own code on the way here."""
    own = ("/noprop_core/", "/bench/", "/tests/")
    frames = [
        frame
        for frame in traceback.extract_stack()
        if any(part in frame.filename for part in own)
        # A library may lie under such a name too, in an environment called `tests`.
        and not any(part in frame.filename for part in ("/pretend/", "/site-packages/"))
    ]
    return " < ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno}" for f in frames[:-4:-1])


class _Mode(TorchDispatchMode):
    """Sees the operations that no tensor of the device is given to: those that make one."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return dispatch(self.host, func, args, kwargs or {})


OUR_GENERATORS: dict[int, "weakref.ref[_OurGenerator]"] = {}
"""Torch hands its own view of a generator to an operation: the same address, not the object."""


class _OurGenerator(TorchGenerator):
    """A generator of the CPU that says it is of the device."""

    def __new__(cls) -> "_OurGenerator":
        generator = TorchGenerator.__new__(cls, device="cpu")
        OUR_GENERATORS[generator._cdata] = weakref.ref(generator)
        return generator

    @property
    def device(self) -> torch.device:
        return torch.device(DEVICE)


def _is_our_generator(generator: TorchGenerator) -> bool:
    found = OUR_GENERATORS.get(generator._cdata)
    return found is not None and found() is not None


class _EveryGenerator(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, TorchGenerator)


class _Generator(metaclass=_EveryGenerator):
    """What `torch.Generator` is meanwhile: it makes generators of either device."""

    def __new__(cls, device: Any = "cpu") -> TorchGenerator:  # type: ignore[misc]
        return _OurGenerator() if torch.device(device).type in NAMES else TorchGenerator(device)


@functools.cache
def register() -> bool:
    """Make the device known to torch, once a process; return whether this torch can.

    To be called before the process takes its first gradient: torch's engine counts devices then.
    """
    if register_backend is None:
        return False
    module = types.ModuleType("torch.pretend")
    functions: dict[str, Callable[..., Any]] = {
        "is_available": lambda: True,
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "is_initialized": lambda: True,
        "_lazy_init": lambda: None,
        "_is_in_bad_fork": lambda: False,
        "manual_seed_all": lambda seed: None,
        "get_rng_state": lambda device=None: torch.zeros(1),
        "set_rng_state": lambda state, device=None: None,
        "get_amp_supported_dtype": lambda: [torch.bfloat16, torch.float16],
    }
    vars(module).update(functions)
    register_backend("pretend", module)
    device_autocast.register()
    return True


@contextmanager
def on_pretend_device() -> Iterator[Host]:
    """Have the device inside the context; `DEVICE` is its name. `register` came before."""
    host = Host()

    def tensor(data: Any, *, dtype: Any = None, device: Any = None, **more: Any) -> Tensor:
        if device is None or torch.device(device).type not in NAMES:
            return torch_tensor(data, dtype=dtype, device=device, **more)
        return torch_tensor(data, dtype=dtype, **more).to(DEVICE)

    swaps = torch.__future__.get_swap_module_params_on_conversion()
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        with (
            mock.patch.object(torch, "tensor", tensor),
            mock.patch.object(torch, "Generator", _Generator),
            _Mode(host),
        ):
            yield host
    finally:
        torch.__future__.set_swap_module_params_on_conversion(swaps)
