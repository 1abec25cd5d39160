"""How a warning names many things: all of them by their number, arms by their method, few by name.

A warning says how to read a page; which runs it is about stands in the tables and the data.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from reports.display.limits import MOST_WARNED
from reports.display.words import FEW, join

Key = TypeVar("Key", bound=Hashable)


def some(names: Sequence[str], most: int = MOST_WARNED) -> str:
    """Join names, of many the first and how many more there are: `a, b, c and 9 more`."""
    if len(names) <= most + 1:
        return join(names)
    return join([*names[:most], f"{len(names) - most} more"])


def listed(values: Sequence[str], between: str = ", ") -> str:
    """List values, of many the first and how many more there are: `1, 2, 4, 8, 9 more`."""
    left = len(values) - MOST_WARNED
    return between.join(values if left <= 1 else (*values[:MOST_WARNED], f"{left} more"))


def named(methods: Sequence[str], every: int = 0) -> str:
    """Name methods: one by one, or `all 12 methods`, or `5 arms of one, another and 3 more`.

    `every` is how many methods there are that this could be about.
    """
    if len(methods) == every > FEW:
        return f"all {every} methods"
    if len(methods) <= MOST_WARNED + 1:
        return join(methods)
    families: dict[str, list[str]] = defaultdict(list)
    for method in methods:
        families[family(method)].append(method)
    shown = list(families.items())
    shown = shown if len(shown) <= MOST_WARNED + 1 else shown[:MOST_WARNED]
    left = len(methods) - sum(len(own) for _, own in shown)
    names = [own[0] if len(own) == 1 else f"{len(own)} arms of {name}" for name, own in shown]
    return join([*names, *([f"{left} more"] if left else [])])


def family(method: str) -> str:
    """Return the method that an arm is a variant of: `one` of `one/learned`."""
    return method.partition("/")[0].partition(" [")[0]


def alike(items: Iterable[tuple[str, Key]]) -> Mapping[Key, tuple[str, ...]]:
    """Put together the names of which the same is to be said, in their order."""
    found: dict[Key, list[str]] = defaultdict(list)
    for name, what in items:
        found[what].append(name)
    return {what: tuple(names) for what, names in found.items()}
