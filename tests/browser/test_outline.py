"""Structure that assistive technology reads: words for pictures, captions, headings, links."""

from __future__ import annotations

import re

import pytest
from page_outline import outline_faults


def test_pictures_tables_headings_and_links_are_whole(opened, any_page):
    assert outline_faults(opened(any_page).page) == []


def test_the_first_tab_reaches_a_link_that_skips_to_the_content(opened, any_page):
    page = opened(any_page).page
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert "skip" in focused.inner_text().lower()
    box = focused.bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    target = page.locator(focused.get_attribute("href"))
    page.keyboard.press("Enter")
    assert target.evaluate("element => element.closest('main') !== null")


def test_every_section_links_to_itself_and_the_contents_list_all_in_order(opened, any_page):
    page = opened(any_page).page
    sections = page.evaluate(
        "[...document.querySelectorAll('h2')].map(h2 => h2.closest('[id]:not(h2)').id)"
    )
    own = page.evaluate(
        "[...document.querySelectorAll('h2')]"
        ".map(h2 => (h2.closest('section').querySelector('a.self') || {}).hash)"
    )
    contents = page.evaluate("[...document.querySelectorAll('nav a')].map(a => a.hash)")
    assert len(sections) > 5
    assert contents == [f"#{slug}" for slug in sections]
    assert own == contents


def test_a_link_of_the_contents_leads_to_its_section(opened, full):
    page = opened(full).page
    link = page.locator("nav a").last
    link.click()
    assert page.url.endswith(link.get_attribute("href"))
    # The page may scroll smoothly.
    page.wait_for_function(
        "() => document.querySelector(location.hash).getBoundingClientRect().top < innerHeight"
    )


@pytest.mark.parametrize(
    ("pattern", "instead", "fault"),
    [
        (r"<caption.*?</caption>", "", "table without a caption"),
        (r"<figcaption.*?</figcaption>", "", "figure without a caption"),
        (r" role=\"img\"", "", "picture without words"),
        (r"<h3", "<h5", "heading of level 5 after level 2"),
        (r"<a ([^>]*)href=\"#[^\"]*\"", r'<a \1href="#nowhere"', "link to nowhere"),
        (r"</main>", "<p id='one'></p><p id='one'></p></main>", "not unique: one"),
    ],
)
def test_a_gap_in_the_structure_is_found(opened, full, tmp_path, pattern, instead, fault):
    def change(html):
        start = html.index("<body")
        return html[:start] + re.sub(pattern, instead, html[start:], count=1, flags=re.DOTALL)

    found = outline_faults(opened(full.broken(change, tmp_path)).page)
    assert any(fault in line for line in found), found
