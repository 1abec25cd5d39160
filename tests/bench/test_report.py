"""The report's formats, comparing two sets of results, and what a study declares about both."""

import csv
import json
import re
import shutil

import pytest

from bench import report, reporting
from bench.records.store import RecordStore, digest_of
from bench.study.cells import Cell, expand
from bench.study.loading import build_study
from bench.study.problems import InvalidInput
from reports.formats.formats import FORMATS


def rewrite(folder, change):
    """Apply `change` to every record of a study's folder."""
    for path in (folder / "records").iterdir():
        rewrite_one(path, change)


def rewrite_one(path, change):
    """Apply `change` to a record, and sign it as its writer would."""
    record = json.loads(path.read_text())
    del record["digest"]
    change(record)
    path.write_text(json.dumps(record | {"digest": digest_of(record)}))


@pytest.fixture
def older(results, tmp_path):
    """Return results of the same cells by another version of torch, half as heavy on memory."""
    folder = tmp_path / "older" / "tiny"
    shutil.copytree(results / "tiny", folder)

    def change(record):
        record["environment"]["torch"] = "2.0.0"
        record["memory"]["peak_bytes"] //= 2

    rewrite(folder, change)
    return folder


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_is_written_in_every_format(command, results, name):
    answer = command(results / "tiny", "--format", name, main=report.main)
    path = results / "tiny" / f"report{FORMATS[name].suffix}"
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith(f"\n{path}\n")  # below the answer
    assert "backprop" in path.read_text(encoding="utf-8")


def test_an_unknown_format_is_exit_code_2(command, results):
    answer = command(results, "--format", "pdf", main=report.main)
    assert answer.code == 2
    assert "html" in answer.err


def test_two_sets_of_results_are_compared(command, results, older):
    answer = command(results, "--against", older, main=report.main)
    page = results / "tiny" / "changes.html"
    last = "0 regressions in 3 cells; 3 could not be tested in every metric"  # 2 seeds
    assert (answer.code, answer.out) == (0, f"{page}\n{last}\n")
    html = page.read_text(encoding="utf-8")
    assert "torch versions" in html
    assert "2.0.0" in html


def with_a_third_seed(folder):
    """Copy every record of seed 0 to seed 2: three seeds are the fewest that are compared."""
    store = RecordStore(folder)
    for record in store.load():
        if record.cell.seed == 0:
            cell = Cell.model_validate(record.cell.model_dump() | {"seed": 2})
            store.save(record.model_copy(update={"cell": cell, "cell_id": cell.id}))
    declared = json.loads(store.study_file.read_text())
    store.study_file.write_text(json.dumps(declared | {"seeds": [0, 1, 2]}))


def test_fail_on_is_exit_code_1_on_a_regression_and_0_without(command, results, older):
    for folder in (results / "tiny", older):
        with_a_third_seed(folder)
    words = ("--fail-on", "slower,more-memory")
    answer = command(results, "--against", older, *words, main=report.main)
    assert answer.code == 1
    assert "more-memory: noprop-shared" in answer.out
    assert "deterministic" in answer.out
    assert re.match(r"\d+ regressions? in 3 cells \(", answer.out.splitlines()[-1])
    assert command(results, "--against", results, *words, main=report.main).code == 0
    assert command(older, "--against", results, *words, main=report.main).code == 0


def test_what_two_seeds_cannot_tell_is_said_and_no_failure(command, results, older):
    answer = command(results, "--against", older, "--fail-on", "more-memory", main=report.main)
    assert answer.code == 0
    assert "could not be tested" in answer.err


def test_a_run_that_newly_fails_is_exit_code_1(command, results, older):
    path = sorted((results / "tiny" / "records").iterdir())[0]
    failed = {"status": "diverged", "failure": "loss is not finite", "test_accuracies": []}
    rewrite_one(path, lambda record: record.update(failed))
    answer = command(results, "--against", older, "--fail-on", "less-accurate", main=report.main)
    assert answer.code == 1
    assert "now does not: diverged" in answer.out
    other = command(results, "--against", older, "--fail-on", "slower", main=report.main)
    assert other.code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--fail-on", "slower"), "--fail-on needs --against"),
        (("--against", "nowhere"), "no records in 'nowhere'"),
    ],
)
def test_what_cannot_be_compared_is_one_line(command, results, words, said):
    answer = command(results, *words, main=report.main)
    assert answer.code == 2
    [line] = answer.errors
    assert said in line


def test_an_unknown_regression_is_exit_code_2(command, results, older):
    answer = command(results, "--against", older, "--fail-on", "uglier", main=report.main)
    assert answer.code == 2
    assert "less-accurate, slower, more-memory" in answer.err


def test_results_on_other_data_are_refused_in_one_line(command, results, older):
    rewrite(older, lambda record: record.update(data_checksum="0000"))
    answer = command(results, "--against", older, main=report.main)
    assert answer.code == 2
    [line] = answer.errors
    assert "--against: the data checksum of digits differs" in line


def test_a_set_that_mixes_versions_is_refused_in_one_line(command, results, older):
    path = sorted((older / "records").iterdir())[0]
    rewrite_one(path, lambda record: record["environment"].update(torch="1.0"))
    answer = command(results, "--against", older, main=report.main)
    assert answer.code == 2
    assert "mixes runs of different torch version" in answer.errors[0]


def test_a_study_declares_how_it_is_judged(study):
    plan = reporting.plan_of(
        study(
            primary_metric="epoch_seconds", families=["dataset"], power=0.9,
            target_accuracy_percent={"digits": 95.0}, alpha=0.01,
        )
    )  # fmt: skip
    assert (plan.primary_metric, plan.families, plan.power) == ("epoch_seconds", ["dataset"], 0.9)
    assert plan.target_for("digits") == 95.0
    assert "families" not in plan.defaulted
    assert {"confidence", "baseline"} <= set(plan.defaulted)
    assert "baseline" not in reporting.plan_of(study(baseline="classifier")).defaulted
    assert reporting.plan_of(study(target_accuracy_percent=90)).target_for("digits") == 90


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"primary_metric": "loss"}, "primary_metric: "),
        ({"families": ["seed"]}, "families: "),
        ({"families": ["dataset", "dataset"]}, "families: named twice: dataset"),
        ({"target_accuracy_percent": 0}, "target_accuracy_percent: 0 is no percentage above 0"),
        ({"target_accuracy_percent": "high"}, "target_accuracy_percent: 'high' is no percentage"),
        ({"target_accuracy_percent": {"mnist": 90}}, "'mnist' is none of the study's data sets"),
        ({"power": 1.0}, "power: "),
        ({"power": 0.04}, "power: must exceed alpha, 0.05, got 0.04"),
    ],
)
def test_a_declaration_that_cannot_be_followed_is_one_line(tiny, changes, said):
    with pytest.raises(InvalidInput) as caught:
        build_study(tiny | changes, "tiny.toml")
    [problem] = caught.value.problems
    assert said in problem


@pytest.fixture
def edited(study, record, tmp_path):
    """Run a study as its file says, with another width, and as it said before; return its folder.

    The accuracy of a run says which width it had.
    """
    store = RecordStore(tmp_path / "tiny")
    entries = {"methods": ["backprop", "classifier"], "seeds": [0, 1, 2]}

    def run(width):
        declared = study(**entries, options={"width": width})
        store.save_study(declared)
        for cell in expand(declared, "cpu"):
            if store.find(cell) is None:
                store.save(record(cell, test_accuracies=[width] * 2))

    for width in (0.25, 0.5, 0.25):
        run(width)
    assert len(store.load()) == 12
    return store.folder


def accuracies(folder):
    """Return the mean accuracies in per cent in a folder's report in csv, by method."""
    with (folder / "report.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["method"]: float(row["point"])
            for row in csv.DictReader(file)
            if (row["kind"], row["metric"]) == ("mean", "test_accuracy")
        }


def test_a_report_shows_what_the_study_declares_and_counts_the_rest(command, edited):
    assert command(edited, "--format", "csv", main=report.main).code == 0
    assert accuracies(edited) == {"backprop": 25.0, "classifier": 25.0}
    assert command(edited, main=report.main).code == 0
    page = (edited / "report.html").read_text("utf-8").replace("<wbr>", "")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))
    assert "6 runs of backprop and classifier with width=0.5" in text
    assert "--all-configurations shows them" in text


def test_other_configurations_can_be_shown_as_methods_of_their_own(command, edited):
    words = ("--format", "csv", "--all-configurations")
    assert command(edited, *words, main=report.main).code == 0
    assert accuracies(edited) == {
        "backprop": 25.0, "classifier": 25.0,
        "backprop [width=0.5]": 50.0, "classifier [width=0.5]": 50.0,
    }  # fmt: skip
    assert command(edited, "--all-configurations", main=report.main).code == 0
    assert "backprop [width=0.5]" in (edited / "report.html").read_text("utf-8")


def test_sets_are_compared_as_their_studies_declare_them(command, edited, tmp_path):
    old = tmp_path / "old" / "tiny"
    shutil.copytree(edited, old)
    answer = command(edited, "--against", old, "--format", "csv", main=report.main)
    assert (answer.code, answer.err) == (0, "")
    text = (edited / "changes.csv").read_text("utf-8")
    assert "width=0.5" not in text
    answer = command(
        edited, "--against", old, "--format", "csv", "--all-configurations", main=report.main
    )
    assert answer.code == 0
    assert "backprop [width=0.5]" in (edited / "changes.csv").read_text("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_without_a_run_as_declared_says_so(command, edited, study, name):
    store = RecordStore(edited)
    store.save_study(study(methods=["backprop", "classifier"], options={"width": 0.125}))
    answer = command(edited, "--format", name, main=report.main)
    assert (answer.code, answer.err) == (0, "")
    if name == "html":
        assert "width=0.25" in (edited / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "facts", "said"),
    [
        ({"padding": "auto"}, [{"padding": "same"}], "auto: same"),
        ({"padding": "auto"}, [{"padding": "same"}, {"padding": "none"}],
         "auto: none on mnist, same on digits"),
        ({"padding": "none"}, [{"padding": "none"}], "none"),
        ({}, [{"padding": "same"}], "same"),  # what there was before it was an option
        ({"padding": "auto"}, [{}], "auto"),
    ],
)  # fmt: skip
def test_the_methods_section_says_what_padding_came_to(record, cell, options, facts, said):
    runs = [
        record(cell(method="backprop", options=options, dataset=name, timesteps=2), facts=found)
        for name, found in zip(("digits", "mnist"), facts, strict=False)
    ]
    [note] = reporting.notes_on_methods((run, "") for run in runs)
    assert note.config["padding"] == said
