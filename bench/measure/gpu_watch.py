"""Who else used a GPU while a run was measured, and whether it was slowed; extra `energy`."""

from typing import Any

import torch

from bench.measure import energy

SLOWED = {
    "nvmlClocksThrottleReasonSwThermalSlowdown": "heat",
    "nvmlClocksThrottleReasonHwThermalSlowdown": "heat",
    "nvmlClocksThrottleReasonHwSlowdown": "heat or power",
    "nvmlClocksThrottleReasonHwPowerBrakeSlowdown": "power brake",
}
"""NVML's reasons why clocks are lower than they could be, of those that are no card's normal state.

At its power limit a card is whenever it works hard: that is in the environment, as the limit.
"""


class GpuWatch:
    """Looks at one card now and then; on a CPU, or without NVML, it sees nothing."""

    def __init__(self, device: torch.device) -> None:
        """Find the card; CUDA has been started on it."""
        self.nvml = energy.nvml() if device.type == "cuda" else None
        self.handle = None if self.nvml is None else energy.handle_of(self.nvml, device)
        self.others: int | None = None
        self.slowed: list[str] | None = None
        self.clocks: list[int] = []

    def look(self) -> None:
        """Note what the card does at this moment."""
        processes = self._ask("nvmlDeviceGetComputeRunningProcesses")
        if processes is not None:
            # One is ours. Which one cannot be told: in a container their numbers are others.
            self.others = max(self.others or 0, len(processes) - 1)
        reasons = self._ask("nvmlDeviceGetCurrentClocksThrottleReasons")
        if reasons is not None:
            now = [w for name, w in SLOWED.items() if reasons & getattr(self.nvml, name, 0)]
            self.slowed = list(dict.fromkeys([*(self.slowed or []), *now]))
        clock = self._ask("nvmlDeviceGetClockInfo", getattr(self.nvml, "NVML_CLOCK_SM", 1))
        if clock is not None:
            self.clocks.append(clock)

    def load(self) -> dict[str, Any]:
        """Return the entries of `Load` about the card."""
        return {
            "gpu_others": self.others,
            "gpu_slowed": self.slowed,
            "gpu_clock_mhz": sum(self.clocks) / len(self.clocks) if self.clocks else None,
        }

    def _ask(self, name: str, *more: Any) -> Any:
        if self.nvml is None or self.handle is None:
            return None
        try:
            return getattr(self.nvml, name)(self.handle, *more)
        except (self.nvml.NVMLError, AttributeError):  # not on this card, or not in this release
            return None
