"""One LaTeX file per table: each is whole, and nothing in a name is taken for a command."""

import re
import shutil
import subprocess

import numpy as np
import pytest

from reports.formats.formats import render_files
from reports.formats.latex import escape
from reports.formats.latex_tables import LONG, table_file
from reports.input.plan import Plan
from reports.page.analysis import analyse
from reports.page.report import study_report

HOSTILE = "a_b & 50% $x^2$ {\\end{document}} <b>|`~#\\input{x}\n[y] 汉"


@pytest.fixture(scope="module")
def report(study):
    plan = Plan.declared({"title": HOSTILE, "baseline": "backprop"})
    methods = ("backprop", "noprop-dt", "classifier")
    frames = study(seeds=3, methods=methods, timesteps=(2,), epochs=2)
    names = {"noprop-dt": HOSTILE, "classifier": "my_own_method"}
    frames = [frame.assign(method=frame.method.replace(names)) for frame in frames]
    return study_report(analyse(*frames, plan), {})


@pytest.fixture(scope="module")
def files(report):
    return {n: data.decode() for n, data in render_files("latex-tables", report).items()}


def test_every_table_of_the_report_has_a_file(report, files):
    view = report.view()
    captions = [view.answer.question, *(table.caption for table in view.tables if table.rows)]
    tables = {n: t for n, t in files.items() if n not in ("packages.tex", "all-tables.tex")}
    assert len(tables) == len(captions)
    assert all(re.fullmatch(r"[a-z0-9-]+\.tex", name) for name in tables)
    for caption, text in zip(captions, tables.values(), strict=True):
        assert f"% \\caption{{{escape(caption)}}}" in text
    shown = re.findall(r"\\input\{([a-z0-9-]+)\}", files["all-tables.tex"])
    assert [f"{name}.tex" for name in shown if name != "packages"] == list(tables)
    assert r"my\_own\_method" in tables["answer.tex"]
    assert "my_own_method" not in tables["answer.tex"]


def test_a_file_is_whole_and_its_rows_have_every_column(files):
    for name, text in files.items():
        if name == "packages.tex":
            continue
        code = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
        bare = re.sub(r"\\[\\{}$&#%_]", "", code)
        depth = np.cumsum([(c == "{") - (c == "}") for c in bare])
        assert depth.min() >= 0, name
        assert depth[-1] == 0, name
        assert bare.count("$") % 2 == 0, name
        assert all(c.isascii() or "\u00c0" <= c <= "\u017e" for c in text), name
        opened = re.findall(r"\\begin\{(\w+)\}", code)
        assert sorted(opened) == sorted(re.findall(r"\\end\{(\w+)\}", code)), name
        if name == "all-tables.tex":
            assert code.count(r"\end{document}") == 1
            continue
        assert r"\caption" not in code, name
        assert r"\end{document}" not in code, name
        kinds = re.search(r"\\begin\{(?:tabular|longtable)\}\{@\{\}(.*?)@\{\}\}\n", code)[1]
        columns = len(re.findall(r"[lrp]", re.sub(r">\{.*?\}(?=p\{)|\{\d+mm\}", "", kinds)))
        body = code.split("\\midrule\n")[1].split("\\bottomrule")[0].strip().splitlines()
        assert body, name
        for row in body:
            assert len(re.findall(r"(?<!\\)&", row)) == columns - 1, row
            assert row.endswith(r" \\"), row


def test_what_has_no_room_on_a_page_is_a_long_table(report):
    table = next(t for t in report.view().tables if t.rows)
    long = type(table)(table.caption, table.columns, table.rows[:1] * (LONG + 1))
    assert r"\begin{longtable}" in table_file("x", long)
    assert r"\begin{tabular}{@{}" in table_file("x", table)
    assert r"\begin{table}" not in table_file("x", long)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs a TeX: pdflatex")
def test_all_of_them_compile(files, tmp_path):
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    words = ("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all-tables.tex")
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "all-tables.pdf").stat().st_size > 10_000
