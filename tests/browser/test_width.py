"""The page fits a phone and a sheet of paper: nothing sticks out but what scrolls by itself."""

from __future__ import annotations

import re

import pytest
from page_overflow import overflow, tables_that_scroll
from page_tables import read_table
from visits import A4, DESKTOP, PHONE, open_all_details


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
def test_nothing_sticks_out_of_the_window(opened, any_page, viewport, javascript):
    seen = opened(any_page, viewport=viewport, javascript=javascript)
    open_all_details(seen.page)
    assert overflow(seen.page) == []
    if viewport == PHONE:
        assert tables_that_scroll(seen.page) == []


def test_on_paper_nothing_sticks_out(opened, full):
    seen = opened(full, viewport=A4)
    seen.page.emulate_media(media="print")
    assert overflow(seen.page) == []


def test_what_cannot_be_used_on_paper_is_not_there(opened, full):
    page = opened(full, viewport=A4).page
    places = [page.locator(selector) for selector in ("nav", "#filters")]
    assert [place.is_visible() for place in places] == [True, True]
    page.emulate_media(media="print")
    assert [place.is_visible() for place in places] == [False, False]


def test_the_page_prints(opened, full):
    seen = opened(full)
    assert seen.page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize(
    ("added", "found"),
    [
        # What lies in the page itself is held to its width: one of its own is in a box.
        ("<div><div style='width:1000px'>wide</div></div>", "of 375: wide"),
        ("<p style='white-space:nowrap'>" + 200 * "long " + "</p>", "of 375: long"),
        # These two leave the page's own width alone.
        ("<div style='position:fixed;left:300px;width:200px'>fixed</div>", "from 300 to 500"),
        ("<div style='margin-left:-50px;width:100px'>left</div>", "<div> from -"),
    ],
)
def test_what_sticks_out_is_found(opened, full, tmp_path, added, found):
    path = full.broken(lambda html: html.replace("</body>", added + "</body>"), tmp_path)
    assert found in "\n".join(overflow(opened(path, viewport=PHONE).page))


def test_what_scrolls_by_itself_may_be_wide(opened, full, tmp_path):
    added = "<div style='overflow-x:auto'><div style='width:1000px'>wide</div></div>"
    path = full.broken(lambda html: html.replace("</body>", added + "</body>"), tmp_path)
    assert "wide" not in "\n".join(overflow(opened(path, viewport=PHONE).page))


def test_on_a_phone_cells_have_the_names_of_their_columns_and_rows_still_sort(opened, full):
    page = opened(full, viewport=PHONE).page
    table = page.locator("#effects table.lines:has(td.forest):visible").first
    heads = [" ".join(h.split()) for h in table.locator("thead th").all_text_contents()]
    row = table.locator("tbody tr").first.locator("td")
    said = row.evaluate_all("all => all.map((cell) => getComputedStyle(cell, '::before').content)")
    drawn = [i for i, name in enumerate(said) if name == "none"]
    assert [heads[i].startswith("Effect, drawn") for i in drawn] == [True]
    for i in set(range(len(said))) - {*drawn}:
        assert said[i] == f'"{heads[i]}"'
    places = dict(zip(heads, (cell.bounding_box() for cell in row.all()), strict=True))
    verdict, p = places["Verdict"], places["p (adjusted)"]
    assert (verdict["y"], verdict["x"]) < (p["y"], p["x"])
    before = [row.under("Candidate") for row in read_table(table).rows]
    heading = table.locator("thead th").nth(heads.index("Candidate"))
    assert heading.bounding_box()["height"] >= 24
    heading.click()
    after = [row.under("Candidate") for row in read_table(table).rows]
    assert after == sorted(before) != before


def test_on_a_phone_every_verdict_of_the_answer_is_in_view_and_read_first(opened, quick):
    """The matrix does not scroll, its metrics have names, and sentences come after it."""
    page = opened(quick, viewport=PHONE).page
    frame = page.locator("#answer .scroll")
    assert frame.evaluate("each => each.scrollWidth <= each.clientWidth")
    edge = frame.bounding_box()
    for verdict in page.locator(".matrix td b").all():
        box = verdict.bounding_box()
        assert edge["x"] <= box["x"] <= box["x"] + box["width"] <= edge["x"] + edge["width"]
    names = page.locator(".matrix td").evaluate_all(
        "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
    )
    headings = page.locator(".matrix thead th").all_text_contents()[1:]
    assert names
    assert all(
        names[i].strip('"').startswith(h.split(" (")[0].strip()) for i, h in enumerate(headings)
    )
    sentences = page.locator("#answer .sentences")
    assert edge["y"] + edge["height"] <= sentences.bounding_box()["y"]
    assert page.locator("#answer .scroll ~ .sentences").count() == 1


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_longest_verdict_stays_in_the_matrix(opened, quick, tmp_path, viewport):
    entry = re.compile(
        r'(<td class="entry [^>]*>(?:(?!</td>).)*?<b class="[^"]*">)[^<]*', re.DOTALL
    )
    path = quick.broken(lambda html: entry.sub(r"\1△ better among finished runs", html), tmp_path)
    frame = opened(path, viewport=viewport).page.locator("#answer .scroll")
    assert "better among finished runs" in frame.inner_text()
    assert frame.evaluate("each => each.scrollWidth <= each.clientWidth")


def test_on_a_phone_the_answer_comes_before_what_to_show_and_where_it_comes_from(opened, quick):
    page = opened(quick, viewport=PHONE).page
    selectors = ("nav", "#answer", "#filters", "#results", "#data")
    tops = [page.locator(selector).bounding_box()["y"] for selector in selectors]
    assert tops == sorted(tops)
    first = page.locator(".matrix td b").first.bounding_box()
    assert first["y"] + first["height"] < PHONE["height"], "no verdict on the first screen"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => document.querySelector('#answer').getBoundingClientRect().y < 100"
    )
