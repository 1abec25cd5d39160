"""One root seed, many named streams of randomness.

A stream depends on the root seed and its own name only. So drawing more numbers from one stream
never shifts another: two methods with the same seed see the same data order and, where their
networks agree, the same initial weights, however much noise either of them draws.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Streams:
    """The named random streams of one run."""

    seed: int

    def derive(self, name: str) -> int:
        """Return the 63-bit seed of the stream called `name`."""
        digest = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1

    def generator(self, name: str, device: torch.device | str = "cpu") -> torch.Generator:
        """Return a fresh generator on `device`, at the start of the stream called `name`."""
        return torch.Generator(device=device).manual_seed(self.derive(name))

    @contextmanager
    def initialisation(self) -> Iterator[None]:
        """Seed the weight initialisation of `torch.nn` inside the block, and only there.

        Networks are built on the CPU and moved afterwards, so initial weights do not depend on
        the device; the process's global generators are left as they were.
        """
        with torch.random.fork_rng(devices=[]):
            # `torch.manual_seed` would seed every device's generator too, for good, and on a
            # machine without any it takes longer than to build a small network.
            torch.default_generator.manual_seed(self.derive("initialisation"))
            yield
