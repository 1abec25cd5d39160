"""Whatever lies in docs/results: it can be read, and what is said of it is what it says.

`tox run -e rerun` also runs two seeds of every result again, at its smallest T.
"""

import html
import os
from pathlib import Path

import pytest

from bench import rerun
from bench.publish.command import documents
from bench.publish.index import index
from bench.publish.result import PAGE, RESULTS, published, result_in
from bench.publish.said import Said, all_said
from bench.publish.told import told
from bench.records.packed import ARCHIVE, unpacked

ROOT = Path(__file__).parents[3]
FOLDERS = sorted(path.parent for path in (ROOT / RESULTS).glob(f"*/{ARCHIVE}"))
AGAIN = "NOPROP_RERUN"
STALE = "is stale: python -m bench.publish"
NONE_YET = pytest.param(
    None, id="none", marks=pytest.mark.skip(reason="docs/results has no published result yet")
)


@pytest.fixture(scope="module")
def every() -> dict[str, Said]:
    """Return every result by name; each is analysed once for all tests."""
    return {said.result.name: said for said in all_said(ROOT)}


@pytest.mark.parametrize("folder", FOLDERS or [NONE_YET], ids=lambda folder: folder.name)
def test_a_published_result_holds(folder, every):
    said = every[folder.name]
    result = result_in(folder)  # reads every record, whose digest must fit
    assert len(result.records) == len(said.result.records) > 0
    for name, data in unpacked(folder / ARCHIVE).items():
        assert str(Path.home()).encode() not in data or Path.home() == Path("/"), name
    text = (folder / "README.md").read_text("utf-8")
    assert told(result, ROOT) == text, f"{folder.name}/README.md {STALE}"
    assert ("**Incomplete.**" in text) is bool(result.missing())
    page = html.unescape((folder / PAGE).read_text("utf-8"))
    sentences = [sentence for _, sentence in (said.view.answer.short if said.view.answer else ())]
    for sentence in [*sentences, *(text for _, text in said.claims)]:
        assert sentence in page, f"{folder.name}/{PAGE} {STALE} --pages"


def test_the_index_and_the_documents_say_what_the_records_say(every):
    results = [said.result for said in every.values()]
    text = (ROOT / RESULTS / "README.md").read_text("utf-8")
    assert index(results, ROOT) == text, f"docs/results/README.md {STALE}"
    assert [result.name for result in published(ROOT)] == [path.name for path in FOLDERS]
    found = documents(list(every.values()), ROOT)
    assert {path.name for path in found} == {"README.md", "answer.md"}
    for path, anew in found.items():
        assert path.read_text("utf-8") == anew, f"{path.name} {STALE}"


@pytest.mark.skipif(
    AGAIN not in os.environ,
    reason=f"runs two seeds of every published result again, which takes minutes: tox run -e rerun "
    f"({AGAIN}=1)",
)
@pytest.mark.parametrize("folder", FOLDERS or [NONE_YET], ids=lambda folder: folder.name)
def test_two_seeds_run_again_are_equal(folder, tmp_path, capsys):
    steps = min(result_in(folder).study.timesteps)
    data = os.environ.get("NOPROP_DATA", str(ROOT / "data"))
    words = [str(folder), "--timesteps", str(steps), "--data-dir", data]
    code = rerun.main([*words, "--results", str(tmp_path)])
    with capsys.disabled():
        print(capsys.readouterr().out)
    assert code == 0
