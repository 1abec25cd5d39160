"""A view as LaTeX for a paper's appendix: one booktabs table after another, without figures."""

from collections.abc import Iterator

from reports.display.table import (
    Cell,
    Column,
    Table,
    without_drawings,
)
from reports.display.view import View
from reports.page.report import Report

PREAMBLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb,array,booktabs,longtable}
\usepackage[landscape,margin=15mm]{geometry}
\setlength{\tabcolsep}{4pt}
\setlength{\parindent}{0pt}
\begin{document}
\footnotesize
"""
LONG = 24
"""A text column with a longer cell than this is broken into lines."""

SYMBOLS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "[": "{[}", "]": "{]}", "`": r"\textasciigrave{}", "'": "'",
    "\N{MINUS SIGN}": r"$-$", "\N{MULTIPLICATION SIGN}": r"$\times$", "±": r"$\pm$",
    "\N{EN DASH}": "--", "∞": r"$\infty$", "\N{ALMOST EQUAL TO}": r"$\approx$",
    "\N{BLACK UP-POINTING TRIANGLE}": r"$\blacktriangle$",
    "\N{BLACK DOWN-POINTING TRIANGLE}": r"$\blacktriangledown$",
    "\N{NO-BREAK SPACE}": "~", "\N{NARROW NO-BREAK SPACE}": r"\,",
}  # fmt: skip


def to_latex(report: Report) -> str:
    """Write a document that compiles with pdflatex; its tables can be copied one by one."""
    return PREAMBLE + "\n".join(_body(report.view())) + "\n\\end{document}\n"


def latex_table(table: Table) -> str:
    """Write one table as a `longtable` with booktabs rules; needs `PREAMBLE`'s packages."""
    kinds, header = columns_of(table)
    return "\n".join(
        [
            rf"\begin{{longtable}}{{@{{}}{kinds}@{{}}}}",
            rf"\multicolumn{{{len(table.columns)}}}{{@{{}}l@{{}}}}"
            rf"{{\textbf{{{escape(table.caption)}}}}} \\",
            r"\toprule",
            rf"{header} \\",
            r"\midrule",
            r"\endhead",
            r"\bottomrule",
            r"\endfoot",
            *rows_of(table),
            r"\end{longtable}",
            *([escape(table.note), ""] if table.note else []),
        ]
    )


def columns_of(table: Table) -> tuple[str, str]:
    """Return how columns are aligned, and the headings between `&`."""
    kinds = (
        _kind(column, [row[i] for row in table.rows]) for i, column in enumerate(table.columns)
    )
    return "".join(kinds), " & ".join(_heading(column) for column in table.columns)


def rows_of(table: Table) -> list[str]:
    """Return every row with its end."""
    return [" & ".join(_cell(cell) for cell in row) + r" \\" for row in table.rows]


def escape(text: str) -> str:
    """`text` as LaTeX prints it; a character that pdflatex lacks becomes its code point."""
    return "".join(_symbol(character) for character in text)


def _body(view: View) -> Iterator[str]:
    yield rf"\section*{{{escape(view.title)}}}"
    yield f"{escape(view.facts)}\n"
    yield from (f"{escape(fact.term)}: {escape(fact.text)}\n" for fact in view.origin)
    if view.repeat:
        yield f"Repeat: {escape(view.repeat)}\n"
    if view.answer:
        yield from (f"{escape(sentence)}\n" for _, sentence in view.answer.sentences)
        yield latex_table(view.answer.table)
    for metric in view.verdicts:
        yield rf"\subsection*{{{escape(metric.name)}}}"
        yield f"{escape(metric.headline)}\n"
        for candidate in metric.candidates:
            yield f"{escape(candidate.sentence)}\n"
    if view.warnings:
        yield r"\subsection*{Warnings}"
        yield from (f"{escape(warning)}\n" for warning in view.warnings)
    for section in view.sections:
        if not (section.tables or section.items):
            continue
        yield rf"\subsection*{{{escape(section.title)}}}"
        yield from (f"{escape(warning)}\n" for warning in section.warnings)
        yield from (f"{escape(paragraph)}\n" for paragraph in section.paragraphs)
        yield from (f"{escape(term)}: {escape(text)}\n" for term, text in section.items)
        yield from (latex_table(without_drawings(table)) for table in section.tables)


def _kind(column: Column, cells: list[Cell]) -> str:
    if column.numeric:
        return "r"
    longest = max((len(f"{c.text} {c.detail}") for c in cells), default=0)
    return r">{\raggedright\arraybackslash}p{38mm}" if longest > LONG else "l"


def _heading(column: Column) -> str:
    """Put the unit on a line of its own: headings decide how wide a table gets."""
    lines = [escape(column.label), *([f"({escape(column.unit)})"] if column.unit else [])]
    side = "r" if column.numeric else "l"
    return rf"\begin{{tabular}}[b]{{@{{}}{side}@{{}}}}" + r"\\".join(lines) + r"\end{tabular}"


def _cell(cell: Cell) -> str:
    return escape(f"{cell.text} {cell.detail}".strip())


def _symbol(character: str) -> str:
    if character in SYMBOLS:
        return SYMBOLS[character]
    if character.isascii():
        return character if character.isprintable() else " "
    # What inputenc and T1 fonts print: Latin letters with accents.
    if (
        "\N{LATIN CAPITAL LETTER A WITH GRAVE}"
        <= character
        <= "\N{LATIN SMALL LETTER Z WITH CARON}"
    ):
        return character
    return rf"\texttt{{U+{ord(character):04X}}}"
