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
    limits: str
    """What bounds the figures of its rows, in words for whoever reads the table."""
    threads: int | None = 1
    """Of torch, as studies of this size have it; None: as many as torch takes by itself."""
    rounds_apart: int | None = None
    """At most so many rounds in each of several fresh processes; None: all in this process."""
    runs_cells: bool = False
    """Whether it needs the server that forks cells' processes."""

    def rows(self, setting: "Setting") -> "Iterator[Row]":
        """Measure."""
        module, _, function = self.place.partition(":")
        measure: Callable[[Setting], Iterator[Row]] = getattr(
            importlib.import_module(f"bench.speed.{module}"), function
        )
        return measure(setting)


MEASUREMENTS = {
    "steps": Measurement(
        "every method's step at the size of digits against the plain one",
        "lean_steps:rows",
        "what both sides have in common: convolutions, products and dropout masks",
        rounds_apart=5,
    ),
    "optimiser": Measurement(
        "the optimiser's call against torch's own",
        "lean_steps:optimiser_rows",
        "torch's fused kernel, which both sides call, and one list of tensors per call",
        rounds_apart=9,
    ),
    "stacked-blocks": Measurement(
        "blocks at once against one by one",
        "stacked_steps:rows",
        "arithmetic, which stacking does not lessen, and T times the activations in the caches",
    ),
    "stacked-seeds": Measurement(
        "seeds at once against one by one",
        "seed_stacks:rows",
        "arithmetic, which stacking does not lessen: convolutions, of which large ones run near "
        "the processor's rate by themselves, and masks that every seed draws by itself",
        rounds_apart=3,
    ),
    "inference": Measurement(
        "1000 steps of continuous time against the same plainly",
        "inference:rows",
        "the products of the two largest layers, once a step",
        rounds_apart=3,
    ),
    "paper-step": Measurement(
        "noprop-dt's step against backprop's, at the paper's size",
        "paper_step:rows",
        "the same convolutions on both sides; images and head are asked once for every block",
        None,
        rounds_apart=5,
    ),
    "divided-step": Measurement(
        "the same with each side shared out over two processes",
        "divided_step:rows",
        "two cores that share caches and memory; for back-propagation its gradients, which every "
        "step sends",
        None,
        rounds_apart=5,
    ),
    "original": Measurement(
        "the original algorithm's step against one pass",
        "original:rows",
        "T + 1 passes of the network of images against one, beside MLPs that both train",
        None,
        rounds_apart=5,
    ),
    "public": Measurement(
        "published steps of two public implementations against ours",
        "public:rows",
        "the same networks on both sides; what differs is how often they are passed",
        None,
        rounds_apart=5,
    ),
    "ceiling": Measurement(
        "arithmetic per second against the machine's own",
        "ceiling:rows",
        "layers of fewer channels than the large convolution's, and what is no product at all",
        None,
    ),
    "data-path": Measurement(
        "an epoch's batches against a DataLoader's",
        "data_path:rows",
        "copying and normalising images, a batch at a time",
        None,
    ),
    "start-up": Measurement(
        "answers of the commands, and one cell by itself",
        "start_up:rows",
        "imports: an answer's own, and torch's for a cell",
    ),
    "overhead": Measurement(
        "the harness's share of the study quick",
        "overhead:rows",
        "a process and a throwaway model for each cell, beside a training of about a second",
        runs_cells=True,
    ),
    "jobs": Measurement(
        "two cells side by side against one at a time",
        "two_at_once:rows",
        "caches and memory that two cores share, and whatever else the cores do",
        runs_cells=True,
    ),
}
"""The fastest first, so that a run that is stopped has shown most."""


def chosen(names: Iterable[str]) -> dict[str, Measurement]:
    """Return the measurements called `names`, all for none; raises `InvalidSetting`."""
    asked = list(dict.fromkeys(names))
    unknown = [name for name in asked if name not in MEASUREMENTS]
    if unknown:
        raise InvalidSetting(f"--only: '{unknown[0]}' is none of {', '.join(MEASUREMENTS)}")
    return {name: m for name, m in MEASUREMENTS.items() if not asked or name in asked}
