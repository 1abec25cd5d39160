"""What every measurement is told: where it runs, how often, and on which seeds."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from bench.execute.fork_server import ForkServer


@dataclass(frozen=True)
class Setting:
    """What the command line says, for every measurement alike."""

    device: torch.device
    rounds: int
    seeds: str
    """Of the study `quick`, as the command line writes them."""
    executor: ForkServer
    processes: int = 1
    """Fresh ones for what is measured in several; 1: all is measured in this one."""
    say: Callable[[str], None] = lambda line: None
    """Shows what is being measured."""

    def at_most(self, rounds: int) -> int:
        """Return how many rounds something slow is given."""
        return min(self.rounds, rounds)
