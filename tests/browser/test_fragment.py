"""Filters, metric and order of rows stand in the URL's fragment, and come back from it."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from page_tables import read_table
from visits import visit


def state(page):
    return parse_qs(page.url.partition("#")[2])


@pytest.fixture(scope="module")
def seen(browser, full):
    """Open one page for all that is asked here."""
    found = visit(browser, full.path)
    yield found
    assert found.complaints == []
    found.context.close()


def go(page, fragment):
    """Change the fragment as a reader would, in the address bar."""
    page.evaluate("hash => { location.hash = hash }", fragment)
    page.wait_for_timeout(100)


def chosen(page):
    return page.evaluate(
        "() => [...document.querySelectorAll('#filters select, .switch select')]"
        ".filter(s => s.selectedIndex > 0).map(s => [s.id, s.selectedOptions[0].text])"
    )


def test_what_is_chosen_is_in_the_url_and_a_page_opened_at_it_shows_the_same(seen, browser, full):
    page = seen.page
    page.locator("#filter-method").select_option(label="noprop-dt/learned")
    page.locator("#filter-batch-size").select_option(label="64")
    page.locator("#switch-effects").select_option(index=1)
    metric = page.locator("#switch-effects").evaluate("s => s.selectedOptions[0].text")
    table = page.locator("#results table").first
    table.locator("thead th").nth(2).click(position={"x": 8, "y": 8})
    page.wait_for_function("() => location.hash.includes('sort')")
    assert state(page) == {
        "method": ["noprop-dt/learned"], "batch-size": ["64"], "metric-effects": [metric],
        "sort": ["results.0.2.asc"],
    }  # fmt: skip
    context = browser.new_context()
    again = context.new_page()
    again.goto(full.path.as_uri() + "#" + page.url.partition("#")[2])
    assert chosen(again) == chosen(page)
    assert len(chosen(again)) == 3
    assert read_table(again.locator("#results table").first) == read_table(table)
    context.close()


def test_links_of_the_contents_keep_the_state(seen):
    page = seen.page
    go(page, "#method=noprop-dt")
    assert chosen(page) == [["filter-method", "noprop-dt"]]
    page.locator("nav a[href='#methods']").click()
    page.wait_for_function("() => document.querySelector('#methods > details').open")
    assert page.url.endswith("#methods&method=noprop-dt")
    assert chosen(page) == [["filter-method", "noprop-dt"]]


def test_a_section_and_a_state_in_one(seen):
    page = seen.page
    go(page, "#environment&dataset=mnist")
    assert chosen(page) == [["filter-dataset", "mnist"]]
    assert page.locator("#environment > details").get_attribute("open") is not None


@pytest.mark.parametrize(
    "fragment",
    [
        "#method=nobody&metric-effects=&colour=blue&dataset", "#%E0%A4%A&x=1", "#&&&==&sort=",
        "#sort=results.0.99.asc&sort=results.7.0.desc&sort=results.0.1.up&sort=x",
        "#nowhere&sort=results.0.-1.asc&sort=results.0.NaN.asc&method=%00%FF",
    ],
)  # fmt: skip
def test_a_wrong_fragment_is_ignored(seen, fragment):
    page = seen.page
    go(page, "#method=noprop-dt")
    go(page, fragment)
    assert chosen(page) == []
    assert state(page) == {}
    assert seen.complaints == []
