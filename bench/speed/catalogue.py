"""Every measurement of `python -m bench.speed` by name; imports none of them."""

import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from noprop_core.errors import InvalidSetting

if TYPE_CHECKING:
    from bench.speed.row import Row
    from bench.speed.setting import Setting


@dataclass(frozen=True)
class Measurement:
    """One or more rows of the table that are measured together."""

    what: str
    place: str
    """`module:function` in this folder; the function yields the rows."""
    threads: int | None = 1
    """Of torch, as studies of this size have it; None: as many as torch takes by itself."""

    def rows(self, setting: "Setting") -> "Iterator[Row]":
        """Measure."""
        module, _, function = self.place.partition(":")
        measure: Callable[[Setting], Iterator[Row]] = getattr(
            importlib.import_module(f"bench.speed.{module}"), function
        )
        return measure(setting)


MEASUREMENTS = {
    "steps": Measurement(
        "every method's step at the size of digits against the plain one", "lean_steps:rows"
    ),
    "optimiser": Measurement(
        "the optimiser's call against torch's own", "lean_steps:optimiser_rows"
    ),
    "stacked-blocks": Measurement("blocks at once against one by one", "stacked_steps:rows"),
    "stacked-seeds": Measurement("seeds at once against one by one", "seed_stacks:rows"),
    "inference": Measurement(
        "1000 steps of continuous time against the same plainly", "inference:rows"
    ),
    "paper-step": Measurement(
        "noprop-dt's step against backprop's, at the paper's size", "paper_step:rows", None
    ),
    "original": Measurement(
        "the original algorithm's step against one pass", "original:rows", None
    ),
    "public": Measurement(
        "published steps of two public implementations against ours", "public:rows", None
    ),
    "ceiling": Measurement("arithmetic per second against the machine's own", "ceiling:rows", None),
    "data-path": Measurement("an epoch's batches against a DataLoader's", "data_path:rows", None),
    "start-up": Measurement("answers of the commands, and one cell by itself", "start_up:rows"),
    "overhead": Measurement("the harness's share of the study quick", "overhead:rows"),
    "jobs": Measurement("two cells side by side against one at a time", "two_at_once:rows"),
}
"""The fastest first, so that a run that is stopped has shown most."""


def chosen(names: Iterable[str]) -> dict[str, Measurement]:
    """Return the measurements called `names`, all for none; raises `InvalidSetting`."""
    asked = list(dict.fromkeys(names))
    unknown = [name for name in asked if name not in MEASUREMENTS]
    if unknown:
        raise InvalidSetting(f"--only: '{unknown[0]}' is none of {', '.join(MEASUREMENTS)}")
    return {name: m for name, m in MEASUREMENTS.items() if not asked or name in asked}
