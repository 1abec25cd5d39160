"""Several machines: unlike kinds make no pair, and the page says how fast each was."""

import numpy as np
import pytest

from reports.formats.formats import render_as
from reports.input.pairing import paired_values
from reports.nodes.estimates import times_by_node
from reports.page.analysis import analyse
from reports.page.report import study_report
from reports.warnings.runs import UnlikeMachines


@pytest.fixture
def frames(study):
    """Ten seeds of two methods: the last four were made on `slow`, which takes twice as long."""
    runs, epochs = study(
        methods=("backprop", "noprop-dt"), seeds=10, batch_sizes=(64,), timesteps=(2,)
    )
    slow = runs.seed >= 6
    runs = runs.assign(
        node=np.where(slow, "slow", "fast"), machine=np.where(slow, "A, 2 cores", "B, 8 cores")
    )
    runs["epoch_seconds"] = runs["epoch_seconds"].where(~slow, 2 * runs["epoch_seconds"])
    return runs, epochs


def comparison(analysis, column):
    [found] = [c for c in analysis.comparisons if c.metric.column == column]
    return found


def test_pairs_within_a_machine_are_pooled_over_machines(frames, plan):
    analysis = analyse(*frames, plan)
    assert comparison(analysis, "epoch_seconds").n == 10
    assert not [c for c in analysis.caveats if isinstance(c, UnlikeMachines)]


def test_runs_on_unlike_machines_make_no_pair_and_the_report_says_so(frames, plan):
    runs, epochs = frames
    crossed = (runs.method == "noprop-dt") & (runs.seed == 7)
    runs.loc[crossed, ["node", "machine"]] = ("fast", "B, 8 cores")
    analysis = analyse(runs, epochs, plan)
    for column in ("epoch_seconds", "test_accuracy"):
        found = comparison(analysis, column)
        assert (found.n, found.left_out) == (9, (7,))
    [caveat] = [c for c in analysis.caveats if isinstance(c, UnlikeMachines)]
    assert (caveat.seeds, caveat.of) == (1, 10)
    assert "A, 2 cores; B, 8 cores" in caveat.sentence()


def test_two_machines_of_one_kind_pair(frames, plan):
    runs, epochs = frames
    runs["machine"] = "A, 2 cores"
    runs.loc[(runs.method == "noprop-dt") & (runs.seed == 7), "node"] = "fast"
    assert comparison(analyse(runs, epochs, plan), "epoch_seconds").n == 10


def test_the_time_by_machine_is_over_all_machines_within_a_setting(frames, plan):
    runs, epochs = frames
    runs["epoch_seconds"] = np.where(runs.method == "backprop", 1.0, 10.0)
    runs.loc[runs.node == "slow", "epoch_seconds"] *= 2
    analysis = analyse(runs, epochs, plan)
    fast, slow = analysis.nodes
    assert (fast.node, fast.machine, fast.runs, fast.settings) == ("fast", "B, 8 cores", 12, 2)
    assert (fast.ratio, slow.ratio) == pytest.approx((0.5**0.5, 2**0.5))
    text = render_as("html", study_report(analysis, {}))
    assert "Time by machine" in text
    assert "1.41" in text


def test_of_one_machine_or_none_nothing_is_told(frames, plan):
    runs, epochs = frames
    for one in (runs.assign(node="a", machine="b"), runs.drop(columns=["node", "machine"])):
        analysis = analyse(one, epochs, plan)
        assert analysis.nodes == times_by_node(()) == ()
        assert "Time by machine" not in render_as("html", study_report(analysis, {}))


def test_a_machine_that_only_failed_has_no_time(frames, plan):
    runs, epochs = frames
    runs.loc[runs.node == "slow", ["status", "epoch_seconds"]] = ("error", np.nan)
    _, slow = analyse(runs, epochs, plan).nodes
    assert (slow.runs, slow.finished, slow.ratio, slow.settings) == (8, 0, None, 0)


def test_a_seed_s_values_pair_only_on_one_kind(frames, plan):
    by_method = {
        method: {run.seed: run for run in analyse(*frames, plan).runs if run.method == method}
        for method in ("backprop", "noprop-dt")
    }
    ours, theirs = by_method.values()
    assert list(paired_values(ours, theirs, "epoch_seconds")) == list(range(10))
