"""A figure is saved as a file of its own, a table copied as CSV; nothing of it on paper."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET

import pytest
from page_tables import read_table
from visits import open_all_details, visit


@pytest.fixture(scope="module")
def dark(browser, full):
    """Open one dark page for all that is asked here."""
    seen = visit(browser, full.path, scheme="dark")
    open_all_details(seen.page)
    yield seen.page
    assert seen.complaints == []
    seen.context.close()


def saved(page, button):
    with page.expect_download() as download:
        button.click()
    return download.value.suggested_filename, download.value.path().read_text(encoding="utf-8")


def without_clipboard(page):
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")


def test_a_figure_is_saved_with_its_styles_and_without_what_is_filtered_away(dark):
    button = dark.locator("#curves-1 .tools button")
    assert "Validation accuracy over training time" in button.get_attribute("aria-label")
    name, text = saved(dark, button)
    assert name == "curves-1.svg"
    root = ET.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert float(root.get("width").removesuffix("pt")) > 100
    assert "Validation accuracy" in root[0].text
    assert not re.search(r"var\(|class=|data-|aria-", text)
    assert "#1b1f24" in text  # the ink of the light page
    styled = [e for e in root.iter() if e.get("stroke", "").startswith("#")]
    assert len(styled) > 10
    dark.locator("#filter-method").select_option(label="noprop-dt")
    _, less = saved(dark, button)
    dark.locator("#filters").evaluate("form => form.reset()")
    paths = [t.count("<path") for t in (less, text)]
    assert 0 < paths[0] < paths[1]


LOOKS = """
roots => roots.map(root => [...root.querySelectorAll('path, use, text, rect, circle')]
  .filter(each => each.closest('defs') || each.checkVisibility())
  .map(each => {
    const style = getComputedStyle(each);
    return ['fill', 'fill-opacity', 'stroke', 'stroke-opacity', 'stroke-width', 'stroke-dasharray',
      'stroke-linejoin', 'opacity', 'font-size', 'font-weight', 'text-anchor',
    ].map(name => style.getPropertyValue(name)).join(' ');
  }))
"""


def test_a_figure_saved_from_a_dark_page_looks_as_on_the_light_one(dark, opened, full, tmp_path):
    """Every mark and every word, whatever rule it has its paint from."""
    light = opened(full).page
    open_all_details(light)
    for slug in ("curves-1", "accuracy-over-t-1"):
        _, text = saved(dark, dark.locator(f"#{slug} .tools button"))
        path = tmp_path / f"{slug}.svg"
        path.write_text(text, encoding="utf-8")
        file = opened(path).page.locator("svg").evaluate_all(LOOKS)
        page = light.locator(f"#{slug} .canvas > svg").evaluate_all(LOOKS)
        assert len(page[0]) > 50
        assert file == page


def test_a_table_is_saved_as_csv_where_there_is_no_clipboard(dark):
    without_clipboard(dark)
    dark.locator("#filter-batch-size").select_option(label="64")
    scroll = dark.locator("#results .scroll").first
    name, text = saved(dark, scroll.locator("xpath=following-sibling::*[1]//button"))
    assert name.endswith(".csv")
    [heads, *rows] = csv.reader(io.StringIO(text))
    table = read_table(scroll.locator("table"))
    seen = [row for row in table.rows if row.visible]
    dark.locator("#filters").evaluate("form => form.reset()")
    assert len(rows) == len(seen) < len(table.rows)
    batch = heads.index("Batch size (images)")
    assert {row[batch] for row in rows} == {"64"}
    method = heads.index("Method")
    assert [row[method] for row in rows] == [row.under("Method") for row in seen]


def test_no_field_of_a_csv_is_a_formula_and_numbers_stay_numbers(opened, full, tmp_path):
    names = ["=1+1", "+cmd", "-2+3", "@sum", '=a,"b"']

    def change(html):
        rows = "".join(f"<tr><td>{n.replace(chr(34), '&quot;')}<td>−1.50<td>+2" for n in names)
        added = (
            f"<div class=scroll tabindex=0 role=region aria-label=t><table><caption>A, b</caption>"
            f"<thead><tr><th>n<th>x<th>1\u202f024</thead><tbody>{rows}</tbody></table></div>"
        )
        return html.replace("</main>", f"{added}</main>")

    page = opened(full.broken(change, tmp_path)).page
    without_clipboard(page)
    name, text = saved(page, page.locator("main > .tools button").last)
    assert name == "a-b.csv"
    [heads, *rows] = csv.reader(io.StringIO(text))
    assert heads == ["n", "x", "1024"]
    assert rows == [[f"'{n}", "-1.50", "2"] for n in names]


def test_a_table_is_copied_where_there_is_a_clipboard(opened, quick):
    page = opened(quick).page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("#answer .tools button", has_text="Copy CSV")
    button.click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('#answer .tools button')]"
        ".some((button) => button.textContent == 'Copied')"
    )
    [heads, *rows] = csv.reader(io.StringIO(page.evaluate("navigator.clipboard.readText()")))
    assert heads[0] == "Method"
    assert any(head.endswith(", verdict") for head in heads)
    assert len(rows) == page.locator("#answer tbody tr").count()


@pytest.mark.parametrize("section", ["answer", "effects"])
def test_a_table_of_bars_is_saved_as_a_drawing(dark, section):
    """Every word that is seen, every bar and every zero, in the colours of the light page."""
    dark.locator("#filter-method").select_option(label="noprop-dt")
    region = dark.locator(f"#{section} .scroll:has(.forest)").first
    buttons = dark.locator(f"#{section} .tools button", has_text="Save SVG")
    name, text = saved(dark, buttons.first)
    bars = region.locator("tbody .forest svg:visible").count()
    seen = region.locator("table").inner_text()
    dark.locator("#filters").evaluate("form => form.reset()")
    assert name.endswith(".svg")
    assert not re.search(r"var\(|class=|data-|NaN|rgb\(", text)
    root = ET.fromstring(text)
    tag = "{http://www.w3.org/2000/svg}"
    written = "".join(e.text for e in root.iter(f"{tag}text") if e.text)
    assert set("".join(seen.split())) <= set("".join(written.split()))
    assert "noprop-dt" in written
    assert bars > 0
    zeros = [e for e in root.iter(f"{tag}rect") if e.get("width") == "1"]
    assert len(zeros) == bars
    assert len(root.findall(f"{tag}svg")) >= bars
    assert "#1b1f24" in text


def test_every_figure_and_every_table_has_its_button(dark):
    regions = dark.locator(".scroll:has(svg, table)")
    without = regions.evaluate_all(
        "all => all.filter((r) => !r.nextElementSibling?.matches('.tools')).map((r) => r.outerHTML)"
    )
    assert without == []
    assert (
        dark.locator("main svg, main table").evaluate_all(
            "all => all.filter((e) => !e.closest('.scroll')).map((e) => e.outerHTML.slice(0, 200))"
        )
        == []
    )


def test_buttons_are_not_on_paper(dark):
    buttons = dark.locator(".tools button")
    assert buttons.count() > 10
    assert buttons.first.is_visible()
    dark.emulate_media(media="print")
    assert not buttons.first.is_visible()
    dark.emulate_media(media="screen")
