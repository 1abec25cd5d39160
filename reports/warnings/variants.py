"""Variants of a method that differ only in options without effect."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Self

from reports.display.words import join
from reports.input.options import flat
from reports.input.runs import Row
from reports.warnings.caveat import Caveat, Evidence
from reports.warnings.naming import family, named

Options = tuple[dict[str, object], frozenset[str]]
"""The options of an arm by dotted name, and those of them that have no effect."""


@dataclass(frozen=True, slots=True)
class IdleVariants(Caveat):
    """Arms of one method that no option with an effect tells apart."""

    arms: tuple[str, ...]
    options: tuple[str, ...]

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find pairs of arms; a frame without the columns tells nothing."""
        arms: dict[str, dict[str, Options]] = defaultdict(dict)
        for run, row in evidence.rows:
            options = _options(row)
            if options is not None:
                arms[family(run.method)][run.method] = options
        for known in arms.values():
            apart: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
            for (first, (ours, idle)), (second, (theirs, too)) in combinations(known.items(), 2):
                names = ours.keys() | theirs.keys()
                unlike = {name for name in names if ours.get(name) != theirs.get(name)}
                if unlike and unlike <= idle & too:
                    apart[tuple(sorted(unlike))].append((first, second))
            for unlike_in, pairs in apart.items():
                for own in _connected(pairs):
                    yield cls(own, unlike_in)

    def sentence(self) -> str:
        """Name them, and the options."""
        return (
            f"{named(self.arms)} differ only in {join(self.options)}, which with their "
            "other options has no effect on what is learnt, except where it sets a level of noise: "
            "what lies between them is chance, or that noise."
        )


def _connected(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    """Put pairs together that share an arm: what is idle between two is so between all of them."""
    groups: list[tuple[str, ...]] = []
    for pair in pairs:
        touched = [group for group in groups if not {*group}.isdisjoint(pair)]
        groups = [group for group in groups if group not in touched]
        groups.append(tuple(dict.fromkeys([*(arm for group in touched for arm in group), *pair])))
    yield from groups


def _options(row: Row) -> Options | None:
    text, idle = row.get("options"), row.get("idle_options")
    if not isinstance(text, str) or not isinstance(idle, str) or not idle:
        return None
    try:
        return flat(text), frozenset(idle.split(", "))
    except ValueError:  # somebody's own column of that name
        return None
