"""Whole numbers that a table can hold: those of 64 bits, which are TOML's too."""

from collections.abc import Iterator, Mapping
from typing import Any

LARGEST = 2**63 - 1
"""The largest whole number that a column of the frame can hold."""

TOO_LARGE = f"should be a whole number between -{LARGEST} and {LARGEST}"
"""What is said of others; they may be too long to be shown."""


def too_large(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield where in nested tables and lists there are whole numbers beyond ±`LARGEST`."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from too_large(inner, (*place, str(key)))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from too_large(inner, (*place, index))
    elif isinstance(value, int) and abs(value) > LARGEST:
        yield place
