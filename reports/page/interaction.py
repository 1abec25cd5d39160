"""Sorting of the page's tables: keys for cells, and DataTables (MIT) inlined from itables.

The same script unfolds the section that a link leads to.

Filtering needs no script: the page's style sheet does it.
"""

import base64
import hashlib
import importlib.util
import re
from dataclasses import dataclass
from functools import cache

from reports.display.table import Cell, Table

PACKAGE = "itables"
BUNDLE = ("html", "dt_bundle.js")
DEFAULT_EXPORT = re.compile(r"export\s*\{[^}]*?\b([\w$]+) as default\b")

SORTABLE = """
for (const table of document.querySelectorAll("table.sortable")) {
  new %s(table, {
    paging: false, searching: false, info: false, autoWidth: false, order: [],
    columnDefs: [
      { targets: ".forest", orderable: false },
      { targets: "_all", orderSequence: ["asc", "desc", ""] },
    ],
  });
}
const unfold = () =>
  document.querySelector(":target > details.folded-section")?.setAttribute("open", "");
addEventListener("hashchange", unfold);
unfold();
"""


LARGEST = 1e300
"""What infinity is sorted as: after every number. A missing number comes before all of them."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script to inline, and the hash by which the page's security policy knows it."""

    text: str
    policy: str


def keyed_columns(table: Table) -> tuple[bool, ...]:
    """Say which columns need a key for sorting, since not all their texts are plain numbers.

    DataTables wants a key in every cell of a column or in none.
    """
    return tuple(
        column.axis is None
        and column.numeric
        and not all(_is_plain(row[i].text) and row[i].value is None for row in table.rows)
        for i, column in enumerate(table.columns)
    )


def sort_key(cell: Cell) -> str:
    """Return the number that a cell is sorted by, short; what has none comes first."""
    value = cell.value
    if value is None and _is_plain(cell.text):
        return cell.text
    if value is None:
        return "-1e301"
    return f"{max(-LARGEST, min(LARGEST, value)):.5g}"


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isdecimal()


@cache
def sorting_script() -> Script | None:
    """Return the script that makes tables sortable, or `None` where its package is missing."""
    # Not by `importlib.resources.files`, which imports the package: that ends in an error where
    # there is no home to look for settings in.
    package = importlib.util.find_spec(PACKAGE)
    found = getattr(package and package.loader, "get_resource_reader", None)
    if found is None:
        return None
    bundle = found(PACKAGE).files().joinpath(*BUNDLE)
    if not bundle.is_file():
        return None
    library = bundle.read_text(encoding="utf-8")
    name = DEFAULT_EXPORT.search(library)
    if name is None:
        return None
    # An HTML parser ends a script at its closing tag, even within a string.
    text = (library + "\n" + SORTABLE % name[1]).replace("</script", r"<\/script")
    text = text.replace("<!--", r"<\!--").replace("\r\n", "\n")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return Script(text, f"'sha256-{digest}'")
