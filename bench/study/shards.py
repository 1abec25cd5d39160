"""A study in parts, for machines that know nothing of each other.

All runs of a seed on a data set are in one part: what is compared as a pair ran on one machine, and
every machine has its share of every setting. Which part is decided by the study alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.study.ranges import parse_integers, written

if TYPE_CHECKING:
    from bench.study.cells import Cell

MOST = 10_000


@dataclass(frozen=True)
class Shard:
    """Parts `mine` of `of` equal ones, counted from 1; a faster machine may take several."""

    mine: tuple[int, ...]
    of: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Read `2/4`, or `1-3/4` for three of four parts; raises `ValueError`."""
        parts, slash, of = (word.strip() for word in text.partition("/"))
        if not (slash and of.isdecimal() and 1 <= int(of) <= MOST):
            raise ValueError(f"'{text}' is no part such as 2/4")
        mine = sorted(set(parse_integers(parts)))
        if mine[0] < 1 or mine[-1] > int(of):
            raise ValueError(f"'{text}': parts are counted from 1 to {of}")
        return cls(tuple(mine), int(of))

    def __str__(self) -> str:
        """As `parse` reads it."""
        return f"{written(self.mine)}/{self.of}"

    def of_cells(self, cells: "Sequence[Cell]") -> "list[Cell]":
        """Return those of a study's `cells` that are in this part, in their order."""
        groups = list(dict.fromkeys((cell.seed, cell.dataset) for cell in cells))
        part = {group: number % self.of + 1 for number, group in enumerate(groups)}
        return [cell for cell in cells if part[cell.seed, cell.dataset] in self.mine]
