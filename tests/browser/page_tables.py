"""The page's tables as a reader sees them: headings, rows in their order, and which are shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MISSING = "\N{EN DASH}"
NUMBER = re.compile(
    r"[<>=≈]?\s*[×]?(?P<sign>[+−-]?)(?P<digits>\d[\d\u202f]*)?(?P<decimals>\.\d+)?(?=$|[\s%×\u00a0])"
)
READ = """
table => {
  const words = (element, without) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll(without).forEach(each => each.remove());
    return copy.textContent.replace(/[ \\n\\t]+/g, ' ').trim();
  };
  return {
    caption: words(table.caption, 'nothing'),
    headings: [...table.tHead.rows[0].cells].map(th => words(th, 'svg, .unit, small')),
    rows: [...table.tBodies].flatMap(body => [...body.rows]).map(row => ({
      cells: [...row.cells].map(cell => words(cell, 'svg, small')),
      visible: row.checkVisibility(),
    })),
  };
}
"""


@dataclass(frozen=True)
class Row:
    """A row's cells by heading, in order, and whether it is shown."""

    headings: tuple[str, ...]
    cells: tuple[str, ...]
    visible: bool

    def under(self, *headings: str) -> str | None:
        """Return the cell under the first of `headings` that the table has."""
        for heading, cell in zip(self.headings, self.cells, strict=True):
            if heading in headings:
                return cell
        return None


@dataclass(frozen=True)
class Table:
    """A table's caption, headings and rows."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]

    def column(self, index: int) -> list[str]:
        """Return the cells of one column, from top to bottom."""
        return [row.cells[index] for row in self.rows]


def read_table(table: Locator) -> Table:
    """Read one table off the page."""
    found = table.evaluate(READ)
    headings = tuple(found["headings"])
    rows = tuple(
        Row(headings, tuple(row["cells"]), row["visible"])
        for row in found["rows"]
        if len(row["cells"]) == len(headings)
    )
    return Table(found["caption"], headings, rows)


def read_tables(page: Page, selector: str) -> list[Table]:
    """Read every table that `selector` finds."""
    return [read_table(table) for table in page.locator(selector).all()]


def value_and_rounding(text: str) -> tuple[float, float] | None:
    """Return the number that a cell shows and how far rounding may have moved it; or None.

    Minus is U+2212 and thousands are set apart by U+202F, as `reports.numbers` writes them.
    """
    if text.lstrip("+−").startswith("∞"):
        return (float("-inf") if text[0] == "−" else float("inf")), 0.0
    match = NUMBER.match(text)
    if match is None or not (match["digits"] or match["decimals"]):
        return None
    digits = (match["digits"] or "").replace("\u202f", "")
    value = float(f"{digits or '0'}{match['decimals'] or ''}")
    decimals = len(match["decimals"] or ".") - 1
    # `< .001` may be anything below.
    rounding = value if text[0] == "<" else 1 - value if text[0] == ">" else 0.5 * 10**-decimals
    return (-value if match["sign"] in {"−", "-"} else value), rounding
