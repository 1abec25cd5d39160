"""On a phone every cell of a wide table stands behind the name of its column."""

import re

import pytest

from reports.display.table import METHOD, Cell, Column, Table, method_cell
from reports.page.analysis import analyse
from reports.page.html import to_html
from reports.page.phone import layouts, quoted
from reports.page.report import study_report

HOSTILE = 'a"b\\c</style><b>]]> } 1\n\u202e'


def table_of(*columns):
    row = (method_cell("m"), *(Cell("1") for _ in columns))
    return Table("t", (METHOD, *columns), (row,))


def test_tables_with_the_same_columns_share_a_layout_and_narrow_ones_need_none():
    wide = table_of(Column("x", "s"), Column("y"))
    other = table_of(Column("x", "ms"), Column("y"))
    found = layouts([wide, table_of(Column("x")), other, wide])
    assert found == {("Method", "x (s)", "y"): "l1", ("Method", "x (ms)", "y"): "l2"}


def test_a_name_ends_neither_its_string_nor_the_style():
    text = quoted(f"1{HOSTILE}")
    inside = text[1:-1]
    assert re.fullmatch(r"([ .,%()/A-Za-z0-9]|\\[0-9a-f]+ )*", inside)
    back = re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), inside)
    # A line break and what turns writing round are escaped by name, as everywhere on the page.
    assert back == "1" + HOSTILE.replace("\u202e", "\\u202e")


@pytest.fixture(scope="module")
def html(study):
    from reports.input.plan import Plan

    plan = Plan.declared({"title": "s", "baseline": "backprop"})
    return to_html(study_report(analyse(*study(), plan), {}))


def test_every_cell_of_a_wide_table_has_a_name_but_for_drawings(html):
    tables = re.findall(r'<table class="[^"]*\blines (l\d+)".*?</table>', html, re.DOTALL)
    assert len(tables) > 5
    for found in re.finditer(r'<table class="[^"]*\blines (l\d+)".*?</thead>', html, re.DOTALL):
        heads = re.findall(r"<th scope=\"col\"( class=\"forest)?", found[0])
        named = set(map(int, re.findall(rf"\.{found[1]} td:nth-child\((\d+)\)::before", html)))
        assert named == {i for i, drawn in enumerate(heads, start=1) if not drawn}
