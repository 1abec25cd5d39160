"""A study's folder becomes a result: packed the same every time, read as it lies, never lost."""

import json
import shutil
from pathlib import Path

import pytest

from bench import gallery, report
from bench.frame import load, load_epochs
from bench.publish import __main__ as publish
from bench.publish.result import published, result_in
from bench.records.packed import contents, packed, unpacked
from bench.records.store import RecordStore, read_record

pytestmark = pytest.mark.usefixtures("no_drawing")


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_result_has_its_files_and_the_index_names_it(tiny_result, published_once):
    names = {"records.tar.xz", "study.json", "report.html", "README.md"}
    assert {path.name for path in tiny_result.iterdir()} == names
    text = (tiny_result / "README.md").read_text("utf-8")
    assert "6 runs over 2 seeds, one after the other; none failed" in " ".join(text.split())
    assert "python -m bench.run --study docs/results/first/study.json\n" in text
    assert "python -m bench.rerun docs/results/first --seeds 0,1\n" in text
    index = (tiny_result.parent / "README.md").read_text("utf-8")
    assert "[`first`](first/README.md), [page](first/report.html)" in index
    assert "- Nothing was run on a GPU." in index
    page = (tiny_result / "report.html").read_text("utf-8")
    assert "--study docs/results/first/study.json" in page
    packed_texts = [data.decode() for data in unpacked(tiny_result / "records.tar.xz").values()]
    for each in (page, text, index, *packed_texts):
        assert str(published_once.parent) not in each


def test_the_same_records_give_the_same_bytes(tiny_result, command, results, clone):
    before = files_in(clone)
    moved = results / "elsewhere" / "tiny"
    shutil.copytree(results / "tiny", moved)
    for path in moved.rglob("*.json"):
        path.touch()
        path.chmod(0o600)
    assert command(moved, "--as", "first", "--root", clone, main=publish.main).code == 0
    assert files_in(clone) == before
    assert command("--root", clone, "--pages", main=publish.main).code == 0
    assert files_in(clone) == before


def test_records_are_read_as_they_lie_and_nothing_is_left_beside(
    tiny_result, results, command, clone, monkeypatch
):
    before = files_in(tiny_result)
    monkeypatch.chdir(clone)
    assert load(tiny_result).equals(load(results / "tiny"))
    assert load_epochs(tiny_result).equals(load_epochs(results / "tiny"))
    answer = command(tiny_result, "--format", "json", "-o", results / "a.json", main=report.main)
    assert answer.code == 0
    assert command("docs/results/first", main=report.main).code == 0
    assert files_in(tiny_result) == before
    plain = command(results / "tiny", "--format", "json", main=report.main)
    assert plain.code == 0
    ours, theirs = (
        json.loads((results / name).read_text("utf-8")) for name in ("a.json", "tiny/report.json")
    )
    assert ours["view"]["answer"] == theirs["view"]["answer"]


def test_a_folder_of_results_is_a_folder_of_studies(tiny_result, results, command, tmp_path):
    site = tmp_path / "site"
    assert command(tiny_result.parent, "-o", site, main=gallery.main).code == 0
    assert (site / "first" / "index.html").is_file()
    against = (results / "tiny", "--against", tiny_result, "-o", tmp_path / "changes.html")
    answer = command(*against, main=report.main)
    assert (answer.code, answer.err) == (0, "")
    assert "first" in (tmp_path / "changes.html").read_text("utf-8")


def test_half_a_study_is_refused_or_says_so(command, results, clone):
    next((results / "tiny" / "records").glob("classifier*")).unlink()
    words = (results / "tiny", "--as", "half", "--root", clone)
    answer = command(*words, main=publish.main)
    assert answer.code == 2
    [line] = answer.errors
    assert "is not the whole study: 1 run of classifier are missing; --incomplete" in line
    assert not (clone / "docs").exists()
    assert command(*words, "--incomplete", main=publish.main).code == 0
    folder = clone / "docs" / "results"
    assert "**Incomplete.** The study declares more: 1 run of" in (
        (folder / "half" / "README.md").read_text("utf-8")
    )
    assert "(incomplete)" in (folder / "README.md").read_text("utf-8")


def test_a_look_that_is_open_makes_a_study_incomplete(tmp_path, study, record, cell):
    sequential = study(seeds=[0, 1, 2, 3, 4, 5], sequential={"looks": [3, 6]})
    store = RecordStore(tmp_path / "tiny")
    store.save_study(sequential)
    store.save(record(cell()))
    assert result_in(store.folder).missing()[0] == "the first look, at 3 seeds"


def test_what_is_published_is_not_lost(tiny_result, command, results, clone):
    before = files_in(clone)
    record = next((results / "tiny" / "records").glob("*.json"))
    record.unlink()
    words = (results / "tiny", "--as", "first", "--incomplete", "--root", clone)
    answer = command(*words, main=publish.main)
    assert answer.code == 2
    [line] = answer.errors
    assert "has 1 record that would be lost, such as tiny/records/" in line
    assert files_in(clone) == before
    assert command(*words, "--replace", main=publish.main).code == 0
    assert len(load(tiny_result)) == 5


def test_a_failure_keeps_no_path_of_the_machine(tmp_path, record, cell, study):
    store = RecordStore(tmp_path / "tiny")
    store.save_study(study())
    told = 'File "/home/me/clone/bench/run.py", line 3\nsee https://example.org/a/b, 1/2'
    failed = record(cell(), status="error", failure="no /data/mnist/a.gz", traceback=told)
    path = store.save(failed)
    untouched = store.save(record(cell(seed=1)))
    files = contents(store.folder)
    assert files[f"tiny/records/{untouched.name}"] == untouched.read_bytes()
    (tmp_path / "new.json").write_bytes(files[f"tiny/records/{path.name}"])
    read = read_record(tmp_path / "new.json")  # its digest holds
    assert read.failure == "no .../a.gz"
    assert read.traceback == 'File ".../run.py", line 3\nsee https://example.org/a/b, 1/2'


def test_a_data_set_by_its_path_is_refused(command, tmp_path, record, cell, study, clone):
    store = RecordStore(tmp_path / "tiny")
    store.save_study(study(seeds=[0], methods=["backprop"]))
    store.save(record(cell(dataset="/home/me/mine.npz")))
    words = (store.folder, "--as", "mine", "--incomplete", "--root", clone)
    answer = command(*words, main=publish.main)
    assert (answer.code, len(answer.errors)) == (2, 1)


def test_a_tuned_study_has_its_trials_with_it(tmp_path, record, cell, study):
    before = RecordStore(tmp_path / "tiny")
    before.save_study(study())
    trials = RecordStore(tmp_path / "tiny" / "tuning")
    trials.save(record(cell(seed=7)))
    tuned = {
        "study": "tiny", "seeds": [7], "datasets": ["digits"], "batch_sizes": [64],
        "timesteps": [2], "sampler": "qmc", "sampler_seed": 0, "pruning": False, "method": {},
    }  # fmt: skip
    store = RecordStore(tmp_path / "tiny-tuned")
    store.save_study(study(name="tiny-tuned", tuned=tuned))
    store.save(record(cell()))
    names = list(contents(store.folder))
    assert names[0].startswith("tiny-tuned/")
    assert any(name.startswith("tiny/tuning/records/") for name in names)
    target = tmp_path / "published"
    target.mkdir()
    (target / "records.tar.xz").write_bytes(packed(contents(store.folder)))
    assert len(load(target)) == 1


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--as", "x"), "which study?"),
        (("nowhere",), "--as NAME"),
        (("nowhere", "--as", "../up"), "is no name"),
        (("nowhere", "--as", "x"), "no records in"),
        (("--root", "nowhere"), "is no folder"),
    ],
)
def test_what_is_wrong_is_one_line(command, words, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = command(*words, main=publish.main)
    assert (answer.code, len(answer.errors)) == (2, 1)
    assert problem in answer.errors[0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_a_damaged_archive_is_one_line(tiny_result, command, damage):
    archive = tiny_result / "records.tar.xz"
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    answer = command(tiny_result, main=report.main)
    assert (answer.code, len(answer.errors)) == (2, 1)
    assert "records.tar.xz" in answer.errors[0]


def test_an_index_of_nothing_says_so(command, clone):
    assert command("--root", clone, main=publish.main).code == 0
    assert published(clone) == []
    text = (clone / "docs" / "results" / "README.md").read_text("utf-8")
    assert "No study has been published yet." in text
