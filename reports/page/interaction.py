"""What the page does with a script: sorting, values at the pointer, its state in the URL, saving.

Here are keys by which cells sort, and the one script that is inlined: DataTables (MIT) from
itables, and the page's own files beside the templates. Filtering needs no script: the style sheet
does it.
"""

import base64
import hashlib
import importlib.resources
import importlib.util
import re
from dataclasses import dataclass
from functools import cache

from reports.display.table import Cell, Table

PACKAGE = "itables"
BUNDLE = ("html", "dt_bundle.js")
DEFAULT_EXPORT = re.compile(r"export\s*\{[^}]*?\b([\w$]+) as default\b")

TEMPLATES = ("page", "templates")
OWN = ("sorting.js", "values.js", "state.js", "drawn_tables.js", "saving.js")
"""What the page does with a script, one thing each; later files use names of earlier ones."""
COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
INDENT = re.compile(r"^\s+", re.MULTILINE)


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
def page_script() -> Script:
    """Return the page's script; without the package that sorts, tables do not."""
    folder = importlib.resources.files("reports").joinpath(*TEMPLATES)
    own = "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in OWN)
    library, name = _library() or ("", "null")
    short = INDENT.sub("", COMMENT.sub("", own))
    # Names of the library, and ours, are kept apart by the block.
    text = f"{library}\n{{\nconst DataTable = {name};\n{short}}}\n"
    # An HTML parser ends a script at its closing tag, even within a string.
    text = text.replace("</script", r"<\/script")
    text = text.replace("<!--", r"<\!--").replace("\r\n", "\n")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return Script(text, f"'sha256-{digest}'")


def _library() -> tuple[str, str] | None:
    """Return the code of DataTables and its name there, or `None` where its package is missing."""
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
    return None if name is None else (library, name[1])
