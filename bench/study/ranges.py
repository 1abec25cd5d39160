"""Whole numbers as people type them: `0-5`, `64,128`, `0-2,7`."""

import re
from collections.abc import Iterable
from typing import Any

LONGEST = 10_000
"""More values than this in one range is a slip of the finger, not a study."""


def parse_integers(text: str) -> list[int]:
    """Return the whole numbers that `text` lists; raises ValueError with what would fit."""
    values: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,19})(?:\s*-\s*(\d{1,19}))?\s*", part)
        if match is None:
            raise ValueError(f"'{text}' is no list of whole numbers such as 0-5 or 64,128")
        first = int(match[1])
        last = first if match[2] is None else int(match[2])
        if last < first or last - first >= LONGEST:
            raise ValueError(f"range '{part.strip()}' is empty or longer than {LONGEST}")
        values.extend(range(first, last + 1))
    return values


def written(values: Iterable[int]) -> str:
    """Return whole numbers as `parse_integers` reads them, in ascending order: "0-5,7"."""
    runs: list[list[int]] = []
    for value in sorted(set(values)):
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)


def listed(value: Any) -> Any:
    """Let a range such as "0-5", or a single number, stand for a list."""
    if isinstance(value, str):
        return parse_integers(value)
    return [value] if isinstance(value, int) else value


def parse_names(text: str) -> list[str]:
    """Return the names that `text` lists, separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]
