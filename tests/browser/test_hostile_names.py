"""Names that HTML, CSS or a script would trip over are shown as they are, and do nothing."""

from __future__ import annotations

import pytest
from page_tables import read_tables
from pages import ENDLESS, HOSTILE
from visits import open_all_details


def test_a_hostile_title_is_the_title(opened, hostile):
    page = opened(hostile).page
    assert page.title() == hostile.title
    assert page.locator("h1").inner_text() == hostile.title


def test_names_make_no_elements_and_run_nothing(opened, hostile):
    seen = opened(hostile)
    made = seen.page.locator("#escaped, img, [onload], [onerror], [onclick]")
    assert made.count() == 0
    scripts = seen.page.locator("script").all_text_contents()
    assert not any(name in script for script in scripts for name in HOSTILE)
    assert (seen.dialogs, seen.complaints) == ([], [])


def test_names_change_no_style(opened, hostile):
    page = opened(hostile).page
    for selector in ("body", "h1", "main", "section#results table"):
        assert page.locator(selector).first.is_visible()


def test_every_name_is_read_in_the_table_of_results(opened, hostile):
    rows = [r for t in read_tables(opened(hostile).page, "section#results table") for r in t.rows]
    assert {row.under("Method") for row in rows} == {"backprop", *HOSTILE, ENDLESS}


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
@pytest.mark.parametrize("facet", ["method", "dataset"])
def test_hostile_names_filter_as_others_do(opened, hostile, facet, javascript):
    page = opened(hostile, javascript=javascript).page
    open_all_details(page)  # A row of a folded table is filtered all the same.
    select = page.locator(f"#filter-{facet}")
    names = select.locator("option").all_text_contents()[1:]
    assert set(names) == set(hostile.frames.runs[facet])
    heading = {"method": "Method", "dataset": "Data set"}[facet]
    for i, name in enumerate(names, start=1):
        select.select_option(index=i)
        rows = [row for t in read_tables(page, "section#results table") for row in t.rows]
        assert {row.under(heading) for row in rows if row.visible} == {name}
        assert all(row.visible == (row.under(heading) == name) for row in rows)
