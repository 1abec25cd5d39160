"""What the page can be filtered by: values found in its tables, numbered for CSS to match."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports.display.facet import Facet, Facets
from reports.display.numbers import NO_NUMBER
from reports.display.table import Cell, Column, Table

LABELS = {
    Facet.DATASET: "Data set",
    Facet.BATCH_SIZE: "Batch size",
    Facet.TIMESTEPS: "T",
    Facet.METHOD: "Method",
}
ATTRIBUTES = {
    Facet.DATASET: "data-d",
    Facet.BATCH_SIZE: "data-b",
    Facet.TIMESTEPS: "data-t",
    Facet.METHOD: "data-m",
}
"""Short, since every row of every table carries them."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice in the filter bar: slug and label, the attribute that rows carry, its values.

    Values are numbered from 1, in their order; the number stands for them in attributes and CSS,
    so that no name has to be written there. A name that stands for several has the numbers of all.
    """

    slug: str
    label: str
    attribute: str
    values: tuple[str, ...]
    numbers: Mapping[str, str]


def filters(
    tables: Iterable[Table], joint: Mapping[str, Sequence[str]] | None = None
) -> tuple[Filter, ...]:
    """Find what `tables` can be filtered by: facets with at least two values.

    `joint` has names of methods that stand for several.
    """
    joint = joint or {}
    found: dict[Facet, set[str]] = {facet: set() for facet in Facet}
    for table in tables:
        for i, column in enumerate(table.columns):
            if column.facet is not None:
                found[column.facet].update(row[i].text for row in table.rows)
    result = []
    for facet, shown in found.items():
        together = joint if facet is Facet.METHOD else {}
        texts = {text for each in shown for text in together.get(each, (each,))}
        values = tuple(sorted(texts - {NO_NUMBER}, key=_natural))
        if len(values) > 1:
            numbers = {value: str(i) for i, value in enumerate(values, start=1)}
            numbers |= {
                name: " ".join(numbers[each] for each in members if each in numbers)
                for name, members in together.items()
            }
            result.append(Filter(facet, LABELS[facet], ATTRIBUTES[facet], values, numbers))
    return tuple(result)


def row_attributes(
    columns: tuple[Column, ...], row: tuple[Cell, ...], by_slug: Mapping[str, Filter]
) -> str:
    """Write a row's attributes; a cell without a number belongs to every value."""
    facets = {
        column.facet: cell.text
        for column, cell in zip(columns, row, strict=True)
        if column.facet is not None
    }
    return written(numbered(facets, by_slug))


def numbered(facets: Facets, by_slug: Mapping[str, Filter]) -> dict[str, str]:
    """Return attributes by name, numbers only; nothing for a value that is in no filter."""
    return {
        found.attribute: found.numbers[text]
        for facet, text in facets.items()
        if (found := by_slug.get(facet)) is not None and text in found.numbers
    }


def written(attributes: Mapping[str, str]) -> str:
    """Write attributes whose values are numbers into a tag."""
    return "".join(
        f' {name}="{value}"' if " " in value else f" {name}={value}"
        for name, value in attributes.items()
    )


def _natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """Sort 2 before 10, numbers before names."""
    return tuple(
        (0, int(part)) if part.isdecimal() else (1, part)
        for part in re.split(r"(\d+)", text)
        if part
    )
