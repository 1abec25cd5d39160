"""A view as Markdown: headings, sentences and pipe tables, without the figures."""

import re
from collections.abc import Iterator

from reports.display.table import Table, without_drawings
from reports.display.view import View
from reports.display.words import visible
from reports.page.report import Report

SPECIAL = re.compile(r"([\\`*_\[\]<>|$~#])")


def to_markdown(report: Report) -> str:
    """Write the whole view; names and messages cannot be taken for markup."""
    return "\n".join(_lines(report.view())).rstrip() + "\n"


def markdown_table(table: Table) -> str:
    """Write one table with its caption above and its note below."""
    header = [
        _text(f"{column.label} ({column.unit})" if column.unit else column.label)
        for column in table.columns
    ]
    rules = ["---:" if column.numeric else "---" for column in table.columns]
    rows = [[_text(f"{c.text} {c.detail}".strip()) for c in row] for row in table.rows]
    lines = [f"**{_text(table.caption)}**", ""]
    lines += [f"| {' | '.join(cells)} |" for cells in (header, rules, *rows)]
    if table.note:
        lines += ["", _text(table.note)]
    return "\n".join(lines)


def _lines(view: View) -> Iterator[str]:
    yield f"# {_text(view.title)}\n"
    if view.description:
        yield f"{_text(view.description)}\n"
    yield f"{_text(view.facts)}\n"
    yield from (f"- {_text(fact.term)}: {_text(fact.text)}" for fact in view.origin)
    if view.repeat:
        yield f"- Repeat: `{visible(view.repeat)}`"
    yield ""
    if view.answer:
        yield "## Answer\n"
        yield from (f"- {_text(sentence)}" for _, sentence in view.answer.sentences)
        yield f"\n{markdown_table(view.answer.table)}\n"
    if view.verdicts:
        yield "## Verdicts\n"
    for metric in view.verdicts:
        yield f"### {_text(metric.name)}{' (primary)' if metric.is_primary else ''}\n"
        yield f"{_text(metric.headline)}\n"
        yield from (f"- {_text(candidate.sentence)}" for candidate in metric.candidates)
        yield ""
    if view.warnings:
        yield "## Warnings\n"
        yield from (f"- {_text(warning)}" for warning in view.warnings)
        yield ""
    for section in view.sections:
        if not (section.tables or section.items or section.methods):
            continue
        yield f"## {_text(section.title)}\n"
        yield from (f"{_text(paragraph)}\n" for paragraph in section.paragraphs)
        yield from (f"- {_text(term)}: {_text(text)}" for term, text in section.items)
        if section.items:
            yield ""
        yield from (f"{markdown_table(without_drawings(table))}\n" for table in section.tables)
        for note in section.methods:
            yield f"- {_text(note.name)}: {_text(note.title)}. Source: {_text(note.source)}"


def _text(text: str) -> str:
    """`text` on one line, with everything Markdown would interpret escaped."""
    return SPECIAL.sub(r"\\\1", visible(" ".join(text.split())))
