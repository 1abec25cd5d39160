"""The filter bar shows the rows that belong to what is chosen, by CSS alone."""

from __future__ import annotations

import pytest
from page_tables import MISSING, read_tables
from visits import open_all_details

HEADINGS = {
    "dataset": ("Data set",),
    "batch-size": ("Batch size",),
    "timesteps": ("T",),
    "method": ("Method", "Candidate"),
}
PLACES = ["section#results table", "section#effects table"]
WAYS = pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])


@pytest.fixture(params=PLACES, ids=["results", "effects"])
def place(request):
    return request.param


def rows_of(page, place):
    # Tables of other metrics are switched or folded away; a row in one is filtered all the same.
    open_all_details(page)
    page.locator("#switch-effects").select_option(label="all")
    rows = [row for table in read_tables(page, place) for row in table.rows]
    assert rows
    return rows


def belongs(row, chosen):
    # A row without the column speaks of all its values together, as pooled effects do of T.
    fits = ((row.under(*HEADINGS[facet]), value) for facet, value in chosen.items())
    return all(said in {value, MISSING, None} for said, value in fits)


def choose(page, facet, label):
    page.locator(f"#filter-{facet}").select_option(label=label)


def check(page, place, chosen):
    rows = rows_of(page, place)
    expected = [belongs(row, chosen) for row in rows]
    assert any(expected), f"no row at all belongs to {chosen}"
    assert not all(expected), f"every row belongs to {chosen}"
    assert [row.visible for row in rows] == expected


@WAYS
@pytest.mark.parametrize(
    ("facet", "value"),
    [
        ("dataset", "mnist"),
        ("batch-size", "64"),
        ("batch-size", "1024"),
        ("timesteps", "2"),
        ("timesteps", "10"),
        ("method", "noprop-dt"),
        ("method", "noprop-dt/learned"),
    ],
)
def test_only_rows_of_the_chosen_value_are_shown(opened, full, place, javascript, facet, value):
    page = opened(full, javascript=javascript).page
    assert all(row.visible for row in rows_of(page, place))
    choose(page, facet, value)
    check(page, place, {facet: value})
    page.locator(f"#filter-{facet}").select_option("")
    assert all(row.visible for row in rows_of(page, place))


@WAYS
def test_filters_combine(opened, full, place, javascript):
    page = opened(full, javascript=javascript).page
    chosen = {"dataset": "digits", "batch-size": "64", "timesteps": "10", "method": "noprop-dt"}
    for number, (facet, value) in enumerate(chosen.items(), start=1):
        choose(page, facet, value)
        check(page, place, dict(list(chosen.items())[:number]))


def test_methods_without_t_stay_whatever_t_is_chosen(opened, full):
    page = opened(full).page
    choose(page, "timesteps", "10")
    rows = rows_of(page, "section#results table")
    classifier = [row for row in rows if row.under("Method") == "classifier"]
    assert classifier
    assert {row.under("T") for row in classifier} == {MISSING}
    assert all(row.visible for row in classifier)


def test_every_filter_is_labelled_and_lists_every_value(opened, full):
    page = opened(full).page
    runs = full.frames.runs
    columns = {"batch-size": "batch_size"}
    for facet in HEADINGS:
        select = page.locator(f"form#filters select#filter-{facet}")
        label = page.locator(f"label[for=filter-{facet}], label:has(#filter-{facet})")
        assert label.first.inner_text().strip()
        [every, *values] = select.locator("option").all_inner_texts()
        assert every
        assert select.locator("option").first.get_attribute("value") == ""
        assert select.input_value() == ""
        expected = {str(v) for v in runs[columns.get(facet, facet)].dropna().unique()}
        assert len(values) == len(expected)
        assert set(values) == expected


def test_figures_follow_the_filters_without_a_script(opened, full):
    """Marks and panels of what is not chosen are gone; the axes that others share stay."""
    page = opened(full, javascript=False).page
    open_all_details(page)
    figures = {f: page.locator(f"figure[id^={f}]:has(svg)") for f in ("accuracy-seeds", "curves")}
    assert [each.count() for each in figures.values()] == [3, 3]
    choose(page, "dataset", "mnist")
    assert [each.locator("visible=true").count() for each in figures.values()] == [1, 1]
    assert page.locator("figure[id*=pareto] svg:visible").count() == 2
    choose(page, "batch-size", "64")
    choose(page, "timesteps", "10")
    choose(page, "method", "noprop-dt")
    shown = page.evaluate("""() => {
        const isThere = each => !each || each.localName === 'body'
            || getComputedStyle(each).display !== 'none' && isThere(each.parentElement);
        return [...document.querySelectorAll('.panel')]
            .map(panel => [panel.closest('figure').id, panel.dataset.p,
                [...panel.querySelectorAll('[data-v]')].filter(isThere).map(m => m.dataset.s)])
            .filter(([, , marks]) => marks.length);
    }""")
    by_figure = {}
    for figure, title, marks in shown:
        by_figure.setdefault(figure, []).append((title, marks))
    assert by_figure["accuracy-seeds-3"] == [("batch size 64, T = 10", ["backprop", "noprop-dt"])]
    assert by_figure["curves-3"] == [("batch size 64, T = 10", ["noprop-dt"])]
    assert by_figure["train-time-pareto-3"] == [("batch size 64", ["noprop-dt, T=10"])]
    kept = page.locator("#curves-3 .panel").first.locator(".axis text")
    assert kept.first.is_visible()


def test_a_filter_with_one_value_is_not_there(opened, hostile):
    page = opened(hostile).page
    assert page.locator("#filter-batch-size").count() == 0
    assert page.locator("#filter-timesteps").count() == 1


def test_a_filter_is_reached_and_used_with_the_keyboard_alone(opened, full, place):
    page = opened(full).page
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "filter-batch-size":
            break
    page.keyboard.press("ArrowDown")
    check(page, place, {"batch-size": "64"})


def test_a_figure_along_t_says_why_it_keeps_every_t(opened, full):
    page = opened(full, javascript=False).page
    open_all_details(page)
    notes = page.locator("figure[id*=over-t] .along")
    assert notes.count() > 0
    assert page.locator(".along:visible").count() == 0
    choose(page, "timesteps", "10")
    assert page.locator(".along:visible").count() == notes.locator("visible=true").count() > 0
