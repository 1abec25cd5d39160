"""The same report for a paper's appendix and for machines."""

import csv
import html
import io
import json
import re

import numpy as np
import pytest

from reports.display.view import MethodNote
from reports.formats.formats import FORMATS, render_as
from reports.formats.latex import escape
from reports.input.plan import Plan
from reports.page.analysis import analyse
from reports.page.report import study_report

HOSTILE = r"a_b & 50% $x^2$ {\end{document}} <b>|`~#\input{x}" + "\n[y] 汉"


@pytest.fixture(scope="module")
def analysis(study):
    plan = Plan.declared({"title": "A synthetic study", "baseline": "backprop"})
    return analyse(*study(diverged=("noprop-dt", 128, 5, 3), seeds=4), plan)


@pytest.fixture(scope="module")
def hostile(study):
    plan = Plan.declared({"title": HOSTILE, "baseline": "backprop"})
    runs, epochs = study(seeds=3, methods=("backprop", "noprop-dt", "classifier"), timesteps=(2,))
    rename = {"noprop-dt": HOSTILE}
    runs = runs.assign(method=runs.method.replace(rename), device_name=HOSTILE)
    runs.loc[0, ["status", "failure"]] = ["error", HOSTILE]
    epochs = epochs.assign(method=epochs.method.replace(rename))
    return analyse(runs, epochs, plan.model_copy(update={"description": HOSTILE}))


def rendered(analysis, name):
    note = MethodNote("noprop-dt", "Block by block", "a paper", ("fewer channels",), {"lr": 0.1})
    return render_as(name, study_report(analysis, {"Python": "3.11"}, [note]))


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_analysis_gives_the_same_text_in_every_format(analysis, name):
    assert rendered(analysis, name) == rendered(analysis, name)


@pytest.mark.parametrize("name", ["markdown", "latex"])
def test_a_format_for_reading_has_the_tables_of_the_page(analysis, name):
    page, text = rendered(analysis, "html"), rendered(analysis, name)
    captions = re.findall(r"<caption><span>(.*?)</span></caption>", page)
    assert len(captions) > 15
    for caption in captions:
        plain = caption.replace("&#39;", "'")
        if name == "latex":
            assert escape(plain) in text
        else:
            assert f"**{re.sub(r'([*_~#$|<>])', chr(92) * 2 + chr(92) + '1', plain)}**" in text
    assert len(re.findall("<tr", page)) > 100


def tables_of(latex):
    return re.findall(
        r"\\begin\{longtable\}\{@\{\}(.*?)@\{\}\}\n(.*?)\\end\{longtable\}", latex, re.S
    )


@pytest.mark.parametrize("which", ["analysis", "hostile"])
def test_latex_balances_and_every_row_has_every_column(which, request):
    text = rendered(request.getfixturevalue(which), "latex")
    assert text.startswith(r"\documentclass")
    assert text.endswith("\\end{document}\n")
    assert text.count(r"\end{document}") == 1
    bare = re.sub(r"\\[\\{}$&#%_]", "", text)
    depth = np.cumsum([(c == "{") - (c == "}") for c in bare])
    assert depth.min() >= 0
    assert depth[-1] == 0
    assert bare.count("$") % 2 == 0
    opened = re.findall(r"\\begin\{(\w+)\}", text)
    assert sorted(opened) == sorted(re.findall(r"\\end\{(\w+)\}", text))
    tables = tables_of(text)
    assert len(tables) > 5
    for kinds, body in tables:
        columns = len(re.findall(r"[lrp]", re.sub(r">\{.*?\}(?=p\{)|\{\d+mm\}", "", kinds)))
        rows = body.split(r"\endfoot")[1].strip().split("\n")
        assert rows
        for row in rows:
            assert row.endswith(r" \\")
            assert len(re.findall(r"(?<!\\)&", row)) == columns - 1, row
        for rule in (r"\toprule", r"\midrule", r"\bottomrule"):
            assert rule in body


def test_latex_uses_only_characters_that_pdflatex_prints(hostile, analysis):
    for each in (hostile, analysis):
        text = rendered(each, "latex")
        assert all(c.isascii() or "\u00c0" <= c <= "\u017e" for c in text)
    assert r"\texttt{U+6C49}" in rendered(hostile, "latex")


@pytest.mark.parametrize("which", ["analysis", "hostile"])
def test_markdown_rows_have_every_column_and_names_stay_text(which, request):
    text = rendered(request.getfixturevalue(which), "markdown")
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1
    assert not re.search(r"(?<!\\)<b>", text)
    assert "\n[y]" not in text


def test_csv_and_json_hold_every_number_in_full(analysis):
    rows = list(csv.DictReader(io.StringIO(rendered(analysis, "csv"))))
    content = json.loads(rendered(analysis, "json"))
    assert len(rows) == len(content["estimates"])
    kinds = {row["kind"] for row in rows}
    assert kinds == {
        "mean", "median", "pooled", "finished", "comparison", "exploratory", "trend", "interaction",
        "interquartile-mean", "improvement", "mean-rank",
    }  # fmt: skip
    comparisons = [row for row in rows if row["kind"] == "comparison"]
    assert len(comparisons) == len(analysis.comparisons)
    for row, c in zip(comparisons, analysis.comparisons, strict=True):
        assert row["point"] == (
            "" if c.paired.effect.point is None else repr(c.paired.effect.point)
        )
        assert row["p_holm"] == ("" if c.adjusted.p is None else repr(c.adjusted.p))
        assert row["verdict"] == str(c.verdict)
        assert row["sentence"]
    assert content["plan"]["margins"]["accuracy_pp"] == 0.5


def test_json_has_the_page_as_it_is_printed_and_drawn(analysis):
    view = json.loads(rendered(analysis, "json"))["view"]
    page = rendered(analysis, "html")
    sections = {section["slug"]: section for section in view["sections"]}
    assert [f'id="{slug}"' in page for slug in sections] == [True] * len(sections)
    assert view["warnings"]
    assert sections["failures"]["tables"][0]["rows"][0][5]["text"] == "diverged"
    [curves] = sections["curves"]["pictures"]
    lines = [mark for row in curves["plot"]["rows"] for panel in row for mark in panel["marks"]]
    assert {line["method"] for line in lines} == set(analysis.context.methods)
    assert all(len(line["x"]) == len(line["y"]) == len(line["low"]) == 12 for line in lines)
    for verdict in view["verdicts"]:
        assert all(html.escape(c["sentence"]) in page for c in verdict["candidates"])


def test_json_names_the_files_of_the_page_without_repeating_them(study, plan):
    runs, epochs = study(seeds=3, batch_sizes=(64,), timesteps=(2,))
    text = render_as("json", study_report(analyse(runs, epochs, plan), {}, data={"runs": runs}))
    data = next(s for s in json.loads(text)["view"]["sections"] if s["slug"] == "data")
    assert [d["name"] for d in data["downloads"]] == ["runs.csv", "estimates.csv"]
    assert data["downloads"][0]["rows"] == len(runs)
    assert all("content" not in d for d in data["downloads"])


def test_json_is_strict_and_says_infinite_in_words(study, plan):
    runs, epochs = study(seeds=3, batch_sizes=(64,), timesteps=(2,))
    never = plan.model_copy(update={"target_accuracy_percent": 100.0})
    text = render_as("json", study_report(analyse(runs, epochs, never), {}))
    content = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    medians = [row["point"] for row in content["estimates"] if row["kind"] == "median"]
    assert set(medians) == {"infinite"}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("seeds", [0, 1, 2])
def test_little_data_is_no_error_and_no_nan_in_any_format(study, plan, name, seeds):
    runs, epochs = study(seeds=2, batch_sizes=(64,), timesteps=(2,), epochs=2)
    text = render_as(name, study_report(analyse(runs[runs.seed < seeds], epochs, plan), {}))
    visible = re.sub(r"<(svg|style|script).*?</\1>", "", text, flags=re.S)
    assert not re.search(r"(?<![\w-])(nan|NaN|&lt;NA&gt;)(?![\w-])", visible)
