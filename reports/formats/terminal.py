"""The answer of a study for a terminal: one table on one screen, and a sentence per candidate."""

from rich.console import Group
from rich.table import Table
from rich.text import Text

from reports.display.answer import Answer, Entry
from reports.display.words import visible

COLOURS = {
    "better": "green",
    "better-among-finished-runs": "green",
    "worse": "red",
    "equivalent": "cyan",
    "inconclusive": "dim",
}


def printable(answer: Answer) -> Group:
    """Return what `rich` prints: the matrix, and the sentences below it."""
    table = Table(show_lines=False, pad_edge=False, padding=(0, 1))
    table.add_column("method", overflow="fold")
    for column in answer.columns:
        unit = f" ({column.unit})" if column.unit else ""
        table.add_column(f"{column.label}{unit}", justify="right", overflow="fold")
    for row in answer.rows:
        name = Text(visible(row.method))
        for more in (row.place, row.note):
            if more:
                name.append(f"\n{visible(more)}", style="dim")
        table.add_row(name, *(_entry(entry) for entry in row.entries))
    said = [sentence for _, sentence in answer.sentences]
    sentences = [Text(visible(sentence)) for sentence in (*said, answer.under) if sentence]
    return Group(table, *sentences)


def _entry(entry: Entry) -> Text:
    text = Text(visible(entry.value))
    if entry.effect:
        text.append(f"\n{entry.verdict_words}", style=COLOURS.get(entry.verdict, ""))
        text.append(f"\n{visible(entry.effect)}")
        if entry.interval:
            text.append(f"\n{visible(entry.interval)}", style="dim")
    return text
