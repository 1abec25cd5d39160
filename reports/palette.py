"""One colour, dash and marker per method, the same everywhere on a page.

Colours are Okabe and Ito's, told apart with every common colour blindness; dashes and markers
carry the difference on after the eighth method and on paper without colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BASELINE = "#333333"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F")
DASHES: tuple[tuple[float, ...] | str, ...] = ("", (5, 2), (1.5, 1.5), (6, 2, 1.5, 2))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


@dataclass(frozen=True, slots=True)
class Style:
    """How a method is drawn; `dashes` is seaborn's form, where "" is a full line."""

    colour: str
    dashes: tuple[float, ...] | str
    marker: str


def styles(methods: Sequence[str]) -> dict[str, Style]:
    """Style by method.  `methods` starts with the baseline, which is drawn in dark grey."""
    result = {}
    for i, method in enumerate(methods):
        colour = BASELINE if i == 0 else COLOURS[(i - 1) % len(COLOURS)]
        dashes = DASHES[0 if i == 0 else (i - 1) // len(COLOURS) % len(DASHES)]
        result[method] = Style(colour, dashes, MARKERS[i % len(MARKERS)])
    return result
