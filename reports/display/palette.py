"""One colour, dash and marker per method, the same everywhere on a page and, mostly, in any study.

A colour is a pair of one hue: one for light pages and one for dark ones. Every colour keeps a
contrast of 3:1 to the page and to its panels (WCAG 2.2, 1.4.11, non-text), and the eight are told
apart in normal vision and with protanopia, deuteranopia and tritanopia: any two differ by a
CIEDE2000 distance of at least 12, the memory parts by 16. They were found by a search within
hues that have a name; the tests measure them. After eight methods colours repeat, with other
dashes and markers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Colour = tuple[str, str]
"""One hue as `#rrggbb` for light pages and for dark ones."""

INK: Colour = ("#333333", "#d0d4da")
"""The baseline's, and nobody else's."""

COLOURS: tuple[Colour, ...] = (
    ("#114092", "#a1b0fc"),  # blue
    ("#c12a12", "#f9835c"),  # vermillion
    ("#017d42", "#b7f7b2"),  # green
    ("#8f60da", "#8757ca"),  # purple
    ("#b38601", "#f9c60b"),  # ochre
    ("#3e989e", "#49a9b0"),  # cyan
    ("#903a5e", "#d72176"),  # wine
)

PART_COLOURS: tuple[Colour, ...] = (
    ("#81888c", "#b2bdc3"),  # grey
    ("#ad8909", "#e9c04a"),  # ochre
    ("#1d65d6", "#7d83ba"),  # blue
    ("#d3145a", "#fd6387"),  # rose
    ("#225b39", "#abf6ca"),  # green
)
"""The pieces of a stacked bar; any of them may be empty, so that any two may touch."""

DASHES: tuple[tuple[float, ...] | str, ...] = (
    "", (5, 2), (1.5, 1.5), (6, 2, 1.5, 2), (6, 1.5, 1.5, 1.5, 1.5, 1.5),
)  # fmt: skip
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<")


@dataclass(frozen=True, slots=True)
class Style:
    """How a method is drawn: on light pages, on dark ones, and without colour.

    `dashes` are lengths on and off in line widths, as matplotlib and seaborn take them, or ""
    for a full line: `linestyle=(0, style.dashes or ())`. `marker` is matplotlib's.
    """

    light: str
    dark: str
    dashes: tuple[float, ...] | str
    marker: str


def styles(methods: Sequence[str], first: Sequence[str] = ()) -> dict[str, Style]:
    """Style by method, in the order given. `methods` are names, the baseline first.

    The baseline is drawn in ink. A method of `first` gets its own slot, so that it looks alike in
    every study that has it, or another colour if that one is taken while others are free; all
    other methods get the next free slots in sorted order. The order of `methods` after the
    baseline changes nothing. 36 methods differ; beyond that styles repeat.
    """
    if not methods:
        return {}
    baseline, *others = methods
    known = [name for name in first if name in others]
    unknown = sorted(set(others) - set(known))
    taken: dict[str, int] = {}
    for name in (*known, *unknown):
        slot = list(first).index(name) if name in known else None
        taken[name] = _free_slot(slot, set(taken.values()))
    found = {name: _style(slot) for name, slot in taken.items()}
    return {baseline: Style(*INK, DASHES[0], MARKERS[0])} | {name: found[name] for name in others}


def _free_slot(wanted: int | None, taken: set[int]) -> int:
    """Return the slot `wanted`, if its colour is free, else the next with a free colour, if any."""
    colours = {slot % len(COLOURS) for slot in taken}
    if wanted is not None and wanted % len(COLOURS) not in colours:
        return wanted
    for slot in range(len(COLOURS)):
        if slot not in colours:
            return slot
    if wanted is not None and wanted not in taken:
        return wanted
    return next(slot for slot in range(len(taken) + 1) if slot not in taken)


def _style(slot: int) -> Style:
    """Slots count colours first: with each round through them come other dashes and markers."""
    turn, colour = divmod(slot, len(COLOURS))
    # The step of 3 keeps apart the markers of one colour, and of neighbours in a legend.
    marker = MARKERS[(1 + colour + 3 * turn) % len(MARKERS)]
    return Style(*COLOURS[colour], DASHES[turn % len(DASHES)], marker)
