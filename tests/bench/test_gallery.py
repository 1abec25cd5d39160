import re

import pytest

from bench import gallery
from bench.records.store import RecordStore


@pytest.fixture
def results(tmp_path, record, cell, study):
    folder = tmp_path / "results"
    for name in ("first", "_second more"):
        store = RecordStore(folder / name)
        store.save_study(study(name=name.strip("_ ").replace(" ", "-")))
        for seed in (0, 1):
            store.save(record(cell(seed=seed), study=name))
    return folder


def test_a_site_has_a_page_per_study_and_an_index_whose_links_lead_somewhere(
    results, tmp_path, capsys
):
    site = tmp_path / "site"
    (site / "mine").mkdir(parents=True)
    (site / "mine" / "notes.txt").write_text("kept")
    assert gallery.main([str(results), "-o", str(site), "--title", "Our <runs>"]) == 0
    index = (site / "index.html").read_text(encoding="utf-8")
    assert "Our &lt;runs&gt;" in index
    links = set(re.findall(r'href="([^"#:]+)"', index))
    assert links == {"first/index.html", "_second%20more/index.html"}
    for name in ("first", "_second more"):
        page = (site / name / "index.html").read_text(encoding="utf-8")
        assert "2 of 2 runs finished" in page
    assert (site / ".nojekyll").is_file()
    assert (site / "mine" / "notes.txt").read_text() == "kept"
    assert capsys.readouterr().out.splitlines()[-1] == str(site / "index.html")
    # Nothing beside the records was touched.
    assert {path.name for path in results.rglob("*.html")} == set()


def test_a_folder_without_records_is_one_line(tmp_path, command):
    answer = command(str(tmp_path), "-o", str(tmp_path / "site"), main=gallery.main)
    assert (answer.code, len(answer.errors)) == (2, 1)
    assert not (tmp_path / "site").exists()
