"""What makes measured numbers doubtful: a busy machine, unsteady runs, unlike configurations.

A column that the frame lacks, or a value that is missing, tells nothing against a run.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import pandas as pd

from reports.display.limits import MOST_NAMED
from reports.display.words import spans
from reports.input.runs import Row
from reports.warnings.caveat import Caveat, Evidence, methods_of
from reports.warnings.naming import listed, named

UNLIKE = {
    "options": "configuration",
    "threads": "number of threads",
    "processor": "processor",
    "cuda": "CUDA version",
    "driver": "driver",
    "isolation": "isolation",
}
"""Columns whose values must be equal within a method, data set, batch size and T to be pooled."""


@dataclass(frozen=True, slots=True)
class Doubtful(Caveat):
    """Finished runs with something against them, of all finished runs."""

    count: int
    of: int
    methods: tuple[str, ...]
    every: int
    """Methods with finished runs."""
    told: tuple[object, ...]
    """What is told against each of them."""

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find whether there are any."""
        told = [(run, cls.against(row)) for run, row in evidence.rows]
        found = [(run, what) for run, what in told if what]
        if found:
            methods, every = (methods_of([run for run, _ in some]) for some in (found, told))
            reasons = tuple(what for _, what in found)
            yield cls(len(found), len(told), methods, len(every), reasons)

    @classmethod
    def against(cls, row: Row) -> object:
        """Return what a row tells against its run; nothing where that is unknown."""
        raise NotImplementedError

    @property
    def part(self) -> str:
        """`2 of 24 finished runs`."""
        return f"{self.count} of {self.of} finished runs"

    @property
    def names(self) -> str:
        """The methods."""
        return named(self.methods, self.every)


@dataclass(frozen=True, slots=True)
class BusyMachine(Doubtful):
    """Something else ran on the machine."""

    @classmethod
    def against(cls, row: Row) -> object:
        """Return what else the machine did."""
        reason = row.get("disturbed")
        return reason if isinstance(reason, str) else ""

    def sentence(self) -> str:
        """Name what was most frequent."""
        by_frequency = (str(what) for what, _ in Counter(self.told).most_common())
        reasons = "; ".join(spans(by_frequency)[:MOST_NAMED])
        busy = f"The machine was busy during {self.part} ({self.names})"
        return f"{busy}: {reasons}. Times are doubtful."


@dataclass(frozen=True, slots=True)
class UnsteadyTimes(Doubtful):
    """Epoch times that drift or scatter."""

    concerns_answer = False
    sections = ("results",)

    @classmethod
    def against(cls, row: Row) -> object:
        """Return whether the run is known to be unsteady."""
        steady = row.get("steady")
        return steady is False or (not pd.isna(steady) and steady == 0)  # type: ignore[call-overload]

    def sentence(self) -> str:
        """Say what that means for the median."""
        return (
            f"Epoch times drift or scatter by more than 10 % in {self.part} ({self.names}): their "
            "median is no steady state."
        )


@dataclass(frozen=True, slots=True)
class OutlyingEpochs(Doubtful):
    """Single epochs whose time lies far from the others'."""

    concerns_answer = False
    sections = ("results",)

    @classmethod
    def against(cls, row: Row) -> object:
        """Return how many epochs."""
        slow = row.get("slow_epochs")
        return 0 if pd.isna(slow) else int(str(slow))  # type: ignore[call-overload]

    def sentence(self) -> str:
        """Say which numbers leave them out."""
        total = sum(int(str(count)) for count in self.told)
        return (
            f"Single epochs took far longer or shorter than the others in {self.part} "
            f"({self.names}), {total} epochs in all; medians leave them out, totals do not."
        )


@dataclass(frozen=True, slots=True)
class UnlikeRuns(Caveat):
    """Groups that are averaged over seeds although their runs differ in a column."""

    concerns_answer = False
    sections = ("results",)

    column: str
    count: int
    of: int
    methods: tuple[str, ...]
    every: int
    values: tuple[str, ...]

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find the columns of `UNLIKE` that differ within a group."""
        for column in UNLIKE:
            values: dict[tuple[object, ...], set[str]] = defaultdict(set)
            for run, row in evidence.rows:
                if column in row:
                    key = (run.method, run.dataset, run.batch_size, run.timesteps, run.condition)
                    values[key].add(str(row[column]))
            mixed = {key: found for key, found in values.items() if len(found) > 1}
            if mixed:
                methods, every = (sorted({str(key[0]) for key in some}) for some in (mixed, values))
                shown = () if column == "options" else sorted(set.union(*mixed.values()))
                of = len(values), tuple(methods), len(every)
                yield cls(column, len(mixed), *of, tuple(shown))

    def sentence(self) -> str:
        """Name the column and its values."""
        shown = f": {listed(self.values)}" if self.values else ""
        return (
            f"Runs that are averaged over seeds differ in their {UNLIKE[self.column]}{shown}, in "
            f"{self.count} of {self.of} groups ({named(self.methods, self.every)}). Their mean is "
            "of unlike things."
        )
