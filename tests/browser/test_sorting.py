"""A heading sorts its table, by mouse and by keyboard; without a script nothing is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from page_tables import MISSING, read_table, read_tables, value_and_rounding
from visits import open_all_details

MAIN = ["section#results table", "section#effects table:has-text('paired by seed')"]
ORDERS = ["ascending", "descending"]


def is_sorted(cells, order):
    """Whether cells stand in `order`: numbers as numbers, the missing together at one end."""
    numbers = [value_and_rounding(cell) for cell in cells]
    known = [i for i, number in enumerate(numbers) if number is not None]
    if known and known != list(range(known[0], known[-1] + 1)):
        return False
    values = [numbers[i] for i in known]
    if order == "descending":
        values.reverse()
    return all(a[0] - a[1] <= b[0] + b[1] for a, b in pairwise(values))


def is_numeric(cells):
    numbers = [value_and_rounding(cell) for cell in cells]
    others = {cell for cell, number in zip(cells, numbers, strict=True) if number is None}
    return others <= {MISSING, ""} and len({number for number in numbers if number}) > 1


def heading(table, index):
    return table.locator("thead tr").first.locator("th").nth(index)


def changed_order(th, act):
    """Do what sorts by this heading, and return the order that it says it is in afterwards."""
    before = th.get_attribute("aria-sort")
    act()
    # Large tables are sorted a moment later.
    th.page.wait_for_function(
        "([th, before]) => ![null, before].includes(th.getAttribute('aria-sort'))",
        arg=[th.element_handle(), before],
    )
    return th.get_attribute("aria-sort")


def click(th):
    th.click(position={"x": 8, "y": 8})


@pytest.mark.parametrize("place", MAIN, ids=["results", "effects"])
def test_columns_of_numbers_sort_as_numbers(opened, full, place):
    table = opened(full).page.locator(place).first
    before = read_table(table)
    numeric = [i for i in range(len(before.headings)) if is_numeric(before.column(i))]
    assert len(numeric) >= 3
    for i in numeric:
        seen = set()
        for _ in ORDERS:
            th = heading(table, i)
            order = changed_order(th, lambda th=th: click(th))
            seen.add(order)
            after = read_table(table)
            assert is_sorted(after.column(i), order), (before.headings[i], after.column(i))
            assert sorted(row.cells for row in after.rows) == sorted(r.cells for r in before.rows)
        assert seen == set(ORDERS)


@pytest.mark.parametrize("place", MAIN, ids=["results", "effects"])
def test_a_column_of_names_sorts_by_name_from_the_keyboard(opened, full, place):
    page = opened(full).page
    table = page.locator(place).first
    before = read_table(table)
    i = next(i for i, name in enumerate(before.headings) if name in {"Method", "Candidate"})
    focusable = "button, [tabindex='0'], a[href]"
    inside = heading(table, i).locator(focusable)
    (inside.first if inside.count() else heading(table, i)).focus()
    assert heading(table, i).evaluate("th => th.contains(document.activeElement)")
    order = changed_order(heading(table, i), lambda: page.keyboard.press("Enter"))
    assert order == "ascending"
    names = read_table(table).column(i)
    assert names == sorted(names)
    assert names != before.column(i)


def test_every_table_of_data_sorts(opened, full):
    page = opened(full).page
    open_all_details(page)
    page.locator("#switch-effects").select_option(label="all")
    # The matrix of the answer has an order of its own: the baseline first.
    tables = page.locator("main table:not(.matrix)").all()
    tables = [table for table in tables if len(read_table(table).rows) > 1]
    assert len(tables) > 5
    for table in tables:
        th = heading(table, 0)
        assert changed_order(th, lambda th=th: click(th)) in ORDERS, read_table(table).caption


def test_a_sorted_table_is_filtered_still(opened, full):
    page = opened(full).page
    table = page.locator(MAIN[0]).first
    page.locator("#filter-batch-size").select_option(label="64")
    shown = {row.cells: row.visible for row in read_table(table).rows}
    assert set(shown.values()) == {True, False}
    th = heading(table, read_table(table).headings.index("Method"))
    changed_order(th, lambda: click(th))
    assert {row.cells: row.visible for row in read_table(table).rows} == shown


def test_without_a_script_tables_read_the_same_and_nothing_offers_to_sort(opened, full):
    with_script, without = opened(full).page, opened(full, javascript=False).page
    assert read_tables(with_script, "main table") == read_tables(without, "main table")
    assert without.locator("th [tabindex]:visible, th[tabindex]:visible").count() == 0
    # A form's own reset button works without a script.
    idle = without.locator("button:not([type=reset]):visible, [role=button]:visible")
    assert idle.count() == 0


@pytest.mark.parametrize(
    ("cells", "order", "sorted_"),
    [
        (["−1.20", "0.00", "+3.40"], "ascending", True),
        (["+3.40", "0.00", "−1.20"], "ascending", False),
        (["×0.9", "×1.10", "×12"], "ascending", True),
        (["×1.10", "×12", "×9"], "ascending", False),
        (["9", "1\u202f024", "64\u202f000"], "ascending", True),
        (["1\u202f024", "64\u202f000", "9"], "ascending", False),
        (["< .001", ".012", ".21", "> .99", "1.00", "–"], "ascending", True),
        (["–", ".012", ".21"], "ascending", True),
        ([".012", "–", ".21"], "ascending", False),
        (["∞", "12", "1"], "descending", True),
        (["12.1", "12", "12.4"], "ascending", True),  # 12 may have been 12.3
    ],
)
def test_what_counts_as_sorted(cells, order, sorted_):
    assert is_sorted(cells, order) is sorted_
