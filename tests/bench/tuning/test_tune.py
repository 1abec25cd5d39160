"""Every method has as many trials, validation alone chooses, and a kill loses nothing."""

import json
import math
import os
import signal

import pytest

METHODS = ["backprop", "classifier", "noprop-shared"]


def trials_of(histories):
    return {
        h.method: [(t.options, j) for t, j in zip(h.trials, h.judged, strict=True)]
        for h in histories
    }


@pytest.mark.parametrize("sampler", ["qmc", "tpe"])
def test_every_method_has_the_same_number_of_trials_on_seeds_of_their_own(tuned, sampler):
    known, executor = tuned(tuning={"sampler": sampler})
    assert [h.method for h in known] == METHODS
    assert {len(h.trials) for h in known} == {6}
    assert {cell.seed for cell in executor.cells} == {1000, 1001}
    assert len(executor.cells) == len({cell.id for cell in executor.cells}) == 3 * 6 * 2
    for history in known:
        assert history.trials[0].options == history.searched.now, "trial 0 is the study's own"


def test_the_options_chosen_are_those_of_the_best_validation_accuracy(tuned):
    known, _ = tuned(tuning={"trials": 12})
    for history in known:
        rates = [trial.options["optimizer.learning_rate"] for trial in history.trials]
        # As the executor has it, accuracy falls with the distance from 0.003.
        assert history.best == min(range(12), key=lambda n: abs(math.log(rates[n] / 3e-3)))
        assert history.chosen == history.trials[history.best].options


def test_a_test_set_that_is_tampered_with_changes_no_choice_and_no_trial(tuned):
    honest, _ = tuned(folder="honest", tuning={"sampler": "tpe", "trials": 8})
    tampered, _ = tuned(
        folder="tampered",
        tuning={"sampler": "tpe", "trials": 8},
        test=lambda cell: min(1.0, 30 * cell.options["optimizer"]["learning_rate"]),
    )
    assert trials_of(honest) == trials_of(tampered)
    assert [h.chosen for h in honest] == [h.chosen for h in tampered]


@pytest.mark.parametrize("declared", [{}, {"sampler": "tpe"}, {"pruning": True, "trials": 9}])
def test_killed_after_any_run_it_goes_on_with_the_same_trials(tuned, declared):
    whole, made = tuned(folder="whole", tuning=declared)
    for number, runs in enumerate(range(0, len(made.cells), 11)):
        with pytest.raises(KeyboardInterrupt):
            tuned(folder=f"killed-{number}", tuning=declared, runs=runs)
        again, rest = tuned(folder=f"killed-{number}", tuning=declared)
        assert trials_of(again) == trials_of(whole)
        assert len(rest.cells) == len(made.cells) - runs, "no run is made twice"


def test_killed_by_signal_9_it_goes_on_with_the_same_trials(tuned, pretended):
    whole, made = tuned(folder="whole", tuning={"sampler": "tpe"})

    class Shot(pretended):
        def killed(self):
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        try:
            tuned(folder="shot", tuning={"sampler": "tpe"}, executor=Shot(runs=13))
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    again, rest = tuned(folder="shot", tuning={"sampler": "tpe"})
    assert trials_of(again) == trials_of(whole)
    assert len(rest.cells) == len(made.cells) - 13


def test_more_trials_go_on_behind_those_on_record(tuned):
    few, _ = tuned(tuning={"trials": 3})
    more, executor = tuned(tuning={"trials": 5})
    assert len(executor.cells) == 3 * 2 * 2
    for one, other in zip(few, more, strict=True):
        assert other.trials[:3] == one.trials


def test_a_trial_that_diverges_counts_and_is_never_chosen(tuned):
    def fails(cell):
        return cell.options["optimizer"]["learning_rate"] > 1e-3 and cell.seed == 1001

    known, executor = tuned(fails=fails)
    assert len(executor.cells) == 3 * 6 * 2, "it is spent budget as any other"
    for history in known:
        assert {len(history.trials)} == {6}
        states = {j.state for j in history.judged}
        assert states == {"finished", "failed"}
        assert history.judged[history.best].state == "finished"
    again, executor = tuned()
    assert executor.cells == []
    assert trials_of(again) == trials_of(known)


def test_where_no_trial_finishes_the_options_stay_as_they_are(tuned):
    known, _ = tuned(fails=lambda cell: True, tuning={"sampler": "tpe", "trials": 3})
    assert [history.chosen for history in known] == [h.searched.now for h in known]


def test_of_equal_accuracies_the_lower_loss_is_chosen_then_the_earlier(tuned, pretended):
    class Flat(pretended):
        def made(self, cell):
            made = super().made(cell)
            seen = made.epochs[-1].model_copy(update={"validation_accuracy": 0.5})
            return made.model_copy(update={"epochs": [made.epochs[0], seen]})

    known, _ = tuned(executor=Flat())
    for history in known:
        losses = [judged.loss for judged in history.judged]
        assert history.best == losses.index(min(losses)) > 0


def test_a_pruned_trial_gets_no_further_seeds(tuned):
    known, executor = tuned(tuning={"pruning": True, "trials": 16, "seeds": [1000, 1001, 1002]})
    pruned = [(h, n) for h in known for n, j in enumerate(h.judged) if j.state == "pruned"]
    assert pruned
    assert all(number >= 5 for _, number in pruned)
    for history, number in pruned:
        cells = [cell for each in history.cells(history.trials[number]) for cell in each]
        made = {cell.id for cell in executor.cells}
        assert [cell.id in made for cell in cells][-1] is False
        assert history.best != number


def test_another_declaration_leaves_earlier_trials_alone(tuned, tmp_path):
    tuned(tuning={"trials": 3})
    kept = {p: p.read_bytes() for p in (tmp_path / "here" / "tuning").rglob("trials/*/*.json")}
    assert len(kept) == 9
    other, executor = tuned(tuning={"trials": 3, "sampler_seed": 1})
    assert len(executor.cells) == 3 * 2 * 2, "trial 0 is the same, and its runs are on record"
    assert {p: p.read_bytes() for p in kept} == kept
    assert {len(history.trials) for history in other} == {3}


def test_a_trial_on_record_counts_whatever_would_be_proposed_now(tuned, tmp_path):
    known, _ = tuned(tuning={"trials": 3})
    path = known[0].searched.folder / "0002.json"
    kept = json.loads(path.read_bytes())
    kept["options"]["optimizer.learning_rate"] = 0.0123
    path.write_text(json.dumps(kept))
    again, executor = tuned(tuning={"trials": 3})
    assert again[0].trials[2].options["optimizer.learning_rate"] == 0.0123
    assert {cell.method for cell in executor.cells} == {"backprop"}
