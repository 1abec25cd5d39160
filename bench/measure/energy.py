"""Energy that an NVIDIA card has used, by its own counter (NVML); extra `energy`.

The counter covers the whole card, whoever uses it.
"""

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

DRIVER_FILE = Path("/proc/driver/nvidia/version")


class EnergyCounter:
    """Joules that one device has used; None where nothing counts them."""

    def __init__(self, device: torch.device) -> None:
        """Look for a counter of `device`; there is none on a CPU or without `nvidia-ml-py`."""
        self.nvml = nvml() if device.type == "cuda" else None
        self.handle = None if self.nvml is None else handle_of(self.nvml, device)
        self.joules: float | None = None

    def read(self) -> float | None:
        """Return the counter in joules, from wherever it started."""
        if self.nvml is None or self.handle is None:
            return None
        try:
            return float(self.nvml.nvmlDeviceGetTotalEnergyConsumption(self.handle)) / 1000
        except self.nvml.NVMLError:  # cards before Volta have no such counter
            return None

    def add(self, before: float | None) -> None:
        """Count what was used since `before` was read."""
        now = self.read()
        if before is not None and now is not None:
            self.joules = (self.joules or 0.0) + now - before


def nvml() -> ModuleType | None:
    """Return NVIDIA's management library, ready for use, if it is installed and works."""
    try:
        library = importlib.import_module("pynvml")
    except ImportError:
        return None
    try:
        library.nvmlInit()
    except library.NVMLError:
        return None
    return library


def handle_of(library: Any, device: torch.device) -> Any:
    """Return NVML's handle of `device`, found by its UUID: the two libraries count differently."""
    uuid = str(torch.cuda.get_device_properties(device).uuid)
    try:
        return library.nvmlDeviceGetHandleByUUID(f"GPU-{uuid.removeprefix('GPU-')}")
    except library.NVMLError:
        return None


def driver_version() -> str:
    """Return the NVIDIA driver's version; empty if it cannot be known."""
    library = nvml()
    if library is not None:
        try:
            found = library.nvmlSystemGetDriverVersion()
            return found.decode() if isinstance(found, bytes) else str(found)
        except library.NVMLError:
            return ""
    try:
        text = DRIVER_FILE.read_text(encoding="utf-8")
    except OSError:
        return ""
    # "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  Thu Jan ..."
    found = re.search(r"\s(\d+(?:\.\d+)+)\s", text)
    return found[1] if found else ""
