"""Colours that follow the reader from light to dark: pictures name them by CSS variables."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from reports.display.palette import PART_COLOURS, Style

INK, SOFT, LINE = "#1b1f24", "#57606a", "#d0d7de"
"""What pictures draw text, marks of no method, and grids in; report.css has their dark forms."""

BAND = "#e3e8ee"
"""The margin that does not matter, in a forest plot."""
VERDICT_INKS = {
    "better": "#0b5a2c",
    "better-among-finished-runs": "#0b5a2c",
    "worse": "#8a2c06",
    "equivalent": "#074a80",
    "inconclusive": "#424a53",
}
"""Verdicts, by their class, on light pages: what report.css has."""

PAGE_VARIABLES = {INK: "--ink", SOFT: "--soft", LINE: "--line"}
HEX = re.compile(r"#[0-9a-f]{6}\b")


@dataclass(frozen=True, slots=True)
class ThemeColour:
    """A CSS variable with its value on a light and on a dark page."""

    variable: str
    light: str
    dark: str


def variable(light: str) -> str:
    """Name the variable that stands for a colour of the light page."""
    return f"--c{light.lower().removeprefix('#')}"


def theme(styles: Iterable[Style]) -> tuple[ThemeColour, ...]:
    """List every colour that a page with these methods can use, once each."""
    pairs = dict.fromkeys([*((s.light, s.dark) for s in styles), *PART_COLOURS])
    return tuple(ThemeColour(variable(light), light, dark) for light, dark in pairs)


def themed(style: str) -> str:
    """Replace the light page's colours by their variables in an SVG element's `style`."""

    def replaced(match: re.Match[str]) -> str:
        name = PAGE_VARIABLES.get(match[0]) or variable(match[0])
        return f"var({name})"

    return HEX.sub(replaced, style)
