"""How options were chosen: what it gained, what the page says of it, and when it warns."""

from dataclasses import replace

import pytest

from reports.formats.formats import render_as
from reports.input.tuning import TunedMethod, Tuning
from reports.page.analysis import analyse
from reports.page.build import build_view
from reports.page.report import study_report
from reports.page.rows import estimate_rows
from reports.tuning.estimates import best_so_far, tuning_gains
from reports.warnings.tuning import NotAsChosen, UnequalTuning

METHODS = ("backprop", "noprop-dt", "classifier")


def tuned(method, scores=(70.0, None, 72.5, 71.0), **changes):
    known = TunedMethod(
        method=method,
        scores=scores,
        failed=scores.count(None),
        pruned=0,
        chosen=max(range(len(scores)), key=lambda n: scores[n] or 0.0),
        space={"optimizer.learning_rate": "0.0001 to 0.03, log", "gates": "a or b"},
        before={"optimizer.learning_rate": 0.001, "gates": "a"},
        options={"optimizer.learning_rate": 0.01234, "gates": "b"},
        budget="12 epochs",
        runs=8,
        seconds=120.0,
        epochs=96,
        flops=2.5e12,
    )
    return replace(known, **changes)


def tuning(*methods, **changes):
    known = Tuning("synthetic", (1000, 1001), "digits, T = 2", "quasi-random points", methods)
    return replace(known, **changes)


@pytest.fixture
def frames(study):
    return study(methods=METHODS, batch_sizes=(64,), timesteps=(2, 5))


@pytest.fixture
def analysed(frames, plan):
    return lambda known, **more: analyse(*frames, plan, tuning=known, **more)


@pytest.fixture
def section(analysed):
    def find(known, **more):
        sections = build_view(analysed(known, **more), {}).sections
        return next((each for each in sections if each.slug == "tuning"), None)

    return find


def warned(analysis, kind):
    return [c.sentence() for c in analysis.caveats if isinstance(c, kind)]


def alike(*methods):
    return tuning(*(tuned(method) for method in methods or METHODS))


def test_the_best_so_far_never_falls_and_passes_over_failures():
    assert best_so_far((None, 3.0, None, 2.0, 5.0)) == (None, 3.0, 3.0, 3.0, 5.0)


def test_the_gain_by_validation_is_that_of_the_trial_chosen_over_the_first():
    [gain] = tuning_gains(alike("backprop"), (), (), 0.95)
    assert gain.gain == 2.5
    assert gain.elsewhere.n == 0
    [gain] = tuning_gains(tuning(tuned("backprop", scores=(None, 50.0))), (), (), 0.95)
    assert gain.gain is None


def test_the_gain_in_the_test_set_is_paired_by_seed_and_averaged_over_settings(frames, analysed):
    runs, _ = frames
    ours = runs["method"] == "noprop-dt"
    seeds = runs["seed"].to_numpy()
    # By 2 points plus a tenth of the seed at one T, and by 4 at the other: 3 plus a twentieth.
    off = 0.02 + 0.001 * seeds
    off[(runs["timesteps"] == 5).fillna(False)] = 0.04
    before = runs.assign(test_accuracy=runs["test_accuracy"] - off.tolist())[ours]
    before = before[before["seed"] < 5]
    gains = {
        g.tuned.method: g.elsewhere for g in analysed(alike(), before_tuning=before).tuning_gains
    }
    assert gains["backprop"].n == 0
    assert gains["noprop-dt"].n == 5, "seeds that only one side has make no pair"
    assert gains["noprop-dt"].point == pytest.approx(3 + 0.05 * 2)
    assert gains["noprop-dt"].low < gains["noprop-dt"].point < gains["noprop-dt"].high


def test_a_failed_run_from_before_makes_no_pair(frames, analysed):
    before = frames[0].assign(status="diverged", test_accuracy=float("nan"))
    assert {g.elsewhere.n for g in analysed(alike(), before_tuning=before).tuning_gains} == {0}


def test_the_section_shows_space_budget_curve_and_gain(section):
    found = section(alike())
    assert found.folded
    assert "4 trials of each method of the study synthetic" in found.paragraphs[0]
    budget, options = found.tables
    first = [cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in budget.rows[0]]
    assert first == [
        *("backprop", "+2.50", "70.00", "72.50", "4", "1", "8", "120 s", "96", "2.50 TFLOP")
    ]
    assert [cell.text for cell in options.rows[0]] == [
        *("backprop", "optimizer.learning_rate", "0.0001 to 0.03, log", "0.001", "0.01234")
    ]
    [picture] = found.pictures
    [panel] = picture.plot.panels
    assert {line.method for line in panel.marks} == {*METHODS}
    assert panel.marks[0].x == (1.0, 2.0, 3.0, 4.0)
    assert panel.marks[0].y == (70.0, 70.0, 72.5, 72.5)
    assert all(line.stepped for line in panel.marks)


def test_a_study_that_was_not_tuned_has_no_such_section_and_no_such_warning(section, analysed):
    assert section(None) is None
    assert not warned(analysed(None), UnequalTuning)


def test_a_curve_that_rises_to_the_end_asks_for_more_trials(section):
    rising = tuning(*(tuned(m, scores=tuple(60.0 + n for n in range(10))) for m in METHODS))
    assert "gained in the last fifth: more trials might gain more" in (
        section(rising).pictures[0].what_it_says
    )


def test_where_no_trial_finished_there_is_no_curve(section):
    failed = tuning(*(tuned(m, scores=(None, None)) for m in METHODS))
    found = section(failed)
    assert found.pictures == ()
    assert found.tables


def test_methods_that_had_the_same_trials_are_not_warned_of(analysed):
    assert not warned(analysed(alike()), UnequalTuning)


def test_3_trials_against_30_are_called_unfair(analysed):
    known = tuning(
        tuned("backprop", scores=(70.0,) * 3),
        tuned("noprop-dt", scores=(70.0,) * 30),
        tuned("classifier", scores=(70.0,) * 30),
    )
    [sentence] = warned(analysed(known), UnequalTuning)
    assert sentence.startswith("The comparison is unfair: its methods were not tuned alike")
    assert "backprop with 3 trials" in sentence
    assert "noprop-dt with 30 trials" in sentence


def test_a_method_that_was_not_tuned_beside_some_that_were_is_named(analysed):
    [sentence] = warned(analysed(alike("backprop", "noprop-dt")), UnequalTuning)
    assert "classifier with no trials" in sentence


def test_a_method_that_was_tuned_and_did_not_run_is_of_no_account(analysed):
    known = tuning(*alike().methods, tuned("dfa", scores=(1.0,)))
    assert not warned(analysed(known), UnequalTuning)


def test_options_changed_after_they_were_chosen_and_other_budgets_are_named(analysed):
    assert not warned(analysed(alike()), NotAsChosen)
    known = tuning(
        tuned("backprop", changed=("gate_init",)),
        tuned("noprop-dt", budget="3 epochs"),
        tuned("classifier"),
    )
    one, other = warned(analysed(known), NotAsChosen)
    assert one == "backprop is not as it was tuned: gate_init is not as chosen."
    assert other == (
        "noprop-dt is not as it was tuned: it was tuned at 3 epochs and runs for 12 epochs."
    )


@pytest.mark.parametrize("name", ["markdown", "latex", "json"])
def test_other_formats_have_it(name, analysed):
    text = render_as(name, study_report(analysed(alike()), {}))
    assert "What tuning took" in text


def test_flat_rows_hold_both_gains_of_every_method(analysed, frames):
    runs, _ = frames
    before = runs.assign(test_accuracy=runs["test_accuracy"] - 0.02)
    analysis = analysed(alike(), before_tuning=before)
    rows = [row for row in estimate_rows(analysis) if row.kind == "tuning-gain"]
    assert [(row.method, row.metric) for row in rows[:2]] == [
        ("backprop", "validation_accuracy"), ("backprop", "test_accuracy"),
    ]  # fmt: skip
    assert [(row.point, row.low) for row in rows[::2]] == [(2.5, None)] * len(METHODS)
    for row, gain in zip(rows[1::2], analysis.tuning_gains, strict=True):
        assert row.point == gain.elsewhere.point == pytest.approx(2.0)
        assert (row.low, row.high, row.n) == (gain.elsewhere.low, gain.elsewhere.high, 6)
