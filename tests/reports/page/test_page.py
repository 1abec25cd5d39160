"""The page: complete, self-contained, honest about gaps, and safe with hostile names."""

import gc
import math
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from jinja2 import Environment, nodes

from reports.display.border import Border
from reports.display.numbers import (
    MINUS,
    POINTS,
    interval_text,
    number,
    p_text,
    point_text,
)
from reports.display.view import MethodNote
from reports.input.plan import Plan
from reports.input.runs import FrameError
from reports.input.units import BYTES, SECONDS
from reports.page.analysis import analyse
from reports.page.html import render, write
from reports.page.interaction import page_script
from reports.statistics.estimate import Estimate

TEMPLATES = Path(__file__).parents[3] / "reports" / "page" / "templates"
HOSTILE = "<script>alert(1)</script>"
NOT_A_NUMBER = re.compile(r"(?<![\w-])(nan|inf|NaN|None(?! of)|&lt;NA&gt;)(?![\w-])")


class Reader(HTMLParser):
    """Collects what a browser would see: tags, ids, links, headings and text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.ids, self.loads, self.links, self.text = [], [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])
        else:
            self.loads += [attributes[k] for k in ("src", "href", "xlink:href") if k in attributes]

    def handle_data(self, data):
        self.text.append(data)

    def has(self, tag):
        return any(name == tag for name, _ in self.tags)


def without_pictures(html):
    """Leave what is read: no drawings, styles, scripts or files to download."""
    return re.sub(r"<(svg|style|script).*?</\1>|data:[^\"]*", "", html, flags=re.S)


@pytest.fixture(scope="module")
def whole(study):
    """Render a page with every section on it, a failure included."""
    plan = Plan.declared({"title": "A synthetic study", "baseline": "backprop"})
    runs, epochs = study(diverged=("noprop-dt", 128, 5, 3))
    note = MethodNote("noprop-dt", "Block by block", "a paper", ("fewer channels",), {"lr": 0.1})
    data = {"runs": runs, "epochs": epochs}
    return render(analyse(runs, epochs, plan), {"Python": "3.11"}, [note], data)


def test_the_page_has_its_sections_in_the_order_of_reading(whole):
    ids = [i for i in Reader(whole).ids if not i.endswith(("-heading", "-title", "-description"))]
    sections = [
        "answer", "warnings", "results", "effects", "verdicts", "failures", "seeds", "trends",
        "pareto", "curves", "several", "assumptions", "environment", "methods", "data",
    ]  # fmt: skip
    assert [i for i in ids if i in sections] == sections


def test_nothing_is_loaded_and_every_link_inside_leads_somewhere(whole):
    page = Reader(whole)
    assert page.loads
    assert all(target.startswith("#") for target in page.loads)
    assert len(page.ids) == len(set(page.ids))
    referred = re.findall(r"url\(#([^)]+)\)", whole)
    inside = [link for link in page.links if not link.startswith("data:")]
    assert {t[1:] for t in page.loads + inside} | set(referred) <= set(page.ids)
    assert "@import" not in without_pictures(whole)
    assert len(whole) < 3_000_000


def test_every_figure_has_a_text_alternative_and_two_sentences(whole):
    page = Reader(whole)
    pictures = [attributes for tag, attributes in page.tags if tag == "svg"]
    drawn = [attributes for attributes in pictures if "aria-hidden" not in attributes]
    # seeds (accuracy, time), trends (three metrics, two axes), pareto, curves, profiles
    assert len(drawn) == 2 + 6 + 2 + 1 + 1
    for attributes in drawn:
        assert attributes["role"] == "img"
        assert set(attributes["aria-labelledby"].split()) <= set(page.ids)
    # and a forest plot per metric, whose numbers stand beside it, after its pooled table
    assert whole.count("<figcaption>") == len(drawn) + 5 + 5
    sentences = re.findall(r"<figcaption>.*?</figcaption>", whole, re.S)
    assert all(len(re.findall(r"<p>[^<]{20,}</p>", caption)) == 2 for caption in sentences)
    assert "From the smallest to the largest T, mean time per epoch changes between" in whole
    assert "From the smallest to the largest batch size, mean peak memory changes" in whole
    assert "Pairs in which the candidate is more accurate than backprop" in whole
    assert "Mean curves end between" in whole
    assert "Half of the runs reach" in whole


def test_tables_have_captions_and_heading_cells(whole):
    tables = re.findall(r"<table.*?</table>", without_pictures(whole), re.S)
    # answer, finished, results, pooled, effects, trends, ...
    assert len(tables) == 1 + 1 + 1 + 5 + 5 + 4 + 4 + 1 + 4 + 4 + 1 + 1
    assert all("<caption><span>" in t and '<th scope="col"' in t for t in tables)


def test_headings_never_skip_a_level(whole):
    levels = [int(tag[1]) for tag, _ in Reader(whole).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_verdict_sentences_carry_effect_interval_and_n(whole):
    text = " ".join("".join(Reader(whole).text).split())
    assert re.search(
        r"noprop-dt is less accurate than backprop in all 4 settings\. "
        r"Largest effect: -\d\.\d\d pp \[-\d\.\d\d, -\d\.\d\d\], n = 5 \(batch size 128, T = 5\)",
        text.replace(MINUS, "-"),
    )
    assert "lighter on memory than backprop in all 4 settings" in text
    assert "(deterministic)" in text
    assert "1 run of 108 diverged (noprop-dt)" in text
    assert "cannot reach alpha with n = 6" in text
    assert "(default, not declared by the study)" in text


@pytest.mark.parametrize("forbidden", ["0.000", "= .000", "not significant"])
def test_no_page_says(whole, forbidden):
    assert forbidden not in " ".join(Reader(without_pictures(whole)).text)


def test_hostile_names_stay_text(study, plan):
    runs, epochs = study(
        seeds=3, methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2,), epochs=3
    )
    for i, name in enumerate((HOSTILE, "_$\\frac{$ & 'x' \"onload=\"", "]]>{{ 7*7 }}")):
        renamed = runs.assign(method=runs.method.replace("noprop-dt", name))
        renamed.loc[0, ["status", "failure"]] = ["error", name]
        renamed["device_name"] = name
        analysis = analyse(renamed, epochs, plan.model_copy(update={"title": name}))
        html = render(analysis, {name: name}, [MethodNote(name, name, name, (name,), {name: name})])
        page = Reader(html)
        assert sum(tag == "script" for tag, _ in page.tags) == 1, i  # the page's own
        assert name in "".join(page.text), i
        [curves] = re.findall(r'<svg[^>]*aria-labelledby="curves-1-.*?</svg>', html, re.S)
        assert name in "".join(Reader(curves).text), i
        assert "49" not in Reader(html).text[0]


def test_without_matplotlib_the_page_says_how_to_get_it(study, plan, monkeypatch):
    analysis = analyse(*study(seeds=3, batch_sizes=(64,), timesteps=(2,)), plan)
    monkeypatch.setattr("reports.drawing.drawing.PACKAGE", "no_such_package")
    html = render(analysis, {}, border=Border(plots="a command"))
    assert "matplotlib is not installed" in html
    assert 'role="img"' not in html
    assert "<code>a command</code> and make the report again" in html
    assert "make the report again" not in render(analysis, {})
    assert "Mean curves end between" in html
    assert "Results by setting" in html


def test_without_itables_the_page_is_whole_and_its_own_script_is_there(study, plan, monkeypatch):
    analysis = analyse(*study(seeds=3, batch_sizes=(64,), timesteps=(2,)), plan)
    monkeypatch.setattr("reports.page.interaction.PACKAGE", "no_such_package")
    page_script.cache_clear()
    html = render(analysis, {}, [])
    page_script.cache_clear()
    assert html.count("<script") == 1
    assert "const DataTable = null;" in html
    assert "Results by setting" in html


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_templates_hold_no_arithmetic(template):
    tree = Environment(autoescape=True).parse(template.read_text(encoding="utf-8"))
    sums = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
    assert not list(tree.find_all(sums))
    compared = {operand.op for operand in tree.find_all(nodes.Operand)}
    assert compared <= {"in", "notin", "eq", "ne"}
    asked = {f.name for f in tree.find_all(nodes.Filter)}
    assert asked <= {"safe", "length", "list", "join", "selectattr"}


def test_drawing_leaves_the_global_style_alone(study, plan):
    import matplotlib

    analysis = analyse(*study(seeds=3, timesteps=(2,), batch_sizes=(64,)), plan)
    own = {"font.size": 17.0, "grid.color": "#123456", "text.parse_math": True}
    with matplotlib.rc_context(own):
        before = dict(matplotlib.rcParams)
        render(analysis, {}, [])
        assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("runs_before", [True, False])
def test_the_garbage_collector_is_left_as_it_was(study, plan, runs_before):
    frames = study(seeds=3, batch_sizes=(64,), timesteps=(2,))
    was_enabled = gc.isenabled()
    try:
        gc.enable() if runs_before else gc.disable()
        render(analyse(*frames, plan), {}, [])
        with pytest.raises(FrameError):
            analyse(frames[0].drop(columns="seed"), frames[1], plan)
        assert gc.isenabled() is runs_before
    finally:
        gc.enable() if was_enabled else gc.disable()


def test_the_same_analysis_gives_the_same_bytes(study, plan):
    analysis = analyse(*study(seeds=3, batch_sizes=(64,), timesteps=(2,)), plan)
    assert render(analysis, {}, []) == render(analysis, {}, [])


def _none_finished(runs):
    return runs.assign(status="error", failure="no luck", test_accuracy=np.nan)


@pytest.mark.parametrize(
    ("change", "says", "has_tables"),
    [
        (lambda runs: runs[:0], "There are no runs", False),
        (_none_finished, "None of the 15 runs finished", True),
        (lambda runs: runs[runs.method != "backprop"], "The declared baseline backprop has", True),
        (lambda runs: runs[runs.seed == 0], "fewer than 3 complete pairs", True),
        (lambda runs: runs[runs.method == "classifier"], "backprop has no runs", True),
    ],
)
def test_a_page_with_little_to_say_says_it(study, plan, change, says, has_tables):
    runs, epochs = study(seeds=3, batch_sizes=(64,), timesteps=(2,), epochs=3)
    html = render(analyse(change(runs), epochs, plan), {}, [])
    assert says in html
    assert ("<table" in without_pictures(html)) is has_tables
    assert "Environment" not in html
    assert "Methods as run" not in html
    assert not NOT_A_NUMBER.search(without_pictures(html))


def test_no_gap_shows_as_nan(whole, study, plan):
    runs, epochs = study(seeds=4, batch_sizes=(64,))
    runs.loc[::5, ["test_accuracy", "epoch_seconds"]] = np.nan
    runs.loc[::7, "train_seconds"] = np.inf
    for html in (whole, render(analyse(runs, epochs, plan), {}, [])):
        assert not NOT_A_NUMBER.search(without_pictures(html))


def test_a_page_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "deep" / "report.html"
    assert write("old", target) == target
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk")))
    with pytest.raises(OSError, match="disk"):
        write("new", target)
    assert target.read_text() == "old"
    assert [p.name for p in target.parent.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1e-300, "< .001"), (0.00099, "< .001"), (0.0124, ".012"), (0.21, ".21"),
        (0.0996, ".10"), (0.997, "> .99"), (1.0, "1.00"), (None, "\N{EN DASH}"),
    ],
)  # fmt: skip
def test_p_values(p, text):
    assert p_text(p) == text


@pytest.mark.parametrize(
    ("low", "point", "high", "text"),
    [
        (-0.61, -0.42, -0.23, "-0.42 [-0.61, -0.23]"),
        (-0.4, 0.0004, 0.4, "0.00 [-0.40, +0.40]"),
        (1.0, 12.345, 23.0, "+12 [+1, +23]"),
        (0.12341, 0.12345, 0.12349, "+0.123450 [+0.123410, +0.123490]"),
    ],
)
def test_digits_follow_the_interval(low, point, high, text):
    estimate = Estimate(point, low, high, 6, "t")
    shown = point_text(estimate, POINTS, signed=True)
    assert f"{shown} {interval_text(estimate, POINTS, signed=True)}" == text.replace("-", MINUS)


def test_no_value_is_written_in_thousands_of_a_unit():
    assert SECONDS.fitting([0.02, 3]).symbol == "s"
    assert SECONDS.fitting([0.02, 0.999, None, math.inf]).symbol == "ms"
    assert SECONDS.fitting([2, 900]).symbol == "s"
    assert BYTES.fitting([3 * 2**20, 2**31]).symbol == "GiB"
    assert SECONDS.fitting([]).symbol == "ms"
    assert number(-0.0001, 2) == "0.00"
