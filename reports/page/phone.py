"""Wide tables on a phone: a row is a few lines of cells, each behind the name of its column.

So nothing lies beyond the edge. The names are said by the style sheet, once for all tables with the
same columns, since in the cells they would be said 100,000 times.
"""

from collections.abc import Iterable

from reports.display.limits import MOST_PHONE_COLUMNS
from reports.display.table import Column, Table
from reports.display.words import visible, with_unit

PLAIN = frozenset(" .,%()/")
"""What stands in a string of CSS as it is, besides letters and digits of ASCII."""

Names = tuple[str, ...]


def layouts(tables: Iterable[Table]) -> dict[Names, str]:
    """Return a class for the names of columns of every table that is too wide for a phone."""
    wide = (names(table) for table in tables if len(table.columns) > MOST_PHONE_COLUMNS)
    return {each: f"l{number}" for number, each in enumerate(dict.fromkeys(wide), start=1)}


def names(table: Table) -> Names:
    """Return what is said before the cells of each column; nothing before a drawing."""
    return tuple("" if column.axis else _name(column) for column in table.columns)


def quoted(text: str) -> str:
    """Write a string of CSS: whatever may be in it, it ends neither the string nor the style."""
    safe = (
        letter
        if letter in PLAIN or (letter.isascii() and letter.isalnum())
        else f"\\{ord(letter):x} "
        for letter in visible(text)
    )
    return f'"{"".join(safe)}"'


def _name(column: Column) -> str:
    return with_unit(column.label, column.unit)
