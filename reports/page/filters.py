"""What the page's tables can be filtered by: values found in them, numbered for CSS to match."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.display.numbers import NO_NUMBER
from reports.display.table import (
    Cell,
    Column,
    Facet,
    Table,
)

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
    so that no name has to be written there.
    """

    slug: str
    label: str
    attribute: str
    values: tuple[str, ...]
    numbers: Mapping[str, int]


def filters(tables: Iterable[Table]) -> tuple[Filter, ...]:
    """Find what `tables` can be filtered by: facets with at least two values."""
    found: dict[Facet, set[str]] = {facet: set() for facet in Facet}
    for table in tables:
        for i, column in enumerate(table.columns):
            if column.facet is not None:
                found[column.facet].update(row[i].text for row in table.rows)
    result = []
    for facet, texts in found.items():
        values = tuple(sorted(texts - {NO_NUMBER}, key=_natural))
        if len(values) > 1:
            numbers = {value: i for i, value in enumerate(values, start=1)}
            result.append(Filter(facet, LABELS[facet], ATTRIBUTES[facet], values, numbers))
    return tuple(result)


def row_attributes(
    columns: tuple[Column, ...], row: tuple[Cell, ...], by_slug: Mapping[str, Filter]
) -> str:
    """Write a row's attributes, numbers only; nothing for a value that is in no filter."""
    parts = []
    for column, cell in zip(columns, row, strict=True):
        if column.facet is not None and column.facet in by_slug:
            found = by_slug[column.facet]
            if cell.text in found.numbers:
                parts.append(f" {found.attribute}={found.numbers[cell.text]}")
    return "".join(parts)


def _natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """Sort 2 before 10, numbers before names."""
    return tuple(
        (0, int(part)) if part.isdecimal() else (1, part)
        for part in re.split(r"(\d+)", text)
        if part
    )
