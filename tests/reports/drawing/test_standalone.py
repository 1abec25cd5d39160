"""Figures for a paper: all of the page's, in files that need nothing around them."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import reports.page
from reports.display.charts import charts
from reports.display.names import slug, unique
from reports.drawing.drawing import draw
from reports.drawing.standalone import chart_files, picture_files
from reports.drawing.svg import SVG
from reports.drawing.theme import BAND, VERDICT_INKS
from reports.input.plan import Plan
from reports.page.analysis import analyse
from reports.page.build import build_view
from reports.page.figures import CAPTIONS, figure_files

HOSTILE = "$x_1$ <b>&\"'汉 /../ \\ %" + "y" * 80
WIDEST, COLUMN = 6.95, 3.45


@pytest.fixture(scope="module")
def view(study):
    plan = Plan.declared({"title": "A synthetic study", "baseline": "backprop"})
    methods = ("backprop", "noprop-dt", "classifier")
    frames = study(methods=methods, seeds=4, epochs=2, batch_sizes=(64,))
    return build_view(analyse(*frames, plan), {})


@pytest.fixture(scope="module")
def files(view):
    return figure_files(view)


def texts(svg):
    return ["".join(e.itertext()) for e in ET.fromstring(svg).iter(f"{{{SVG}}}text")]


def inches(svg):
    return float(ET.fromstring(svg).get("width").removesuffix("pt")) / 72


def test_every_figure_of_the_page_is_there_in_both_forms_with_its_caption(view, files):
    stems = {name.partition(".")[0] for name in files} - {"captions"}
    assert set(files) == {CAPTIONS} | {
        f"{stem}.{form}" for stem in stems for form in ("svg", "pdf")
    }
    drawn_tables = [t for section in view.sections for t in section.tables if t.axis]
    assert len(stems) == 1 + len(drawn_tables) + len(view.pictures)
    assert {"answer", "effects-test-accuracy", "accuracy-over-t", "curves"} <= stems
    captions = files[CAPTIONS].decode()
    assert all(f"## {stem}\n" in captions for stem in stems)
    assert all(picture.what_it_says in captions for picture in view.pictures)


def test_a_figure_needs_no_page_and_is_as_wide_as_a_paper(files):
    for name, data in files.items():
        if name.endswith(".svg"):
            text = data.decode()
            assert "var(--" not in text, name
            assert "class=" not in text, name
            assert not re.search(r'(href|src)="(?!#)', text), name
            assert "#ffffff" in text, name  # white, also where the viewer is dark
            assert inches(data) <= WIDEST, name
            sizes = [float(s) for s in re.findall(r"font-size: ([\d.]+)px", text)]
            assert sizes, name
            assert min(sizes) >= 6, name  # as CSS, where a px of a viewBox is a point
        elif name.endswith(".pdf"):
            assert data.startswith(b"%PDF"), name
            assert b"/FontFile2" in data, name  # the font is inside, as letters
    assert inches(files["profiles.svg"]) <= COLUMN


def test_a_figure_says_what_it_is_without_being_seen(view, files):
    [curves] = [p for p in view.pictures if p.slug.startswith("curves")]
    root = ET.fromstring(files["curves.svg"])
    assert [root[0].text, root[1].text] == [curves.title, curves.what_it_says]


def test_the_same_view_gives_the_same_bytes(view, files):
    picture = view.pictures[0]
    drawn = picture_files(picture, view.styles)
    assert drawn == picture_files(picture, view.styles)
    chart = charts(view)[0]
    assert chart_files(chart).svg == files["answer.svg"]
    assert chart_files(chart).pdf == files["answer.pdf"]


def test_a_picture_on_the_page_stays_as_it_was(view):
    """The page's sizes are not the paper's."""
    assert 'viewBox="0 0 ' in draw(view.pictures[0], view.styles)
    picture = next(p for p in view.pictures if len(p.plot.panels) == 1)
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', draw(picture, view.styles))[1])
    assert width == pytest.approx(72 * (0.75 + 6.8 + 0.2))


def test_the_matrix_has_every_value_effect_interval_and_verdict(view, files):
    drawn = texts(files["answer.svg"])
    for row in view.answer.rows:
        assert row.method in drawn
        for entry in row.entries:
            found = {entry.value, entry.effect, entry.interval, entry.verdict_words} - {""}
            assert found <= set(drawn)


def test_a_forest_plot_has_a_row_for_each_comparison_and_marks_at_their_places(view):
    table = next(t for t in view.tables if t.axis)
    chart = next(c for c in charts(view) if c.name == "effects-test-accuracy")
    at = next(i for i, column in enumerate(chart.table.columns) if column.axis)
    assert [row[at].bar for row in chart.table.rows] == [
        next(cell.bar for cell in row if cell.bar) for row in table.rows
    ]
    root = ET.fromstring(chart_files(chart).svg)
    marks = [e for e in root.iter(f"{{{SVG}}}use") if BAND not in (e.get("style") or "")]
    bars = [row[at].bar for row in chart.table.rows]
    # Points lie above all dots.
    pixels = [*(x for bar in bars for x in bar.dots), *(bar.point for bar in bars)]
    assert len(marks) == len(pixels) > len(bars)
    assert not any(bar.left_cut or bar.right_cut for bar in bars)
    found = np.array([float(mark.get("x")) for mark in marks])
    scale, left = np.polyfit(pixels, found, 1)
    assert scale > 0
    assert found == pytest.approx(left + scale * np.array(pixels), abs=1e-3)


def test_names_of_any_kind_are_text_and_no_paths(study):
    runs, epochs = study(methods=("backprop", "noprop-dt"), seeds=3, timesteps=(2,), epochs=2)
    both = [f.assign(method=f.method.replace("noprop-dt", HOSTILE)) for f in (runs, epochs)]
    plan = Plan.declared({"title": HOSTILE, "baseline": "backprop"})
    view = build_view(analyse(*both, plan), {})
    chart = charts(view)[0]
    assert any(text.startswith("$x_1$ <b>&\"'汉") for text in texts(chart_files(chart).svg))
    assert all(re.fullmatch(r"[a-z0-9-]+", c.name) for c in charts(view))


def test_file_names_are_short_plain_and_never_the_same():
    assert slug("Test accuracy: über α / ../x") == "test-accuracy-uber-x"
    assert len(slug("word " * 40)) <= 60
    assert unique(["a", "a", "a-2", "a"]) == ["a", "a-2", "a-2-2", "a-3"]


def test_verdicts_have_the_colours_of_the_page():
    css = (Path(reports.page.__file__).parent / "templates" / "report.css").read_text("utf-8")
    for verdict in ("better", "worse", "equivalent", "inconclusive"):
        assert f"--{verdict}-ink: {VERDICT_INKS[verdict]}" in css
