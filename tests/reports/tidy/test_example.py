"""The published table in docs/examples is what was published, and is reported by one command."""

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from reports.__main__ import main
from reports.tidy.synonyms import HIGHER_IS_BETTER, KINDS, ROLES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "your-own-results.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "noprop-table1-simulated-seeds.csv"
ENTRY = ["method", "embedding", "dataset"]


def test_simulated_seeds_have_the_published_means_and_spreads():
    published = pd.read_csv(ROOT / "bench" / "published.csv").set_index(ENTRY)
    entries = pd.read_csv(EXAMPLE).groupby(ENTRY).test_accuracy
    assert entries.ngroups == 18
    assert (entries.count() == 3).all()
    theirs = published.loc[entries.mean().index]
    assert (entries.mean() - theirs.test_accuracy).abs().max() < 0.001
    assert (entries.std() - theirs.spread).abs().max() < 0.001


def test_the_published_table_is_reported_by_the_documented_command(tmp_path, monkeypatch, capsys):
    (line,) = re.findall(r"^python -m reports (docs/examples/.*)$", PAGE, re.MULTILINE)
    file, *words = shlex.split(line)
    monkeypatch.chdir(tmp_path)
    assert main([str(ROOT / file), *words]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "report.html"
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "simulated" in text
    assert "cifar100, prototype" in text
    # 46.06 - 47.80 and 80.54 - 79.58, as printed in the paper's Table 1.
    assert main([str(ROOT / file), *words[:-2], "-q", "-o", "rows.csv"]) == 0
    rows = pd.read_csv("rows.csv").query("kind == 'comparison'").set_index("dataset").point
    assert rows["cifar100, prototype"] == pytest.approx(-1.74, abs=0.002)
    assert rows["cifar10, prototype"] == pytest.approx(0.96, abs=0.002)
    assert len(rows) == 9


def test_the_page_names_every_synonym():
    for role, names in ROLES.items():
        listed = ", ".join(f"`{name}`" for name in names)
        assert f"| {role.replace('_', ' ')} | {listed} |" in PAGE
    for kind, words in KINDS.items():
        better = "higher" if kind in HIGHER_IS_BETTER else "lower"
        listed = ", ".join(f"`{word}`" for word in sorted(words))
        assert f"| {kind} | {listed} | {better} |" in PAGE


def test_the_example_in_python_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "your-own-results.md", "exec"), {})
    assert "sgd is lower in accuracy than adam" in capsys.readouterr().out
    assert (tmp_path / "report.html").is_file()
