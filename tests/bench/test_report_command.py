"""`python -m bench.report` as its users meet it."""

import re
import shutil
import webbrowser
from pathlib import Path

import pytest

from bench import report
from bench.records.store import RecordStore
from noprop_core import registry

ROOT = Path(__file__).parents[2]
HERE = ("--isolation", "none")
"""The methods of these tests exist in this process only, and it has torch already."""
NO_BROWSER = webbrowser.Error("could not locate runnable browser")


def test_the_report_is_one_page_that_needs_no_network(command, results):
    answer = command(results / "tiny", main=report.main)
    page = results / "tiny" / "report.html"
    assert (answer.code, answer.files, answer.err) == (0, [str(page)], "")
    assert "noprop-shared is not compared: no setting has 3 seeds" in " ".join(answer.out.split())
    assert answer.out.splitlines()[-1] == str(page)
    html = page.read_text(encoding="utf-8").replace("&#39;", "'")
    assert "tiny" in html
    for name in ("backprop", "classifier", "noprop-shared"):
        assert name in html
        assert registry.find(name).title.partition(":")[0] in html
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", html, re.I)
    assert not re.search(r"@import|url\(\s*[\"']?(https?:)?//", html)


def test_a_report_needs_no_folder_name_if_there_is_one_study(command, results):
    answer = command(results, "-o", results / "page.html", main=report.main)
    assert (answer.code, answer.files) == (0, [str(results / "page.html")])
    assert (results / "page.html").is_file()
    assert not (results / "tiny" / "report.html").exists()


def test_several_studies_get_a_report_each_and_no_common_file(command, results):
    shutil.copytree(results / "tiny", results / "other")
    (results / "empty").mkdir()
    answer = command(results, "-o", results / "page.html", main=report.main)
    assert answer.code == 2
    [line] = answer.errors
    assert line == f"-o takes one study, '{results}' holds several: other, tiny"
    assert not list(results.rglob("*.html"))

    answer = command(results, main=report.main)
    assert answer.code == 0
    pages = [results / name / "report.html" for name in ("other", "tiny")]
    pages.append(results / "index.html")
    assert answer.out.splitlines() == [str(page) for page in pages]
    assert all(page.is_file() for page in pages)


@pytest.mark.parametrize("make", ["", "records", "tiny/records"])
def test_a_report_without_records_is_one_line(command, tmp_path, make):
    (tmp_path / make).mkdir(parents=True, exist_ok=True)
    answer = command(tmp_path, main=report.main)
    assert (answer.code, answer.out) == (2, "")
    [line] = answer.errors
    assert "no records in" in line


def test_a_report_of_a_folder_that_is_not_there_is_one_line(command, tmp_path):
    answer = command(tmp_path / "nowhere", main=report.main)
    assert (answer.code, len(answer.errors)) == (2, 1)


def test_a_report_of_a_damaged_record_is_one_line(command, results):
    path = next((results / "tiny" / "records").iterdir())
    path.write_text("{")
    answer = command(results, main=report.main)
    assert answer.code == 2
    [line] = answer.errors
    assert line.startswith(f"{path}: is no record")


def test_a_report_without_the_study_s_declaration_is_one_line(command, results):
    (results / "tiny" / "study.json").unlink()
    answer = command(results, main=report.main)
    assert answer.code == 2
    assert "study.json: is no study of this version" in answer.errors[0]


def test_a_report_that_cannot_be_written_is_one_line(command, results):
    answer = command(results, "-o", results / "tiny", main=report.main)
    assert answer.code == 2
    [line] = answer.errors
    assert line.startswith(f"cannot write '{results / 'tiny'}': ")


def test_a_study_whose_runs_all_failed_still_has_a_report(command, record, study, tmp_path):
    store = RecordStore(tmp_path / "tiny")
    store.save_study(study(alpha=0.1))
    store.save(
        record(
            status="error",
            failure="ValueError: <b>broken</b>",
            epochs=[],
            test_accuracies=[],
            memory=None,
            parameters=None,
            examples_seen=None,
        )
    )
    answer = command(store.folder, main=report.main)
    assert (answer.code, answer.err) == (0, "")
    html = (store.folder / "report.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;broken" in html
    assert "<b>broken" not in html


def test_a_study_without_its_baseline_still_has_a_report(command, study_file, tmp_path):
    words = ("--study", study_file(), "--results", tmp_path / "r", *HERE)
    assert command(*words, "--methods", "classifier").code == 0
    answer = command(tmp_path / "r", main=report.main)
    assert (answer.code, answer.err) == (0, "")
    html = (tmp_path / "r" / "tiny" / "report.html").read_text(encoding="utf-8")
    assert "classifier" in html


@pytest.fixture
def opened(monkeypatch):
    """Collect what would be opened in the browser."""
    addresses = []
    monkeypatch.setattr(webbrowser, "open", lambda address: addresses.append(address) or True)
    return addresses


def test_a_folder_of_studies_gets_an_index_that_leads_to_each_report(command, results):
    shutil.copytree(results / "tiny", results / "a 100% #copy")
    answer = command(results, main=report.main)
    assert (answer.code, answer.err) == (0, "")
    index = results / "index.html"
    assert answer.out.splitlines()[-1] == str(index)
    links = re.findall(r'<a href="([^"]*)"', index.read_text(encoding="utf-8"))
    assert sorted(links) == ["a%20100%25%20%23copy/report.html", "tiny/report.html"]


def test_one_study_in_a_folder_has_an_index_too(command, results):
    answer = command(results, main=report.main)
    pages = [results / "tiny" / "report.html", results / "index.html"]
    assert answer.files == [str(page) for page in pages]
    assert "6 of 6 runs finished" in pages[-1].read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [("-o", "page.html"), ("--format", "markdown"), ("tiny",)])
def test_there_is_no_index_of_one_study_or_of_other_formats(
    command, results, monkeypatch, words, opened
):
    monkeypatch.chdir(results)
    answer = command(*words if "tiny" in words else (".", *words), main=report.main)
    assert (answer.code, len(answer.files), opened) == (0, 1, [])
    assert not list(results.rglob("index.html"))


def test_a_broken_study_is_one_line_and_leaves_no_index(command, results):
    shutil.copytree(results / "tiny", results / "worse")
    (results / "worse" / "study.json").unlink()
    answer = command(results, main=report.main)
    assert answer.code == 2
    [line] = answer.errors
    assert "study.json: is no study of this version" in line
    assert not (results / "index.html").exists()


def test_open_shows_the_index_or_the_one_report(command, results, monkeypatch, opened):
    monkeypatch.chdir(results.parent)
    assert command("--open", main=report.main).code == 0
    assert opened == [(results / "index.html").resolve().as_uri()]
    assert command("results/tiny", "--open", main=report.main).code == 0
    assert command("-o", "a page.html", "--open", main=report.main).code == 0
    shutil.copytree("results", "old")
    assert command("results", "--against", "old", "--open", main=report.main).code == 0
    expected = [results / "tiny" / "report.html", Path("a page.html")]
    expected.append(results / "tiny" / "changes.html")
    assert opened[1:] == [page.resolve().as_uri() for page in expected]


@pytest.mark.parametrize("name", ["markdown", "latex", "csv", "json"])
def test_only_html_is_opened(command, results, opened, name):
    answer = command(results, "--open", "--format", name, main=report.main)
    assert (answer.code, answer.out, opened) == (2, "", [])
    assert answer.errors == [f"--open shows html in the browser, not {name}"]
    assert not list(results.rglob("report.*"))


@pytest.mark.parametrize("fails", [lambda _: False, lambda _: (_ for _ in ()).throw(NO_BROWSER)])
def test_without_a_browser_the_page_is_made_and_named(command, results, monkeypatch, fails):
    monkeypatch.setattr(webbrowser, "open", fails)
    answer = command(results, "--open", main=report.main)
    index = results / "index.html"
    assert answer.code == 0
    assert answer.err == f"warning: no browser could be opened; the page is {index}\n"
    assert index.is_file()


def test_figures_and_tables_for_a_paper_are_folders(command, results, tmp_path):
    answer = command(
        results / "tiny", "--figures", tmp_path / "f", "--format", "latex-tables",
        main=report.main,
    )  # fmt: skip
    assert (answer.code, answer.err) == (0, "")
    tables = results / "tiny" / "report-tables"
    assert answer.out.splitlines()[-2:] == [str(tmp_path / "f"), str(tables)]
    names = {path.name for path in (tmp_path / "f").iterdir()}
    assert {"answer.svg", "answer.pdf", "captions.md"} <= names
    assert (tables / "answer.tex").is_file()
    assert not list((results / "tiny").glob("report.*"))


def test_figures_without_matplotlib_are_one_line_before_anything_is_written(
    command, results, tmp_path, monkeypatch
):
    monkeypatch.setattr("reports.drawing.drawing.PACKAGE", "no_such_package")
    answer = command(results / "tiny", "--figures", tmp_path / "f", main=report.main)
    assert (answer.code, answer.out) == (2, "")
    assert answer.errors == ['--figures needs matplotlib: pip install "noprop-bench[plots]"']
    assert not (tmp_path / "f").exists()
    assert not list((results / "tiny").glob("report.*"))


def test_figures_where_a_file_is_are_one_line(command, results, tmp_path):
    (tmp_path / "f").write_text("mine")
    answer = command(results / "tiny", "--figures", tmp_path / "f", main=report.main)
    assert answer.code == 2
    assert answer.errors[-1].startswith(f"cannot write '{tmp_path / 'f'}': ")
    assert (tmp_path / "f").read_text() == "mine"
