"""Units: the base unit of stored values, and the units that a page may show them in."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

MOST = 1000.0
"""What is larger is read more easily in the next unit."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of display; a value in base units is divided by `size` first."""

    symbol: str
    size: float = 1.0


@dataclass(frozen=True, slots=True)
class Units:
    """The units of one quantity: `base` names that of stored values, `shown` go from small up."""

    base: str
    shown: tuple[Unit, ...]

    def fitting(self, values: Iterable[float | None]) -> Unit:
        """Return the smallest unit in which the largest finite of `values` is below 1000.

        `values` are in the base unit; one unit serves all of them: 5.6 s, and not 5 609 ms.
        """
        largest = max((abs(v) for v in values if v is not None and math.isfinite(v)), default=0.0)
        return next((u for u in self.shown if largest < MOST * u.size), self.shown[-1])


PERCENT = Units("percent", (Unit("%"),))
SECONDS = Units("s", (Unit("ms", 1e-3), Unit("s"), Unit("min", 60.0), Unit("h", 3600.0)))
BYTES = Units("bytes", (Unit("KiB", 2.0**10), Unit("MiB", 2.0**20), Unit("GiB", 2.0**30)))
JOULES = Units("J", (Unit("mJ", 1e-3), Unit("J"), Unit("kJ", 1e3), Unit("MJ", 1e6)))
FLOPS = Units(
    "FLOP/s",
    (
        Unit("MFLOP/s", 1e6),
        Unit("GFLOP/s", 1e9),
        Unit("TFLOP/s", 1e12),
        Unit("PFLOP/s", 1e15),
    ),
)
OPERATIONS = Units(
    "FLOP",
    (
        Unit("MFLOP", 1e6),
        Unit("GFLOP", 1e9),
        Unit("TFLOP", 1e12),
        Unit("PFLOP", 1e15),
        Unit("EFLOP", 1e18),
    ),
)
NATS = Units("nats", (Unit("nats"),))
