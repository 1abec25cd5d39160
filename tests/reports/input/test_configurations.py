"""Runs of configurations that the study does not declare: set aside, or arms of their own."""

import pandas as pd
import pytest

from reports.changes.estimates import compare_sets
from reports.page.analysis import analyse
from reports.page.changes import changes_report
from reports.page.html import render, to_html
from reports.warnings.measuring import UnlikeRuns
from reports.warnings.runs import OtherConfigurations

WIDTH = "width=0.25"


@pytest.fixture
def frames(study):
    return study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2,))


@pytest.fixture
def mixed(frames):
    """Return the same runs, and again with another width, worse and later."""
    runs, epochs = frames
    other = runs.assign(
        cell=runs.cell + "-w",
        test_accuracy=runs.test_accuracy / 2,
        started_at="2027-01-01",
        configuration=WIDTH,
    )
    curves = epochs.assign(cell=epochs.cell + "-w")
    return pd.concat([runs.assign(configuration=""), other]), pd.concat([epochs, curves])


def test_they_change_no_number_and_are_counted_in_a_warning(frames, mixed, plan):
    alone, analysis = analyse(*frames, plan), analyse(*mixed, plan, hint="--all shows them")
    assert analysis.runs == alone.runs
    assert (analysis.comparisons, analysis.fronts) == (alone.comparisons, alone.fronts)
    [caveat] = [c for c in analysis.caveats if isinstance(c, OtherConfigurations)]
    assert caveat.sentence() == (
        "12 runs of backprop and noprop-dt with width=0.25 are in the "
        "folder and not shown, because the study does not declare them; --all shows them."
    )
    assert caveat.sentence() in render(analysis, {})


def test_all_of_them_are_arms_of_their_own(frames, mixed, plan):
    analysis = analyse(*mixed, plan, all_configurations=True)
    assert set(analysis.context.methods) == {
        "backprop", "noprop-dt", f"backprop [{WIDTH}]", f"noprop-dt [{WIDTH}]",
    }  # fmt: skip
    assert not any(isinstance(c, OtherConfigurations) for c in analysis.caveats)
    assert {c.baseline for c in analysis.comparisons} == {"backprop"}
    [declared] = [c for c in analyse(*frames, plan).comparisons if c.metric.slug == "accuracy"]
    same = [
        c for c in analysis.comparisons
        if (c.candidate, c.metric.slug) == ("noprop-dt", "accuracy")
    ]  # fmt: skip
    assert [c.paired for c in same] == [declared.paired]


def test_two_sets_are_compared_as_declared_and_say_what_is_left_out(frames, mixed, plan):
    changes = compare_sets(mixed, frames, plan, hint="--all shows them")
    assert all(c.comparison.paired.effect.point in (0.0, 1.0) for c in changes.changes)
    assert "width=0.25 are in new and not shown" in to_html(changes_report(changes))
    both = compare_sets(mixed, mixed, plan, all_configurations=True)
    assert f"noprop-dt [{WIDTH}]" in {c.comparison.candidate for c in both.changes}
    assert both.set_aside == ()


def test_unlike_options_without_the_column_are_warned_of_as_ever(mixed, plan):
    runs, epochs = mixed
    bare = runs[runs.configuration == ""].drop(columns="configuration").assign(options="{}")
    bare.loc[bare.index[0], "options"] = '{"width": 0.25}'
    caveats = analyse(bare, epochs, plan).caveats
    assert [c.column for c in caveats if isinstance(c, UnlikeRuns)] == ["options"]


def test_two_sets_with_unlike_options_are_compared_and_it_is_said(frames, plan):
    runs, epochs = frames
    ours = runs.assign(options='{"width": 0.25, "optimizer": {"rate": 1}}')
    theirs = runs.assign(options='{"width": 0.5, "optimizer": {"rate": 1}}')
    changes = compare_sets((ours, epochs), (theirs, epochs), plan)
    assert changes.provenance == {
        "options": (
            "backprop: width=0.25; noprop-dt: width=0.25",
            "backprop: width=0.5; noprop-dt: width=0.5",
        )
    }
    assert "Methods ran with unlike options: backprop: width=0.25" in (
        to_html(changes_report(changes))
    )
    assert compare_sets((ours, epochs), (ours, epochs), plan).provenance == {}
