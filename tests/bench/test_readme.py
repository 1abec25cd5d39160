"""README's results are what its reference says, computed again; the picture is of the same runs."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bench import browser, readme, readme_writing
from bench.readme_block import ENDS, begins, block, written_into
from bench.readme_reference import read_reference, to_json
from bench.readme_writing import picture_of, references

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
AGAIN = "python -m bench.readme results/quick, from one undisturbed run of the study"


@pytest.mark.parametrize("path", references(README), ids=lambda path: path.stem)
def test_the_readme_says_what_the_runs_say(path):
    """Where words or statistics changed, `python -m bench.readme` writes them anew."""
    text, reference = README.read_text("utf-8"), read_reference(path)
    assert written_into(text, reference) == text, "README is stale: python -m bench.readme"
    assert to_json(reference) == path.read_text("utf-8")
    digest = hashlib.sha256(picture_of(README).read_bytes()).hexdigest()
    assert digest == reference.picture, f"README's picture is of other runs: {AGAIN}"


@pytest.fixture
def quick():
    return read_reference(ROOT / "docs" / "measured" / "quick.json")


def test_every_number_comes_from_the_runs(quick):
    before, runs = block(quick), quick.runs.copy()
    own = (runs["method"] == "noprop-dt") & (runs["batch_size"] == 64) & (runs["timesteps"] == 2)
    mean = runs.loc[own, "test_accuracy"].mean()
    assert f"| `noprop-dt` | 2 | {100 * mean:.1f} % |" in before
    runs.loc[runs["method"] == "noprop-dt", "test_accuracy"] -= 0.1
    after = block(replace(quick, runs=runs))
    assert f"| `noprop-dt` | 2 | {100 * (mean - 0.1):.1f} % |" in after
    [sentence] = [line for line in after.split("\n- ") if line.startswith("`noprop-dt`")]
    assert "worse in test accuracy (−9.2 pp" in " ".join(sentence.split()).replace("\\", "")


def test_what_was_not_as_it_should_be_is_said(quick):
    runs = quick.runs.copy()
    runs.loc[0, ["status", "failure"]] = ["error", "ValueError"]
    runs["execution"] = "side by side"
    words = " ".join(block(replace(quick, runs=runs, disturbed=0)).split())
    assert "minutes side by side; 1 failed, and in none the machine" in words


@pytest.fixture
def clone(tmp_path):
    page = tmp_path / "README.md"
    mine = f"before\n{begins('tiny')}\nstale\n{ENDS}\nbetween\n{begins('quick')}\n{ENDS}\nafter\n"
    page.write_text(mine, encoding="utf-8")
    return page


def test_records_become_reference_and_readme(command, results, clone):
    answer = command(results / "tiny", "--readme", clone, main=readme.main)
    reference = clone.parent / "docs" / "measured" / "tiny.json"
    assert (answer.code, answer.out, answer.err) == (0, f"{reference}\n{clone}\n", "")
    text = clone.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "stale" not in text
    assert "The study `tiny`" in text
    clone.write_text(text.replace("The study `tiny`", "Nothing"), encoding="utf-8")
    assert command("--readme", clone, main=readme.main).code == 0
    assert clone.read_text(encoding="utf-8") == text


def test_half_a_study_changes_nothing_and_is_one_line(command, results, clone):
    before = clone.read_text(encoding="utf-8")
    next((results / "tiny" / "records").glob("*.json")).unlink()
    answer = command(results / "tiny", "--readme", clone, main=readme.main)
    assert answer.code == 2
    [line] = answer.errors
    assert "has 5 of 6 runs that its study declares" in line
    assert clone.read_text(encoding="utf-8") == before
    assert not (clone.parent / "docs").exists()


@pytest.mark.parametrize("text", ["no place", f"{begins('other')} {ENDS}"])
def test_a_readme_without_a_place_is_one_line(command, results, tmp_path, text):
    (tmp_path / "README.md").write_text(text)
    answer = command(results / "tiny", "--readme", tmp_path / "README.md", main=readme.main)
    assert (answer.code, len(answer.errors)) == (2, 1)
    assert "no place for" in answer.errors[0]
    answer = command("--readme", tmp_path / "nowhere.md", main=readme.main)
    assert (answer.code, len(answer.errors)) == (2, 1)


def test_a_reference_of_another_format_is_one_line(command, clone):
    folder = clone.parent / "docs" / "measured"
    folder.mkdir(parents=True)
    (folder / "quick.json").write_text('{"format": 0}')
    answer = command("--readme", clone, main=readme.main)
    assert (answer.code, len(answer.errors)) == (2, 1)
    assert "is no reference of this version: format 0, not 1" in answer.errors[0]


def test_without_a_browser_the_picture_stays_and_is_known_to_be_behind(
    command, results, clone, monkeypatch
):
    monkeypatch.setattr(readme_writing, "PICTURED", "tiny")
    monkeypatch.setattr(browser, "NAMES", ("no-such-browser",))
    (clone.parent / "docs").mkdir()
    picture = picture_of(clone)
    picture.write_bytes(b"old")
    answer = command(results / "tiny", "--readme", clone, main=readme.main)
    assert answer.code == 0
    assert "no picture without one of chromium" in answer.err
    assert picture.read_bytes() == b"old"
    assert read_reference(clone.parent / "docs" / "measured" / "tiny.json").picture == ""


@pytest.mark.skipif(not any(map(shutil.which, browser.NAMES)), reason="needs a Chromium")
def test_a_picture_is_a_png_of_the_page(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<title>a</title><body style='background:#123456'>", encoding="utf-8")
    assert browser.take_picture(page, tmp_path / "page.png")
    data = (tmp_path / "page.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (1280, 1130)
