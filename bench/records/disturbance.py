"""Whether other work on the machine makes a run's times doubtful."""

from bench.records.record import Load

BUSY_SHARE = 0.10
"""Part of the machine's cores that others may use before a run's times are called disturbed."""
STOLEN_SHARE = 0.02
"""Part of the machine's time that a hypervisor may give to others."""
HELD_BACK = 0.02
"""Cores that a limit on processor time may stop; of a large machine's many a run uses a few."""


def why_disturbed(load: Load, cores: int) -> str:
    """Return what makes times measured under `load` doubtful; empty if nothing is known to."""
    reasons = []
    if load.others_cores is not None and load.others_cores > BUSY_SHARE * cores:
        reasons.append(f"others used {load.others_cores:.1f} of {cores} cores")
    if load.stolen_cores is not None and load.stolen_cores > STOLEN_SHARE * cores:
        reasons.append(f"the hypervisor gave {load.stolen_cores:.1f} cores to others")
    if load.held_back_cores is not None and load.held_back_cores > HELD_BACK:
        held = f"{load.held_back_cores:.2g}"
        reasons.append(f"a limit on processor time, such as a container's, stopped {held} cores")
    if load.throttled:
        reasons.append(f"the processor was slowed for heat {load.throttled} times")
    if load.gpu_others:
        reasons.append(f"{load.gpu_others} other processes were on the GPU")
    if load.gpu_slowed:
        reasons.append(f"the GPU was slowed: {', '.join(load.gpu_slowed)}")
    return "; ".join(reasons)
