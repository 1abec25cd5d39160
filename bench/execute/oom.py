"""How often the kernel has killed for lack of memory: who was killed without a word, and why."""

from pathlib import Path

COUNTERS = (Path("/sys/fs/cgroup/memory.events"), Path("/proc/vmstat"))
"""Of this container, and of the machine; lines `oom_kill N`."""


def killed_for_memory(counters: tuple[Path, ...] = COUNTERS) -> int | None:
    """Return how many processes the kernel has killed for memory; None where it does not say."""
    found = []
    for path in counters:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        found += [int(line.split()[1]) for line in lines if line.startswith("oom_kill ")]
    return sum(found) if found else None
