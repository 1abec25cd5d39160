"""What validation says of a trial, and which one is chosen."""

import math

import pytest

from bench.tuning.judging import Judged, best_of, judge


@pytest.fixture
def trial(cell, record):
    """Return cells and records of a trial: accuracy and loss by seed, None where it failed."""

    def make(*seen):
        cells = [[cell(seed=seed)] for seed in range(len(seen))]
        records = {}
        for [each], found in zip(cells, seen, strict=True):
            good = record(each)
            if found is None:
                records[each.id] = record(each, status="diverged", test_accuracies=[])
                continue
            values = dict(zip(("validation_accuracy", "validation_loss"), found, strict=True))
            epochs = [good.epochs[0], good.epochs[1].model_copy(update=values)]
            records[each.id] = good.model_copy(update={"epochs": epochs})
        return cells, records

    return make


def test_a_trial_is_judged_by_means_over_its_runs(trial):
    found = judge(*trial((0.5, 1.0), (0.7, 2.0)))
    assert found == Judged("finished", pytest.approx(0.6), 1.5, (1.0, 2.0))


def test_it_is_judged_by_the_epoch_whose_weights_were_kept(trial):
    cells, records = trial((0.5, 1.0))
    [key] = records
    records[key] = records[key].model_copy(update={"tested_epoch": 1})
    assert judge(cells, records).accuracy == records[key].epochs[0].validation_accuracy == 0.75


def test_a_run_that_is_missing_leaves_it_open_and_one_that_failed_fails_it(trial):
    cells, records = trial((0.5, 1.0), (0.7, 2.0))
    del records[cells[1][0].id]
    assert judge(cells, records) is None
    assert judge(*trial((0.9, 0.1), None)) == Judged("failed")


def test_with_pruning_it_ends_at_the_seed_that_says_so(trial):
    asked = []

    def is_pruned(losses):
        asked.append(losses)
        return len(losses) == 2

    cells, records = trial((0.5, 1.0), (0.7, 2.0), (0.9, 3.0))
    del records[cells[2][0].id]
    assert judge(cells, records, is_pruned).state == "pruned"
    assert asked == [(1.0,), (1.0, 2.0)]
    assert judge(*trial(None, (0.9, 0.1)), lambda losses: False) == Judged("failed")


def test_without_logits_accuracy_alone_judges(trial):
    found = judge(*trial((0.5, None)))
    assert (found.accuracy, found.loss) == (0.5, math.inf)


def test_neither_a_pruned_nor_a_failed_trial_is_chosen():
    trials = [Judged("finished", 0.3, 1.0), Judged("pruned", 0.9, 0.1), Judged("failed")]
    assert best_of(trials) == 0
    assert best_of([*trials, Judged("finished", 0.4, 9.0)]) == 3
    assert best_of(trials[1:]) == 0, "the options from before stay"


def test_of_equals_the_lower_loss_then_the_earlier_is_chosen():
    first, second = Judged("finished", 0.5, 1.0), Judged("finished", 0.5, 0.9)
    assert best_of([first, second, second]) == 1
    assert best_of([Judged("finished", 0.5), Judged("finished", 0.5)]) == 0
