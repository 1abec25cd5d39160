"""A usual study is short before anything is unfolded, and what is folded or switched is found."""

from __future__ import annotations

from visits import open_all_details

MOST_PIXELS, MOST_WORDS = 12_000, 3_500
SWITCH = "#switch-effects"


def shown_groups(page):
    return page.evaluate(
        "[...document.querySelectorAll('#effects .switched')]"
        ".filter(each => each.checkVisibility()).map(each => each.dataset.group)"
    )


def test_the_page_of_a_usual_study_is_short(opened, quick):
    page = opened(quick).page
    height = page.evaluate("document.documentElement.scrollHeight")
    words = len(page.locator("body").inner_text().split())
    assert height <= MOST_PIXELS
    assert words <= MOST_WORDS


def test_nothing_of_the_matrix_is_cut(opened, quick):
    matrix = opened(quick).page.locator("#answer .scroll")
    whole, shown = matrix.evaluate("each => [each.scrollWidth, each.clientWidth]")
    assert matrix.locator("thead th").count() == 6
    assert whole <= shown


def test_the_switch_shows_the_tables_of_one_metric_or_of_all(opened, quick):
    page = opened(quick, javascript=False).page
    options = page.locator(f"{SWITCH} option")
    metrics = [o.get_attribute("value") for o in options.all() if o.inner_text() != "all"]
    assert len(metrics) > 2
    assert set(shown_groups(page)) == {metrics[0]}
    for metric in metrics:
        page.locator(SWITCH).select_option(metric)
        assert set(shown_groups(page)) == {metric}
    page.locator(SWITCH).select_option(label="all")
    assert set(shown_groups(page)) == set(metrics)


def test_a_link_to_a_folded_section_unfolds_it(opened, quick):
    page = opened(quick).page
    folded = page.locator("#methods > details")
    assert folded.get_attribute("open") is None
    page.locator("nav a[href='#methods']").click()
    page.wait_for_function("() => document.querySelector('#methods > details').open")
    page.wait_for_function(
        "() => document.querySelector('#methods h2').getBoundingClientRect().top < innerHeight"
    )


def test_a_folded_section_opens_by_keyboard(opened, quick):
    page = opened(quick, javascript=False).page
    folded = page.locator("#methods > details")
    folded.locator("> summary").focus()
    page.keyboard.press("Enter")
    assert folded.get_attribute("open") is not None
    assert folded.locator(".method").first.is_visible()


def test_effect_and_verdict_stand_before_p(opened, quick):
    page = opened(quick).page
    for table in page.locator("#effects .switched table").all():
        headings = table.locator("thead th").all_text_contents()
        first = [[i for i, h in enumerate(headings) if h.startswith(w)][:1] for w in "EV"]
        assert first == sorted(first), headings
        # A table of what repeats exactly has no p.
        last = [i for i, h in enumerate(headings) if h.startswith("p")]
        assert last in ([], [len(headings) - 1]), headings


def test_no_table_of_a_usual_study_scrolls_sideways(opened, quick):
    page = opened(quick).page
    open_all_details(page)
    page.locator(SWITCH).select_option(label="all")
    wide = page.evaluate(
        "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)"
        ".map(each => each.getAttribute('aria-label'))"
    )
    assert wide == []
