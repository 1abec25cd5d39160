"""Variants of a method that differ only in options without effect."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Self

from reports.display.words import join
from reports.input.options import flat
from reports.input.runs import Row
from reports.warnings.caveat import Caveat, Evidence

Options = tuple[dict[str, object], frozenset[str]]
"""The options of an arm by dotted name, and those of them that have no effect."""


@dataclass(frozen=True, slots=True)
class IdleVariants(Caveat):
    """Two arms of one method that no option with an effect tells apart."""

    first: str
    second: str
    options: tuple[str, ...]

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find pairs of arms; a frame without the columns tells nothing."""
        arms: dict[str, dict[str, Options]] = defaultdict(dict)
        for run, row in evidence.rows:
            options = _options(row)
            if options is not None:
                arms[run.method.partition("/")[0].partition(" [")[0]][run.method] = options
        for known in arms.values():
            for (first, (ours, idle)), (second, (theirs, too)) in combinations(known.items(), 2):
                names = ours.keys() | theirs.keys()
                unlike = {name for name in names if ours.get(name) != theirs.get(name)}
                if unlike and unlike <= idle & too:
                    yield cls(first, second, tuple(sorted(unlike)))

    def sentence(self) -> str:
        """Name both, and the options."""
        return (
            f"{self.first} and {self.second} differ only in {join(self.options)}, which with their "
            "other options has no effect on what is learnt, except where it sets a level of noise: "
            "what lies between them is chance, or that noise."
        )


def _options(row: Row) -> Options | None:
    text, idle = row.get("options"), row.get("idle_options")
    if not isinstance(text, str) or not isinstance(idle, str) or not idle:
        return None
    try:
        return flat(text), frozenset(idle.split(", "))
    except ValueError:  # somebody's own column of that name
        return None
