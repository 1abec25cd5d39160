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
        as_text(f"{column.label} ({column.unit})" if column.unit else column.label)
        for column in table.columns
    ]
    rules = ["---:" if column.numeric else "---" for column in table.columns]
    rows = [[as_text(f"{c.text} {c.detail}".strip()) for c in row] for row in table.rows]
    lines = [f"**{as_text(table.caption)}**", ""]
    lines += [f"| {' | '.join(cells)} |" for cells in (header, rules, *rows)]
    if table.note:
        lines += ["", as_text(table.note)]
    return "\n".join(lines)


def _lines(view: View) -> Iterator[str]:
    yield f"# {as_text(view.title)}\n"
    if view.description:
        yield f"{as_text(view.description)}\n"
    yield f"{as_text(view.facts)}\n"
    yield from (f"- {as_text(fact.term)}: {as_text(fact.text)}" for fact in view.origin)
    if view.repeat:
        yield f"- Repeat: `{visible(view.repeat)}`"
    yield ""
    if view.answer:
        yield "## Answer\n"
        yield from (f"- {as_text(sentence)}" for _, sentence in view.answer.sentences)
        yield f"\n{markdown_table(view.answer.table)}\n"
    if view.verdicts:
        yield "## Verdicts\n"
    for metric in view.verdicts:
        yield f"### {as_text(metric.name)}{' (primary)' if metric.is_primary else ''}\n"
        yield f"{as_text(metric.headline)}\n"
        yield from (f"- {as_text(candidate.sentence)}" for candidate in metric.candidates)
        yield ""
    if view.warnings:
        yield "## Warnings\n"
        yield from (f"- {as_text(warning)}" for warning in view.warnings)
        yield ""
    for section in view.sections:
        if not (section.tables or section.items or section.methods):
            continue
        yield f"## {as_text(section.title)}\n"
        yield from (f"- {as_text(warning)}" for warning in section.warnings)
        if section.warnings:
            yield ""
        yield from (f"{as_text(paragraph)}\n" for paragraph in section.paragraphs)
        yield from (f"- {as_text(term)}: {as_text(text)}" for term, text in section.items)
        if section.items:
            yield ""
        yield from (f"{markdown_table(without_drawings(table))}\n" for table in section.tables)
        for note in section.methods:
            yield f"- {as_text(note.name)}: {as_text(note.title)}. Source: {as_text(note.source)}"


def as_text(text: str) -> str:
    """`text` on one line, with everything Markdown would interpret escaped."""
    return SPECIAL.sub(r"\\\1", visible(" ".join(text.split())))
