"""What the system says of the processor, in its own words."""

import sys
from functools import cache
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")


@cache
def cpuinfo() -> dict[str, str]:
    """Return what Linux says of the first core, by its own words; empty on other systems."""
    if sys.platform != "linux" or not CPUINFO.is_file():
        return {}
    first, _, _ = CPUINFO.read_text(encoding="utf-8", errors="replace").strip().partition("\n\n")
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def vendor_and_family() -> tuple[str, int]:
    """Return an x86 processor's vendor, such as "AuthenticAMD", and family; "" and 0 if unknown."""
    known = cpuinfo()
    family = known.get("cpu family", "")
    return known.get("vendor_id", ""), int(family) if family.isdecimal() else 0
