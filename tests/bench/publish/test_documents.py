"""README and the answer: blocks written from records, true before there are any."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.publish import __main__ as publish
from bench.publish.against import against_backprop
from bench.publish.answer_page import writers
from bench.publish.first_screen import chain, first_screen
from bench.publish.marks import begins, rewritten
from bench.publish.result import result_in
from bench.publish.said import Said, found_words
from bench.publish.unmeasured import unmeasured
from bench.readme_block import ENDS
from bench.readme_reference import read_reference, to_json
from bench.records.store import RecordStore
from bench.study.cells import expand
from noprop_core.errors import InvalidSetting
from reports.claims.evidence import Claim, Claimed, Outcome
from reports.claims.words import NOT_MEASURED, STATEMENTS, claim_says

ROOT = Path(__file__).parents[3]
CLAIMS = (
    ("1. Parallel training: held up", "Claimed: a. Found: ×0.6 [0.5, 0.7] (n = 8). Limits: b."),
    ("5. The chain pays: refuted", "Claimed: c. Found: −2 pp (n = 8). Limits: d."),
)

PICTURE = "![first: effects, intervals and verdicts](docs/answer/first-answer.svg) "


@dataclass(frozen=True)
class Judged(Said):
    """A result whose page judges claims."""

    claims: tuple[tuple[str, str], ...] = field(default=CLAIMS)
    outcomes: str = "Of 2 claims: 1 held up and 1 refuted."


@pytest.fixture
def tiny_said(tiny_result, clone) -> Said:
    return Said(result_in(tiny_result), clone)


def joined(text: str | None) -> str:
    return " ".join((text or "").split()).replace("\\", "")


def test_a_block_is_what_its_writer_says_and_the_rest_stays():
    text = (
        f"a\n{begins('x')}\nold\n{ENDS}\nb\n{begins('y')}\n{ENDS}\n{begins('kept')}\nold\n{ENDS}\n"
    )
    known = {"x": lambda: "new", "y": lambda: "more\n", "kept": lambda: None}
    once = rewritten(text, known, "README.md")
    assert once == (
        f"a\n{begins('x')}\n\nnew\n\n{ENDS}\nb\n{begins('y')}\n\nmore\n\n{ENDS}\n"
        f"{begins('kept')}\nold\n{ENDS}\n"
    )
    assert rewritten(once, known, "README.md") == once
    with pytest.raises(InvalidSetting, match=r"README\.md: block 'x' is none of z"):
        rewritten(text, {"z": lambda: ""}, "README.md")
    with pytest.raises(InvalidSetting, match="block 'x' has no"):
        rewritten(text.replace(f"old\n{ENDS}\nb", "b"), known, "README.md")


def test_without_results_the_first_screen_is_what_quick_says(tmp_path):
    quick = read_reference(ROOT / "docs" / "measured" / "quick.json")
    words = joined(first_screen([], ROOT))
    assert "has not been judged here yet" in words
    assert "Nothing was run on a GPU." in words
    runs = quick.runs.copy()
    runs.loc[runs["method"] == "noprop-dt", "peak_memory_bytes"] *= 10
    runs["device"] = "cuda"
    (tmp_path / "docs" / "measured").mkdir(parents=True)
    path = tmp_path / "docs" / "measured" / "quick.json"
    path.write_text(to_json(replace(quick, runs=runs)), encoding="utf-8")
    changed = joined(first_screen([], tmp_path))
    assert "better in peak memory" in words
    assert "worse in peak memory" in changed
    assert "GPU" not in changed
    assert first_screen([], tmp_path / "nowhere") is None


def test_claims_that_were_judged_are_the_first_screen(tiny_said):
    judged = Judged(tiny_said.result, tiny_said.root)
    words = joined(first_screen([tiny_said, judged], tiny_said.root))
    assert "**Of 2 claims: 1 held up and 1 refuted.** What ran: study [`first`](docs/" in words
    assert "- **Parallel training: held up.** ×0.6 [0.5, 0.7] (n = 8)." in words
    assert "Claimed" not in words
    assert "**Not measured.** Nothing was run on a GPU." in words
    assert "do anything?** Refuted. −2 pp (n = 8); more [above](#noprop-bench). That is no bug" in (
        joined(chain([judged]))
    )
    page = joined(writers([judged], tiny_said.root)["the claims"]())
    assert "**1. Parallel training: held up.** Found:" in page
    as_made = joined(writers([judged], tiny_said.root)["the claims as they are judged"]())
    assert all(statement in as_made for statement in STATEMENTS.values())
    assert words.startswith(PICTURE)
    nowhere = first_screen([judged], tiny_said.root / "nowhere")
    assert joined(nowhere) == words.removeprefix(PICTURE)


def test_noprop_against_back_propagation_is_the_first_table(record, study, tmp_path):
    store = RecordStore(tmp_path / "results" / "tiny")
    three = ["backprop", "noprop-dt", "classifier", "classifier-ensemble"]
    declared = study(methods=three, seeds=[0, 1, 2], train_images=64)
    store.save_study(declared)
    for n, cell in enumerate(expand(declared, "cpu")):
        gain = {"noprop-dt": -0.3, "classifier-ensemble": 0.1}.get(cell.method, 0.0)
        store.save(record(cell, test_accuracies=[0.5 + gain + n % 7 / 1000]))
    result = result_in(store.folder)
    head, _, local, ensemble = against_backprop([result])
    assert head.startswith("| against `backprop` | test accuracy | time per epoch | peak memory |")
    effects = {row.method: row.entries[0].effect for row in result.answer.rows}
    assert local.startswith(f"| `noprop-dt` | {effects['noprop-dt']} ")
    assert "▼ worse" in local
    assert local.endswith(
        "/README.md): 64 images of digits, 0.25 of the published layer sizes, T = 2, not tuned, "
        "3 seeds |"
    )
    assert ensemble.startswith(f"| `classifier-ensemble` | {effects['classifier-ensemble']} ")
    assert against_backprop([replace(result, study=study(baseline="classifier"))]) == []


@pytest.mark.parametrize("claim", Claim)
def test_what_was_found_is_told_apart_from_what_is_claimed(claim):
    claimed = Claimed(claim, Outcome.NOT_MEASURED)
    assert found_words(claim_says(claimed)) == NOT_MEASURED[claim]


def test_what_a_result_says_comes_from_its_records(tiny_said):
    own = replace(tiny_said.result, name="mnist-cpu")
    known = writers([Said(own, tiny_said.root)], tiny_said.root)
    table = known["result mnist-cpu"]()
    good = own.runs[own.runs["method"] == "classifier"]["test_accuracy"]
    assert f"| `classifier` | {100 * good.mean():.1f} | " in table
    assert "Not measured yet" in known["result cifar10-cpu"]()
    where = joined(known["where it was measured"]())
    assert own.records[0].environment.torch in where
    assert "[mnist-cpu](results/mnist-cpu/README.md)" in where
    assert chain([tiny_said]) is None  # a study without an ensemble to compare with


def test_the_study_chain_says_what_the_chain_does(tiny_said):
    sentences = [("noprop-dt", "noprop-dt: worse in test accuracy (−1 pp)."), ("dfa", "dfa: x.")]
    study = tiny_said.result.study.model_copy(
        update={"baseline": "classifier-ensemble", "methods": ["classifier-ensemble", "noprop-dt"]}
    )
    result = replace(tiny_said.result, study=study)
    said = SimpleNamespace(claims=(), result=result, accuracy_sentences=lambda: sentences)
    words = joined(chain([said]))
    assert "(digits, T = 2) compares" in words
    assert "worse in test accuracy (−1 pp). That is no bug" in words
    assert "dfa" not in words


def test_what_was_not_measured_is_found_in_the_records(tiny_said):
    result = tiny_said.result
    assert unmeasured([]) == []
    before = unmeasured([result])
    assert "Nothing was run on a GPU." in before
    assert "Energy was not measured." in before
    [record, *_] = result.records
    execution = record.cell.execution.model_copy(update={"device": "cuda", "ranks": 2})
    cell = record.cell.model_copy(
        update={"execution": execution, "options": {"width": 1.0}, "train_images": None}
    )
    other = record.model_copy(update={"cell": cell, "energy_joules": 1.0})
    after = unmeasured([replace(result, records=[*result.records, other])])
    assert after == [
        "The only data set was scikit-learn's digits, images of 8 by 8 pixels.",
        "No run was longer than 2 epochs.",
    ]


def test_publishing_writes_the_documents_that_are_there(command, results, clone, no_drawing):
    readme, answer = clone / "README.md", clone / "docs" / "answer.md"
    answer.parent.mkdir()
    readme.write_text(f"head\n{begins('the answer')}\nas it was\n{ENDS}\n", encoding="utf-8")
    answer.write_text(f"{begins('where it was measured')}\n{ENDS}\n", encoding="utf-8")
    words = (results / "tiny", "--as", "first", "--root", clone)
    assert command(*words, main=publish.main).code == 0
    assert "as it was" in readme.read_text("utf-8")  # no claims, and no reference of quick
    assert "[first](results/first/README.md)" in answer.read_text("utf-8")
    readme.write_text(f"{begins('nothing')}\n{ENDS}\n", encoding="utf-8")
    again = command("--root", clone, main=publish.main)
    assert (again.code, len(again.errors)) == (2, 1)
    assert "block 'nothing' is none of the answer, the chain" in again.errors[0]
