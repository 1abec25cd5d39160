"""What of a table stands in a figure by itself: labels, the forest plot, effects, verdicts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from reports.display.answer import Answer, Entry
from reports.display.limits import MOST_OPEN_ROWS, MOST_ROWS
from reports.display.names import file_names
from reports.display.table import METHOD, Cell, Column, Table, shortened
from reports.display.view import Section, View


@dataclass(frozen=True, slots=True)
class Chart:
    """A table with a forest plot as a figure: columns, and cells of text above bar above detail."""

    name: str
    table: Table


def charts(view: View) -> tuple[Chart, ...]:
    """Return the answer's matrix, and every table that has a forest plot, in the page's order."""
    found = [Chart("answer", _answer(view.answer))] if view.answer else []
    return (*found, *(chart for section in view.sections for chart in _charts_of(section)))


def _charts_of(section: Section) -> Iterator[Chart]:
    tables = [table for table in section.tables if table.axis]
    for name, whole in file_names(section.slug, tables):
        table = _forest(shortened(replace(whole, main=False, folded=False)))
        # A figure is on one page; the rows beyond it are in another.
        for start in range(0, min(len(table.rows), MOST_ROWS), MOST_OPEN_ROWS):
            part = replace(table, rows=table.rows[start : start + MOST_OPEN_ROWS])
            yield Chart(f"{name}-{start // MOST_OPEN_ROWS + 1}" if start else name, part)


def _forest(table: Table) -> Table:
    """Choose what stands left and right of the forest plot: labels, and effect and verdict."""
    drawn = next(i for i, column in enumerate(table.columns) if column.axis is not None)
    labels = [i for i in range(drawn) if table.columns[i].facet or not table.columns[i].numeric]
    effects = [i for i in range(drawn) if i not in labels]
    verdicts = [
        i
        for i in range(drawn + 1, len(table.columns))
        if any(row[i].verdict and not row[i].bar for row in table.rows)
    ]
    order = [*labels, drawn, *effects, *verdicts]

    def cell(row: tuple[Cell, ...], i: int) -> Cell:
        # The reason of a verdict and the test of a p are the table's.
        detail = row[i].detail if i in (*labels, *effects) else ""
        return replace(row[i], text=f"{row[i].text} {detail}".strip(), detail="")

    return replace(
        table,
        columns=tuple(table.columns[i] for i in order),
        rows=tuple(tuple(cell(row, i) for i in order) for row in table.rows),
    )


def _answer(answer: Answer) -> Table:
    return Table(
        caption=answer.question,
        columns=(METHOD, *(Column(c.label, c.unit, False, None, c.axis) for c in answer.columns)),
        rows=tuple(
            (
                Cell(row.method, "\n".join(filter(None, (row.note, row.place))), method=row.method),
                *map(_entry, row.entries),
            )
            for row in answer.rows
        ),
        how_to_read=answer.how_to_read,
        what_it_says=" ".join(sentence for _, sentence in answer.sentences),
    )


def _entry(entry: Entry) -> Cell:
    parts = (entry.verdict_words, entry.effect, entry.interval)
    return Cell(entry.value, "\n".join(filter(None, parts)), verdict=entry.verdict, bar=entry.bar)
