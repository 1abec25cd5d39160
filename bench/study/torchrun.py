"""What `torchrun` says of this process; imports nothing, so that a command line can ask early."""

import os


def place() -> tuple[int, int] | None:
    """Return this process's rank and how many there are, if `torchrun` started it."""
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        return None
    return int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
