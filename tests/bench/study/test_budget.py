"""Budgets: when each ends a run, what it is called, and how studies and command lines say it."""

import pytest

from bench.arguments import overrides
from bench.records.record import Epoch
from bench.study.budget import Convergence, Epochs, Seconds
from bench.study.loading import load_study
from bench.study.problems import InvalidInput
from noprop_core.errors import UserError


def epochs(*losses, seconds=0.1):
    return [
        Epoch(seconds=seconds, train_loss=1.0, validation_accuracy=0.5, validation_loss=loss)
        for loss in losses
    ]


def ends_after(budget, history):
    """Return after how many epochs of `history` the budget ends a run, and by what."""
    for count in range(len(history) + 1):
        if not budget.goes_on(history[:count]):
            return count, budget.ended_by(history[:count])
    return None, None


def test_epochs_are_counted():
    assert ends_after(Epochs(epochs=3), epochs(*[1.0] * 9)) == (3, "epochs")


@pytest.mark.parametrize(("seconds", "count"), [(0.25, 3), (0.2, 2), (1e-9, 1), (0.3, 3)])
def test_seconds_end_at_the_first_epoch_boundary_past_them(seconds, count):
    # Three epochs of 0.1 s are 0.3 s, whatever a running sum of floats makes of them.
    assert ends_after(Seconds(seconds=seconds), epochs(*[None] * 9)) == (count, "seconds")


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([1.0, 0.9, 0.8, 0.8, 0.8], (5, "patience")),
        ([1.0, 0.9, 0.95, 0.8, 0.9, 0.9], (6, "patience")),
        ([1.0, 1.1, 1.2], (3, "patience")),
        ([1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4], (7, "cap")),
        ([None, None], (2, "patience")),  # the loss was not finite
        ([1.0, 0.9], (None, None)),
        # Each step gains less than 0.01, but two together gain more.
        ([1.0, 0.994, 0.988, 0.982, 0.976, 0.975, 0.974], (7, "patience")),
        ([1.0, 0.995, 0.991], (3, "patience")),
    ],
    ids=str,
)
def test_convergence_ends_when_validation_loss_gains_no_more(losses, expected):
    budget = Convergence(patience=2, min_gain=0.01, max_epochs=7)
    assert ends_after(budget, epochs(*losses)) == expected


def test_a_label_says_what_is_held_equal():
    assert Epochs(epochs=7).label == "7 epochs"
    assert Epochs(epochs=7).label_on(400) == "7 epochs of 400 images"
    assert Seconds(seconds=30).label == "30 s of training"
    assert Seconds(seconds=0.5, keep="best").label_on(64) == (
        "0.5 s of training on 64 images, best weights kept"
    )
    assert Convergence(patience=3).label == (
        "convergence (patience 3, gain 0.001, at most 100 epochs)"
    )


@pytest.mark.parametrize(
    ("words", "budget"),
    [
        ({"budget": "epochs=5"}, Epochs(epochs=5)),
        ({"epochs": "5"}, Epochs(epochs=5)),
        ({"budget": "seconds=30"}, Seconds(seconds=30.0)),
        ({"budget": "seconds=0.5", "keep": "best"}, Seconds(seconds=0.5, keep="best")),
        ({"budget": "convergence"}, Convergence()),
        (
            {"budget": "convergence,patience=3,min-gain=0.01,max-epochs=50"},
            Convergence(patience=3, min_gain=0.01, max_epochs=50),
        ),
        ({"keep": "best"}, Epochs(epochs=2, keep="best")),
    ],
    ids=str,
)
def test_a_budget_on_the_command_line(study_file, words, budget):
    study = load_study(str(study_file()), overrides(words))
    assert {study.budget.of(method) for method in study.methods} == {budget}


def test_another_budget_on_the_command_line_is_for_all_methods_and_keeps_keep(study_file):
    declared = {"epochs": 2, "keep": "best", "own_epochs": {"classifier": 4}}
    study = load_study(str(study_file(budget=declared)), overrides({"epochs": "3"}))
    assert study.budget.of("classifier") == Epochs(epochs=3, keep="best")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"budget": "minutes=5"}, "--budget: 'minutes=5' is none of epochs=N, seconds=S, conv"),
        ({"budget": "epochs=5,keep=best"}, "--budget: 'epochs=5,keep=best' is none of epochs=N"),
        ({"budget": "epochs=x"}, "--budget: 'epochs=x' is no setting such as epochs=7"),
        ({"budget": "convergence,patience"}, "--budget: 'patience' is no setting such as"),
        ({"budget": "seconds=0"}, "--budget: seconds: input should be greater than 0"),
        ({"budget": "seconds=nan"}, "--budget: seconds: input should be "),
        ({"budget": "epochs=1.5"}, "--budget: epochs: input should be a valid integer"),
        (
            {"budget": "convergence,patients=5"},
            "--budget: convergence: unknown key 'patients'; did you mean 'patience'?",
        ),
        ({"budget": "epochs=5", "epochs": "5"}, "--epochs and --budget exclude each other"),
        ({"keep": "worst"}, "--keep: "),
    ],
    ids=str,
)
def test_a_budget_that_is_none_is_one_line(study_file, words, said):
    with pytest.raises(UserError) as caught:
        load_study(str(study_file()), overrides(words))
    [line] = str(caught.value).splitlines()
    assert line.startswith(said)


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ({"epochs": 5, "seconds": 3}, "budget: epochs and seconds exclude each other"),
        ({"keep": "best"}, "budget: one of epochs, seconds, convergence is missing"),
        ({"convergence": {"keep": "best"}}, "budget.convergence: unknown key 'keep'"),
    ],
    ids=str,
)
def test_a_table_that_is_no_budget_is_one_line(study_file, budget, said):
    with pytest.raises(InvalidInput) as caught:
        load_study(str(study_file(budget=budget)))
    [line] = str(caught.value).splitlines()
    assert line.startswith(f"tiny.toml: {said}")


def test_single_methods_may_have_epochs_of_their_own_whatever_the_others_have(study):
    table = {"convergence": {"patience": 3}, "own_epochs": {"classifier": 4}}
    declared = study(budget=table)
    assert declared.budget.of("classifier") == Epochs(epochs=4)
    assert declared.budget.of("backprop") == Convergence(patience=3)


WITHOUT_LOGITS = """
from noprop_core.methods.classifier import Classifier


class Guessing(Classifier):
    def predict(self, encoded, generator):
        return self.logits(encoded, generator).argmax(dim=1)
"""


@pytest.mark.parametrize(
    ("budget", "refused"),
    [
        ({"epochs": 2}, False),
        ({"seconds": 2.0}, False),
        ({"seconds": 2.0, "keep": "best"}, True),
        ({"convergence": {}}, True),
        ({"seconds": 2.0, "also": [{"convergence": {}}]}, True),
        ({"seconds": 2.0, "also": [{"epochs": 2}]}, False),
        ({"convergence": {}, "own_epochs": {"guessing:Guessing": 2}}, False),
    ],
    ids=str,
)
def test_a_method_without_logits_is_refused_where_validation_loss_counts(
    study_file, tmp_path, monkeypatch, budget, refused
):
    (tmp_path / "guessing.py").write_text(WITHOUT_LOGITS)
    monkeypatch.syspath_prepend(tmp_path)
    path = study_file(methods=["backprop", "guessing:Guessing"], budget=budget)
    if not refused:
        assert load_study(str(path)).budget
        return
    with pytest.raises(InvalidInput, match="no validation loss for convergence or") as caught:
        load_study(str(path))
    [line] = str(caught.value).splitlines()
    assert line.startswith("tiny.toml: budget: guessing:Guessing: no logits")
