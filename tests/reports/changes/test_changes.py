"""Two sets of results: what changed, what regressed, and what cannot be compared."""

import json

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from reports.changes.estimates import SetError, compare_sets
from reports.changes.words import regression_lines, summary_line, untested_line
from reports.formats.formats import FORMATS, render_as
from reports.input.metrics import LESS_ACCURATE, MORE_MEMORY, SLOWER, regressions
from reports.page.changes import changes_report
from reports.statistics.equivalence import Verdict


@pytest.fixture
def frames(study):
    return study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2, 5))


def changed(frames, method="noprop-dt", **factors):
    """Return the same runs again, with noise, and some columns of one method scaled."""
    runs, epochs = frames
    runs = runs.copy()
    rng = np.random.default_rng(9)
    runs["epoch_seconds"] *= np.exp(rng.normal(0, 0.01, len(runs)))
    for column, factor in factors.items():
        values = runs[column].astype(float)
        scaled = values.where(runs.method != method, values * factor)
        runs[column] = scaled.round().astype("Int64") if "bytes" in column else scaled
    return runs.assign(torch_version="2.12.0", code_version="fff0000"), epochs


def of(changes, method, t, column):
    [found] = [
        c
        for c in changes.changes
        if (c.comparison.candidate, c.comparison.setting.timesteps) == (method, t)
        and c.comparison.metric.column == column
    ]
    return found


def test_an_unchanged_set_has_no_regression(frames, plan):
    changes = compare_sets(changed(frames), frames, plan)
    assert not any(regression_lines(changes, kind) for kind in regressions().values())
    assert of(changes, "backprop", 2, "test_accuracy").comparison.paired.effect.point == 0.0
    assert of(changes, "backprop", 2, "peak_memory_bytes").comparison.verdict is Verdict.EQUIVALENT


def test_a_slowdown_beyond_the_margin_is_found_in_its_cells_alone(frames, plan):
    changes = compare_sets(changed(frames, epoch_seconds=1.2), frames, plan)
    found = changes.regressions(SLOWER)
    assert {(c.comparison.candidate, c.comparison.setting.timesteps) for c in found} == {
        ("noprop-dt", 2), ("noprop-dt", 5),
    }  # fmt: skip
    assert not changes.regressions(LESS_ACCURATE)
    [first, _] = regression_lines(changes, SLOWER)
    assert first.replace("\N{NO-BREAK SPACE}", " ").startswith(
        "noprop-dt (batch size 64, T = 2) is slower than in reference"
    )


def test_the_last_line_counts_cells_and_what_is_worse_in_them(frames, plan):
    assert summary_line(compare_sets(changed(frames), frames, plan)) == "0 regressions in 4 cells"
    slower = compare_sets(changed(frames, epoch_seconds=1.2), frames, plan)
    assert summary_line(slower) == "2 regressions in 4 cells (slower: 2)"
    runs, epochs = changed(frames)
    few = compare_sets((runs[runs.seed < 2], epochs), frames, plan)
    assert summary_line(few) == ("0 regressions in 4 cells; 4 could not be tested in every metric")


def test_the_p_beyond_the_margin_is_scipys_with_statsmodels_holm(frames, plan):
    new = changed(frames, epoch_seconds=1.08)
    changes = compare_sets(new, frames, plan)
    here = [c for c in changes.changes if c.comparison.metric.column == "epoch_seconds"]
    expected = []
    for c in here:
        logs = []
        for runs in (new[0], frames[0]):
            cell = runs[(runs.method == c.comparison.candidate)]
            cell = cell[cell.timesteps == c.comparison.setting.timesteps].sort_values("seed")
            logs.append(np.log(cell.epoch_seconds.to_numpy()))
        differences = logs[0] - logs[1]
        test = stats.ttest_1samp(differences, np.log(1.05), alternative="greater")
        expected.append(float(test.pvalue))
    assert [c.worse_p for c in here] == pytest.approx(expected, abs=1e-9)
    adjusted = list(multipletests(expected, method="holm")[1])
    assert [c.worse_holm for c in here] == pytest.approx(adjusted, abs=1e-9)


def test_a_slowdown_inside_the_margin_is_no_regression_however_certain(frames, plan):
    changes = compare_sets(changed(frames, epoch_seconds=1.03), frames, plan)
    c = of(changes, "noprop-dt", 2, "epoch_seconds")
    assert c.comparison.paired.tests.p < 0.01
    assert not c.regression


def test_a_gain_is_no_regression(frames, plan):
    new = changed(frames, epoch_seconds=0.5, test_accuracy=1.01, peak_memory_bytes=0.5)
    changes = compare_sets(new, frames, plan)
    assert not any(regression_lines(changes, kind) for kind in regressions().values())
    assert of(changes, "noprop-dt", 5, "epoch_seconds").comparison.verdict is Verdict.BETTER


def test_less_accuracy_is_a_regression(frames, plan):
    rng = np.random.default_rng(1)
    runs, epochs = changed(frames)
    runs.loc[runs.method == "noprop-dt", "test_accuracy"] -= 0.02 + rng.normal(0, 0.002, 12)
    changes = compare_sets((runs, epochs), frames, plan)
    assert len(changes.regressions(LESS_ACCURATE)) == 2


def test_the_same_loss_of_images_on_every_seed_is_a_regression(frames, plan):
    """Losses that do not vary have the spread of rounding to images, and can be tested."""
    runs, epochs = frames
    images = np.random.default_rng(7).integers(330, 350, len(runs))
    before = runs.assign(test_accuracy=images / 360)
    after = before.assign(test_accuracy=(images - 8 * (runs.method == "noprop-dt")) / 360)
    changes = compare_sets((after, epochs), (before, epochs), plan)
    found = changes.regressions(LESS_ACCURATE)
    assert {c.comparison.candidate for c in found} == {"noprop-dt"}
    assert 0 < found[0].worse_p < 1e-4


def test_more_memory_that_repeats_is_exact(frames, plan):
    changes = compare_sets(changed(frames, peak_memory_bytes=1.02), frames, plan)
    assert len(changes.regressions(MORE_MEMORY)) == 2
    assert "deterministic" in regression_lines(changes, MORE_MEMORY)[0]
    within = compare_sets(changed(frames, peak_memory_bytes=1.005), frames, plan)
    assert not within.regressions(MORE_MEMORY)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("diverged", LESS_ACCURATE),
        ("error", LESS_ACCURATE),
        ("out-of-memory", MORE_MEMORY),
        ("timeout", SLOWER),
    ],
)
def test_a_run_that_newly_fails_is_a_regression(frames, plan, status, kind):
    runs, epochs = changed(frames)
    runs.loc[runs.cell == "digits-noprop-dt-64-2-4", "status"] = status
    changes = compare_sets((runs, epochs), frames, plan)
    [line] = regression_lines(changes, kind)
    assert "seed 4" in line
    assert status in line
    others = [k for k in regressions().values() if k is not kind]
    assert not any(regression_lines(changes, k) for k in others)
    back = compare_sets(frames, (runs, epochs), plan)
    assert not back.failures, "a run that fails no longer is no regression"


def test_too_few_runs_to_tell_are_said(frames, plan):
    runs, epochs = changed(frames)
    changes = compare_sets((runs[runs.seed < 2], epochs), frames, plan)
    assert untested_line(changes, SLOWER).startswith("slower: 4 of 4 cells")
    assert untested_line(compare_sets(frames, frames, plan), SLOWER) == ""


def test_what_differs_around_the_runs_is_named(frames, plan):
    changes = compare_sets(changed(frames), frames, plan)
    assert changes.provenance == {
        "torch_version": ("2.12.0", "2.11.0"), "code_version": ("fff0000", "abc1234"),
    }  # fmt: skip


def test_cells_of_one_side_only_are_named(frames, plan):
    runs, epochs = changed(frames)
    changes = compare_sets((runs[runs.timesteps == 2], epochs), frames, plan)
    assert changes.only_new == ()
    assert changes.only_reference == (
        "backprop on digits, batch size 64, T = 5", "noprop-dt on digits, batch size 64, T = 5",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"budget": "99 epochs"}, "the budget differs (99 epochs against 12 epochs)"),
        ({"data_checksum": "beef"}, "the data checksum of digits differs"),
        ({"method": "other"}, "have no cell in common"),
    ],
)
def test_what_is_not_the_same_cells_is_refused(frames, plan, change, message):
    runs, epochs = frames
    with pytest.raises(SetError) as caught:
        compare_sets((runs.assign(**change), epochs), frames, plan)
    assert message in str(caught.value)


def test_a_set_that_mixes_versions_is_refused(frames, plan):
    runs, epochs = changed(frames)
    runs.loc[runs.seed == 0, "torch_version"] = "2.6"
    with pytest.raises(SetError, match=r"mixes runs of different torch version: 2\.12\.0, 2\.6"):
        compare_sets((runs, epochs), frames, plan)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_shows_the_changes(frames, plan, name):
    new = changed(frames, epoch_seconds=1.2, peak_memory_bytes=1.5)
    changes = compare_sets(new, frames, plan, ("runs/new", "runs/old"))
    text = render_as(name, changes_report(changes))
    assert "noprop-dt" in text
    assert "runs/old" in text
    if name == "json":
        content = json.loads(text)
        assert len(content["regressions"]["slower"]) == 2
        assert sum(bool(row["regression"]) for row in content["estimates"]) == 4
    elif name == "html":
        assert text.index('id="regressions"') < text.index('id="changes"')
        assert "beyond the margin" in text


def test_the_order_of_rows_changes_nothing(frames, plan):
    new = changed(frames, epoch_seconds=1.2)
    shuffled = tuple(f.sample(frac=1, random_state=3) for f in new)
    assert compare_sets(shuffled, frames, plan) == compare_sets(new, frames, plan)


def test_the_target_accuracy_comes_from_the_reference(frames, plan):
    """A set that learns less must not get a lower target for it."""
    runs, epochs = changed(frames)
    worse = epochs.assign(validation_accuracy=epochs.validation_accuracy / 2)
    changes = compare_sets((runs, worse), frames, plan)
    times = of(changes, "backprop", 2, "target_seconds").comparison.paired.censoring
    assert (times.candidate_reached, times.baseline_reached) == (0, 6)
