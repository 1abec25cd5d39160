"""Every point of a figure tells its value to a pointer and to the arrow keys."""

from __future__ import annotations

import pytest
from axe_violations import violations
from visits import PHONE, open_all_details

POINTS = """figure => [...figure.querySelectorAll('[data-v]')].filter(mark => {
    for (let up = mark; up.localName !== 'svg'; up = up.parentElement) {
        if (getComputedStyle(up).display === 'none') return false;
    }
    return true;
}).map(mark => [mark.dataset.s, mark.closest('.panel').dataset.p, mark.dataset.v.split(';')])"""


def told(page):
    return page.locator("#value").inner_text()


def shown(number):
    return f"{float(f'{float(number):.4g}'):g}".replace("-", "\N{MINUS SIGN}")


@pytest.fixture(scope="module")
def page(browser, full):
    """Open one page for all that is asked here; every test leaves it unfiltered."""
    from visits import visit

    seen = visit(browser, full.path)
    open_all_details(seen.page)
    yield seen.page
    assert seen.complaints == []
    seen.context.close()


def test_arrow_keys_read_every_point_of_a_figure_in_order(page):
    figure = page.locator("#curves-1")
    figure.locator(".scroll").focus()
    for name, panel, points in figure.evaluate(POINTS)[:3]:
        for point in points:
            page.keyboard.press("ArrowRight")
            x, y, low, high = map(shown, point.split())
            assert told(page) == (
                f"{name}, {panel} \N{MIDDLE DOT} training time (s): {x} \N{MIDDLE DOT} "
                f"validation accuracy (%): {y} [{low}, {high}]"
            )
    before = told(page)
    page.keyboard.press("ArrowDown")
    assert told(page).split(",")[0] != before.split(",")[0]
    page.keyboard.press("ArrowUp")
    assert told(page) == before
    page.keyboard.press("Escape")
    assert told(page) == ""


def test_a_pointer_near_a_point_reads_the_same(page):
    figure = page.locator("#accuracy-seeds-1")
    figure.locator(".scroll").focus()
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    by_key = told(page)
    assert "seed" in by_key
    ring = figure.locator(".here").bounding_box()
    page.keyboard.press("Escape")
    page.mouse.move(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    assert told(page) == by_key
    box = page.locator("#value").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1280
    page.mouse.move(2, 2)
    assert told(page) == ""


def test_keys_read_only_what_the_filters_leave(page):
    page.locator("#filter-method").select_option(label="noprop-dt")
    page.locator("#filter-timesteps").select_option(label="10")
    points = page.locator("#curves-1").evaluate(POINTS)
    assert {name for name, _, _ in points} == {"noprop-dt"}
    page.locator("#curves-1 .scroll").focus()
    for _ in range(sum(len(values) for _, _, values in points) + 3):
        page.keyboard.press("ArrowRight")
        assert told(page).startswith("noprop-dt, ")
        assert "T = 10" in told(page)
    page.locator("#filters").evaluate("form => form.reset()")


@pytest.mark.parametrize("section", ["answer", "effects", "controls"])
def test_drawings_within_tables_say_their_row(page, section):
    scroll = page.locator(f"#{section} .scroll:has(tbody .forest)").first
    cells = scroll.locator("tbody .forest")
    cells.nth(1).hover()
    by_pointer = told(page)
    scroll.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert told(page) == by_pointer
    row = cells.nth(1).locator(
        "xpath=ancestor::*[self::td[@class='entry' or contains(@class, 'entry ')] or self::tr][1]"
    )
    effect = row.locator("small").filter(has_text="[").first.inner_text().split("]")[0]
    assert effect.split("[")[1] in by_pointer
    if section == "effects":
        assert by_pointer.count(",") > 5
        assert "every seed: " in by_pointer
    page.keyboard.press("Escape")


def test_a_value_that_is_shown_is_no_fault_to_axe(opened, quick):
    page = opened(quick).page
    page.locator("#accuracy-seeds-1 .scroll").focus()
    page.keyboard.press("ArrowRight")
    assert told(page)
    assert violations(page) == []


def test_without_a_script_marks_of_small_figures_have_titles(opened, full):
    page = opened(full, javascript=False).page
    titles = page.locator("#accuracy-over-t-1 [data-v] > title").all_text_contents()
    assert len(titles) > 2
    assert all("test accuracy (%): " in title for title in titles)
    assert page.locator("#value, .tools").count() == 0


def test_a_touch_on_a_phone_stays_in_the_window(opened, quick):
    page = opened(quick, viewport=PHONE).page
    page.locator("#accuracy-seeds-1 .scroll").focus()
    for _ in range(60):
        page.keyboard.press("ArrowRight")
    box = page.locator("#value").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    ring = page.locator(".here").bounding_box()
    assert 0 <= ring["x"] <= PHONE["width"]
