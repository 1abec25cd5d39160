"""A page of seeds that were computed as one: it says so, and why it has no times and no memory."""

import numpy as np
import pandas as pd
import pytest

from reports.formats.formats import render_as
from reports.input.plan import Plan
from reports.page.analysis import analyse
from reports.page.report import study_report
from reports.provenance.words import header
from reports.warnings.runs import Unusable

PLAN = Plan.declared({"title": "s", "baseline": "backprop"})
NOT_MEASURED = {"train_seconds": np.nan, "epoch_seconds": np.nan, "peak_memory_bytes": pd.NA}


@pytest.fixture
def stacked(study):
    """Return the frames of a study in which the named methods' seeds were computed as one."""

    def make(*methods: str, flag: object = True):
        runs, epochs = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), seeds=4)
        own = runs["method"].isin(methods)
        runs["stacked"] = np.where(own, flag, False)
        for column, nothing in NOT_MEASURED.items():
            runs[column] = runs[column].astype(object)
            runs.loc[own, column] = nothing
        epochs.loc[epochs["method"].isin(methods), ["seconds", "cumulative_seconds"]] = np.nan
        return runs, epochs

    return make


def seeds_told(analysis) -> list[str]:
    return [fact.text for fact in header(analysis.origin) if fact.term == "Seeds"]


@pytest.mark.parametrize("name", ["html", "markdown", "latex"])
def test_the_page_says_so_and_has_no_column_of_times(stacked, name):
    analysis = analyse(*stacked("backprop", "noprop-dt"), PLAN)
    assert seeds_told(analysis) == ["computed as one (stack_seeds), so without times and memory"]
    text = render_as(name, study_report(analysis, {})).replace("\\_", "_")
    assert "leaves no run a time or memory of its own: Time per epoch, Total training time" in text
    for said in ("missing, infinite or zero", "Time per epoch (", "Peak memory ("):
        assert said not in text
    assert "Test accuracy" in text


def test_of_some_runs_it_says_how_many_and_shows_the_times_of_the_others(stacked):
    analysis = analyse(*stacked("noprop-dt", flag="True"), PLAN)  # as a CSV file has it
    assert seeds_told(analysis) == [
        "computed as one (stack_seeds) in 8 of 16 runs, so without times and memory"
    ]
    text = render_as("markdown", study_report(analysis, {}))
    assert "Time per epoch (" in text
    assert not any(isinstance(caveat, Unusable) for caveat in analysis.caveats)


def test_times_that_a_run_alone_should_have_are_missed_as_before(stacked):
    analysis = analyse(*stacked("noprop-dt", flag=False), PLAN)
    assert seeds_told(analysis) == []
    missed = [caveat.metric for caveat in analysis.caveats if isinstance(caveat, Unusable)]
    assert missed == ["Time per epoch", "Peak memory", "Total training time"]
