"""temporary"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

COLOURS = (
    ("#333333", "#d0d4da"),
    ("#0072B2", "#5aaee8"),
    ("#C44E00", "#ff8a4a"),
    ("#00805c", "#3fc79a"),
    ("#AA4499", "#e08ad0"),
    ("#8C6D1F", "#d9b44a"),
    ("#0E86A8", "#6fd0f0"),
    ("#882255", "#e0789f"),
)
PART_COLOURS = (
    ("#777777", "#999999"),
    ("#B07800", "#E69F00"),
    ("#1f86c0", "#56B4E9"),
    ("#b05a90", "#CC79A7"),
    ("#D55E00", "#f08030"),
)
DASHES: tuple[tuple[float, ...] | str, ...] = ("", (5, 2), (1.5, 1.5), (6, 2, 1.5, 2))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


@dataclass(frozen=True, slots=True)
class Style:
    light: str
    dark: str
    dashes: tuple[float, ...] | str
    marker: str


def styles(methods: Sequence[str]) -> dict[str, Style]:
    return {
        m: Style(*COLOURS[i % 8], DASHES[i // 8 % 4], MARKERS[i % 7]) for i, m in enumerate(methods)
    }
