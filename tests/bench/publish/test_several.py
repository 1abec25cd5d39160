"""Results of several budgets, of tuned options, of looks: what is published says so."""

import re
from argparse import Namespace
from dataclasses import replace

import pytest
from rich.console import Console

from bench.publish.answer_page import writers
from bench.publish.beside import turns_elsewhere, under_each_budget
from bench.publish.index import index
from bench.publish.result import result_in
from bench.publish.result_table import result_table
from bench.publish.said import Said
from bench.publish.told import told
from bench.publish.tuned import tuned_words, tuning_lines
from bench.records.store import RecordStore
from bench.rerunning import again
from bench.study.cells import expand
from bench.study.loading import load_study
from reports.formats.terminal import printable

ALSO = [{"seconds": 1.5}, {"convergence": {"patience": 2}}]
SEVERAL = {"budget": {"epochs": 2, "also": ALSO}, "seeds": [0, 1, 2, 3, 4, 5]}
GAINS = {"2 epochs": 0.1, "1.5 s of training": -0.1}
"""Of `classifier` under a budget; none under the third, and of the others."""
TUNED = {
    "study": "before", "seeds": [1000], "datasets": ["digits"], "batch_sizes": [64],
    "timesteps": [2], "sampler": "qmc", "sampler_seed": 0, "pruning": False,
}  # fmt: skip
TRIALS = {
    "space": {}, "before": {}, "options": {}, "budget": "2 epochs of 64 images", "runs": 2,
    "seconds": 1.0, "epochs": 4,
}  # fmt: skip


def joined(text: str) -> str:
    return " ".join(text.split()).replace("\\", "").replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def result_of(tmp_path, record):
    """Record a study's cells without training them, and read the folder as a result."""

    def make(study, seeds=None):
        store = RecordStore(tmp_path / study.name)
        store.save_study(study)
        for cell in expand(study, "cpu"):
            if seeds is not None and cell.seed not in seeds:
                continue
            gain = GAINS.get(cell.budget.words, 0.0) if cell.method == "classifier" else 0.0
            accuracy = 0.5 + gain + 0.001 * (cell.seed % 3) * (cell.method == "classifier")
            store.save(record(cell, test_accuracies=[accuracy, accuracy]))
        return result_in(store.folder)

    return make


def test_verdicts_under_several_budgets_are_told_of_each(result_of, study, tmp_path):
    result = result_of(study(**SEVERAL))
    words = joined("\n".join(under_each_budget(result)))
    assert "The same runs under 2 epochs, 1.5 s of training and convergence, paired" in words
    assert "Of 2 verdicts in test accuracy, 1 is not the same under all of them." in words
    assert (
        "- `classifier`'s verdict in test accuracy turns round: better under 2 epochs (+" in words
    )
    assert "- `noprop-shared`'s verdict in test accuracy does not turn: equivalent under 2" in words
    assert "| Method | 2 epochs, % | 1.5 s of training, % | convergence, % |" in words
    assert (
        "| classifier | 60.1 (2 epochs, 750 ms) | 40.1 (2 epochs, 750 ms) | 50.1 (2 epochs" in words
    )
    assert turns_elsewhere(result) == []  # equal times, equal memory
    said = Said(result, tmp_path)
    block = joined(writers([said], tmp_path)["the budgets"]())
    assert "The study [`tiny`](results/tiny/README.md), 6 seeds." in block
    assert "1 is not the same under all of them." in block
    page = joined(told(result, tmp_path))
    assert "## Under each budget The same runs under 2 epochs," in page
    assert "against `backprop` under 2 epochs of 64 images, paired by seed" in page
    assert "Under 2 epochs, 1.5 s of training and convergence." in index([result], tmp_path)


def test_the_terminal_says_which_budget_its_answer_is_about(result_of, study):
    several = result_of(study(**SEVERAL))
    assert several.answer.under == (
        "Under 2 epochs of 64 images; the report has 1.5 s of training on 64 images and "
        "convergence (patience 2, gain 0.001, at most 100 epochs) on 64 images beside it."
    )
    console = Console(width=100)
    with console.capture() as captured:
        console.print(printable(several.answer))
    assert "Under 2 epochs of 64 images; the report has" in captured.get()


def test_one_budget_has_no_such_part(result_of, study, tmp_path):
    result = result_of(study(seeds=[0, 1, 2]))
    assert under_each_budget(result) == turns_elsewhere(result) == []
    assert result.answer.under == ""
    assert "Under each budget" not in told(result, tmp_path)
    block = writers([Said(result, tmp_path)], tmp_path)["the budgets"]()
    assert block == "*Not measured yet.* `python -m bench.run --study digits-budgets` measures it."
    declared = load_study("digits-budgets")  # so there is such a study
    assert len(declared.budget.each) == 3


def test_a_table_of_accuracies_is_about_the_first_budget(result_of, study):
    result = result_of(study(**SEVERAL))
    [row] = [line for line in result_table(result) if line.startswith("| `classifier` ")]
    assert row.startswith("| `classifier` | 60.1 | ")


def test_runs_that_end_with_the_clock_are_not_run_again(result_of, study, capsys):
    words = Namespace(seeds=None, methods=None, timesteps=None)
    several = again(result_of(study(**SEVERAL)), words)
    assert several.budget.settings == ["epochs=2", "convergence=2,0.001,100"]
    assert "a budget in seconds are not run again: a budget in seconds ends where" in (
        capsys.readouterr().err
    )
    assert {c.budget.words for c in expand(several, "cpu")} == {
        "2 epochs", "convergence (patience 2, gain 0.001, at most 100 epochs)",
    }  # fmt: skip


def test_of_seconds_alone_all_is_run_again(result_of, study, capsys):
    words = Namespace(seeds=None, methods=None, timesteps=None)
    alone = again(result_of(study(budget={"seconds": 1.5})), words)
    assert alone.budget.settings == ["seconds=1.5"]
    assert capsys.readouterr().err == ""


def tuned(study, scores, **changes):
    methods = {
        name: {**TRIALS, "scores": own, "chosen": max(range(len(own)), key=lambda i: own[i] or 0)}
        for name, own in scores.items()
    }
    return study(tuned={**TUNED, "method": methods}, **changes)


def test_what_tuning_gained_is_told(result_of, study, tmp_path):
    scores = {"backprop": [0.8, 0.9], "classifier": [0.9, 0.8], "noprop-shared": [0.7, 0.6]}
    result = result_of(tuned(study, scores, seeds=[0, 1, 2]))
    [words] = tuning_lines(result)
    assert "Options come from 2 trials of each method of the study before, on seed 1000" in words
    assert "Validation accuracy rose there of backprop (80.0 % to 90.0 %)." in joined(words)
    assert "No trial was better than the options from before of classifier and noprop-sh" in words
    assert tuned_words(result) == "options tuned alike, 2 trials a method"
    assert "## How the options were chosen Options come from" in joined(told(result, tmp_path))
    own = replace(result, name="mnist-cpu")
    block = joined(writers([Said(own, tmp_path)], tmp_path)["result mnist-cpu"]())
    assert "9 runs; options tuned alike, 2 trials a method." in block
    assert "[All verdicts](results/mnist-cpu/README.md), with p." in block
    assert "Options tuned alike, 2 trials a method." in index([own], tmp_path)


def test_unequal_tuning_is_called_unfair(result_of, study, tmp_path):
    scores = {"backprop": [0.8, 0.9, 0.7], "classifier": [0.9, 0.8]}
    result = result_of(tuned(study, scores, seeds=[0, 1, 2]))
    assert tuned_words(result) == "options not tuned alike"
    unfair, _ = tuning_lines(result)
    assert "unfair" in unfair
    assert "backprop with 3 trials, classifier with 2 trials and noprop-shared with no" in unfair
    assert "unfair" in joined(told(result, tmp_path))
    own = Said(replace(result, name="mnist-cpu"), tmp_path)
    assert "unfair" in joined(writers([own], tmp_path)["result mnist-cpu"]())


def test_accuracies_effects_and_verdicts_are_one_table(result_of, study):
    result = result_of(study(seeds=[0, 1, 2], timesteps=[2, 3]))
    head, _, *rows = result_table(result)
    assert head == (
        "| method | test accuracy, % at T = 2 / 3 | test accuracy against `backprop` "
        "| time per epoch against `backprop` | peak memory against `backprop` |"
    )
    baseline, *candidates = rows
    good = result.runs[result.runs["method"] == "backprop"]
    low, high = (100 * good[good["timesteps"] == t]["test_accuracy"].mean() for t in (2, 3))
    assert baseline == (
        "| `backprop` (baseline; noprop-shared: equal run by run) | "
        f"{low:.1f} / {high:.1f} | — | — | — |"
    )
    [row] = candidates
    assert row.startswith("| `classifier` | ")
    sentences = dict(result.answer.sentences)
    effect = re.search(r"test accuracy \(([^ ]+ pp)", sentences["classifier"])[1]
    assert f" | {effect} " in row


def test_a_seed_that_is_missing_is_told_beside_the_mean(result_of, study):
    result = result_of(study(seeds=[0, 1, 2]))
    lost = next(r for r in result.records if r.cell.method == "classifier")
    failed = lost.model_copy(update={"status": "diverged", "test_accuracies": []})
    records = [failed if r is lost else r for r in result.records]
    [row] = [r for r in result_table(replace(result, records=records)) if "`classifier`" in r]
    assert " (n = 2) | " in row


def test_looks_that_were_made_are_told(result_of, study, tmp_path):
    looks = {"seeds": [0, 1, 2, 3, 4, 5], "sequential": {"looks": [3, 6]}}
    result = replace(result_of(study(**looks), seeds={0, 1, 2}), name="mnist-cpu")
    result = replace(result, plan=result.plan.model_copy(update={"looks_made": (3,)}))
    said = "Seeds were added by looks, at most 6 seeds: 1 made, at 3 seeds, with"
    assert said in joined(told(result, tmp_path))
    assert said in joined(index([result], tmp_path))
    assert said in joined(writers([Said(result, tmp_path)], tmp_path)["result mnist-cpu"]())
