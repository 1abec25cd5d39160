"""A GPU before a run: started, with what its libraries take once, and described."""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import linear

from bench.measure import energy


def start(device: torch.device) -> None:
    """Start CUDA on `device`, and make it the one that is meant where none is named.

    Else a library that names none would take memory on the first card. Nothing to do on a CPU.
    """
    if device.type == "cuda":
        torch.cuda.set_device(device)
        take_workspaces(device)
        torch.cuda.synchronize(device)


def take_workspaces(device: torch.device) -> None:
    """Have cuBLAS take its workspaces on `device`, of which a run is innocent.

    The first matrix product takes 8 to 32 MiB and keeps them, forwards and, as torch's gradients
    are computed by another thread, backwards: a constant on every peak, which would pull the ratios
    of small ones towards 1.
    """
    weight, bias = torch.ones(8, 8, device=device), torch.ones(8, device=device)
    inputs = torch.ones(8, 8, device=device, requires_grad=True)
    torch.autograd.grad(linear(inputs, weight, bias).sum(), inputs)


def details(device: torch.device) -> dict[str, Any]:
    """Return what `Environment` says of a card; what NVML does not tell is not known."""
    properties = torch.cuda.get_device_properties(device)
    found: dict[str, Any] = {
        "compute_capability": f"{properties.major}.{properties.minor}",
        "device_memory_bytes": properties.total_memory,
        "rocm": torch.version.hip or "",
        "cudnn": str(torch.backends.cudnn.version() or ""),  # type: ignore[no-untyped-call]
    }
    library = energy.nvml()
    handle = None if library is None else energy.handle_of(library, device)
    if library is None or handle is None:
        return found

    def ask(name: str, *more: Any) -> Any:
        try:
            return getattr(library, name)(handle, *more)
        except (library.NVMLError, AttributeError):  # not on this card, or not in this release
            return None

    return found | _told(library, ask)


def _told(library: Any, ask: Callable[..., Any]) -> dict[str, Any]:
    limit = ask("nvmlDeviceGetEnforcedPowerLimit")
    mig = ask("nvmlDeviceGetMigMode")
    return {
        "power_limit_watts": None if limit is None else limit / 1000,
        "mig": None if mig is None else bool(mig[0]),
        "highest_clock_mhz": ask("nvmlDeviceGetMaxClockInfo", library.NVML_CLOCK_SM),
        "highest_memory_clock_mhz": ask("nvmlDeviceGetMaxClockInfo", library.NVML_CLOCK_MEM),
    }
