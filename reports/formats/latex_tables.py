r"""A report's tables as one LaTeX file each, for a paper to `\input`.

A file holds the `tabular` alone: its caption, label and place are the author's, and stand as a
comment above it, ready to copy. What is too long for a page is a `longtable`, which has no float.
"""

from collections.abc import Iterator

from reports.display.names import file_names, unique
from reports.display.table import Table, without_drawings
from reports.display.view import View
from reports.formats.latex import columns_of, escape, rows_of
from reports.page.report import Report

PACKAGES = r"""% \input this in the preamble of what has the tables: all that they need.
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb,array,booktabs,longtable}
"""
ALL = r"""% Every table with its caption, to look at: pdflatex all-tables.tex
\documentclass[10pt,a4paper]{article}
\input{packages}
\usepackage[paperwidth=420mm,paperheight=297mm,margin=15mm]{geometry}
\begin{document}
\footnotesize
"""
LONG = 40
"""Rows that fit a page."""
RESERVED = ("packages", "all-tables")


def to_tables(report: Report) -> dict[str, bytes]:
    """Return every table's file by name, `packages.tex`, and `all-tables.tex` that shows them."""
    view = report.view()
    named = list(_named(view))
    names = unique([*RESERVED, *(name for name, _ in named)])[len(RESERVED) :]
    tables = {name: table for name, (_, table) in zip(names, named, strict=True)}
    texts = {name: table_file(name, table) for name, table in tables.items()}
    texts["packages"] = PACKAGES
    shown = (f"{_placed(name, table)}\\clearpage\n" for name, table in tables.items())
    texts["all-tables"] = ALL + "".join(shown) + "\\end{document}\n"
    return {f"{name}.tex": text.encode("utf-8") for name, text in texts.items()}


def table_file(name: str, table: Table) -> str:
    """Write one table, with what an author may want to say about it in comments above."""
    kinds, header = columns_of(table)
    head = [r"\toprule", rf"{header} \\", r"\midrule"]
    if len(table.rows) > LONG:
        environment, head, end = "longtable", [*head, r"\endhead", r"\bottomrule", r"\endfoot"], []
    else:
        environment, end = "tabular", [r"\bottomrule"]
    placed = (f"% {line}" for line in _placed(name, table).splitlines())
    return "\n".join(
        [
            *placed,
            rf"\begin{{{environment}}}{{@{{}}{kinds}@{{}}}}",
            *head,
            *rows_of(table),
            *end,
            rf"\end{{{environment}}}",
            "",
        ]
    )


def _named(view: View) -> Iterator[tuple[str, Table]]:
    if view.answer:
        yield "answer", view.answer.table
    for section in view.sections:
        for name, table in file_names(section.slug, section.tables):
            if table.rows:
                yield name, without_drawings(table)


def _placed(name: str, table: Table) -> str:
    """Return the lines that put a table into a document."""
    caption = rf"\caption{{{escape(table.caption)}}} \label{{tab:{name}}}"
    note = f"{escape(table.note)}\n" if table.note else ""
    if len(table.rows) > LONG:
        return f"\\input{{{name}}}\n{note}"
    return (
        f"\\begin{{table}}[ht!]\n\\centering\n{caption}\n\\input{{{name}}}\n{note}\\end{{table}}\n"
    )
