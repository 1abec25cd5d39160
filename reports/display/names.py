"""Names of files for figures and tables of a report: what they show, in words a shell can bear."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from reports.display.table import Table

NO_WORD = re.compile(r"[^a-z0-9]+")
LONGEST = 60


def slug(text: str) -> str:
    """Return `text` in lower-case ASCII letters and digits with hyphens between, 60 at most."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = NO_WORD.sub("-", plain).strip("-")
    if len(words) > LONGEST:
        words = words[: LONGEST + 1].rpartition("-")[0] or words[:LONGEST]
    return words


def file_names(section: str, tables: Sequence[Table]) -> Iterator[tuple[str, Table]]:
    """Name the tables of a section: by it, and where there are several by what tells them apart."""
    if len(tables) == 1:
        yield slug(section), tables[0]
        return
    groups = [slug(table.group) for table in tables]
    told = groups if all(groups) and len(set(groups)) == len(groups) else None
    names = told or [slug(table.caption) for table in tables]
    for name, table in zip(unique(names), tables, strict=True):
        yield f"{slug(section)}-{name}", table


def unique(names: Iterable[str]) -> list[str]:
    """Add numbers to names that came before: no file takes another's place."""
    found: dict[str, None] = {}
    for name in names:
        number, free = 2, name
        while free in found:
            number, free = number + 1, f"{name}-{number}"
        found[free] = None
    return list(found)
