"""Memory in parts, doubtful measurements, and releases of torch: found, and said in words."""

import numpy as np
import pandas as pd
import pytest

from reports.memory.estimates import PARTS, growths
from reports.memory.table import memory_parts_table
from reports.memory.words import growth_says
from reports.page.analysis import analyse
from reports.page.html import render
from reports.versions.estimates import version_order
from reports.versions.table import versions_say
from reports.warnings import measuring

MIB = 2**20


@pytest.fixture
def frames(study):
    """Return a study's frames with the columns of the measurements, nothing wrong with any."""
    runs, epochs = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2, 8))
    steps = runs["timesteps"].astype(float)
    runs["parameters_bytes"] = (steps * MIB).astype("Int64")
    runs["gradients_bytes"] = (steps * MIB).astype("Int64")
    runs["optimizer_bytes"] = (2 * steps * MIB).astype("Int64")
    runs["other_bytes"] = pd.array([0] * len(runs), dtype="Int64")
    grows = runs["method"] == "backprop"
    runs["activations_bytes"] = np.where(grows, 3 * steps * MIB, 2 * MIB).astype("int64")
    return runs.assign(
        disturbed="", steady=True, slow_epochs=0, options="{}", threads=1, processor="one",
        cuda="", driver="", isolation="process",
    ), epochs  # fmt: skip


def sentences(frames, plan):
    caveats = analyse(*frames, plan).caveats
    return tuple(c.sentence() for c in caveats if type(c).__module__ == measuring.__name__)


def test_activations_are_followed_over_t(frames, plan):
    analysis = analyse(*frames, plan)
    assert len(analysis.memory) == 4
    ends = {first.method: (first, last) for first, last in growths(analysis.memory)}
    assert [p.activations for p in ends["noprop-dt"]] == [2 * MIB, 2 * MIB]
    assert [p.activations for p in ends["backprop"]] == [6 * MIB, 24 * MIB]
    assert [p.setting.timesteps for p in ends["backprop"]] == [2, 8]
    said = growth_says(analysis.memory, analysis.context).replace("\N{NO-BREAK SPACE}", " ")
    assert said.startswith(
        "Activations grow least with T in noprop-dt (2.00 MiB at T = 2, 2.00 MiB at T = 8: "
    )
    assert "and most in backprop (6.00 MiB at T = 2" in said


def test_parts_are_means_over_finished_seeds(frames, plan):
    runs, epochs = frames
    first = (runs["method"] == "noprop-dt") & (runs["timesteps"] == 2)
    runs.loc[first, "activations_bytes"] = [1 * MIB, 3 * MIB] * 3
    runs.loc[first & (runs["seed"] == 5), "status"] = "error"
    [part] = [
        p for p in analyse(runs, epochs, plan).memory
        if (p.method, p.setting.timesteps) == ("noprop-dt", 2)
    ]  # fmt: skip
    assert part.n == 5
    assert part.bytes["activations_bytes"] == pytest.approx(9 / 5 * MIB)


def test_a_run_whose_parts_are_not_known_is_left_out(frames, plan):
    runs, epochs = frames
    runs["activations_bytes"] = runs["activations_bytes"].astype("Int64")
    runs.loc[runs["method"] == "backprop", "activations_bytes"] = pd.NA
    assert {p.method for p in analyse(runs, epochs, plan).memory} == {"noprop-dt"}
    assert analyse(runs.drop(columns=list(PARTS)), epochs, plan).memory == ()


def test_the_page_shows_the_parts_over_t(frames, plan):
    html = render(analyse(*frames, plan), {})
    assert 'id="memory-parts-1"' in html
    assert "What memory holds while training" in html
    assert "Memory in parts over T, batch size 64" in html
    assert "Across releases of torch" not in html


def test_nothing_wrong_is_nothing_said(frames, plan):
    assert sentences(frames, plan) == ()


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("disturbed", "others used 1.5 of 2 cores", "The machine was busy during 1 of 24 finished"),
        ("steady", False, "Epoch times drift or scatter by more than 10 % in 1 of 24 finished"),
        ("slow_epochs", 2, "Single epochs took far longer or shorter than the others in 1 of 24"),
        ("options", '{"a": 1}', "Runs that are averaged over seeds differ in their configuration,"),
        ("threads", 2, "differ in their number of threads: 1, 2, in 1 of 4 groups (backprop)"),
        ("processor", "two", "differ in their processor: one, two, in 1 of 4 groups"),
        ("driver", "550", "differ in their driver"),
        ("isolation", "none", "differ in their isolation: none, process"),
    ],
)
def test_one_run_unlike_the_others_is_said(frames, plan, column, value, said):
    runs, epochs = frames
    runs.loc[runs.index[0], column] = value
    [sentence] = sentences((runs, epochs), plan)
    assert said in sentence
    assert "backprop" in sentence
    assert sentence in render(analyse(runs, epochs, plan), {}).replace("&#34;", '"')


def test_what_is_not_known_is_not_held_against_a_run(frames, plan):
    runs, epochs = frames
    runs["steady"] = pd.array([pd.NA] * len(runs), dtype="boolean")
    runs["slow_epochs"] = pd.array([pd.NA] * len(runs), dtype="Int64")
    assert sentences((runs, epochs), plan) == ()
    bare = runs.drop(columns=["disturbed", "steady", "slow_epochs", "options", "threads"])
    assert sentences((bare, epochs), plan) == ()


def two_releases(frames, factor=1.0, points=0.0):
    """Put the same runs under torch 2.9 and 2.10, times and accuracies changed."""
    runs, epochs = frames
    old, new = runs.assign(torch_version="2.9.1"), runs.assign(torch_version="2.10.0")
    old["cell"], new["cell"] = old["cell"] + "@2.9.1", new["cell"] + "@2.10.0"
    noise = np.exp(np.random.default_rng(1).normal(0, 0.01, len(new)))
    new["epoch_seconds"] *= factor * noise
    new["test_accuracy"] += points
    return pd.concat([old, new], ignore_index=True), epochs


def test_releases_are_ordered_by_number():
    assert sorted(["2.10.0", "2.9.1+cu128", "2.6.0"], key=version_order) == [
        "2.6.0", "2.9.1+cu128", "2.10.0",
    ]  # fmt: skip


def test_one_release_is_compared_with_nothing(frames, plan):
    assert analyse(*frames, plan).versions == ()


def test_releases_are_compared_pair_by_pair(frames, plan):
    changes = analyse(*two_releases(frames, factor=1.5), plan).versions
    assert len(changes) == 4 * 3  # methods and T, by metric
    assert {(c.old, c.new) for c in changes} == {("2.9.1", "2.10.0")}
    slower = [c for c in changes if c.metric.column == "epoch_seconds"]
    assert all(c.is_significant(0.05) for c in slower)
    assert all(c.paired.effect.point == pytest.approx(1.5, rel=0.05) for c in slower)
    others = [c for c in changes if c not in slower]
    assert not any(c.is_significant(0.05) for c in others)
    words = versions_say(changes, 0.05)
    assert words.startswith("4 of 12 comparisons show a change: time per epoch of backprop")


def test_no_change_is_not_shown_to_be_none(frames, plan):
    changes = analyse(*two_releases(frames), plan).versions
    assert "None of 12 comparisons shows a change" in versions_say(changes, 0.05)


def test_memory_that_repeats_to_the_byte_has_changed_if_it_differs(frames, plan):
    runs, epochs = two_releases(frames)
    new = runs["torch_version"] == "2.10.0"
    runs["peak_memory_bytes"] = np.where(new, 1001, 1000)
    memory = [
        c for c in analyse(runs, epochs, plan).versions if c.metric.column == "peak_memory_bytes"
    ]
    assert all(c.paired.deterministic and c.p is None for c in memory)
    assert all(c.is_significant(0.05) for c in memory)
    runs["peak_memory_bytes"] = 1000
    memory = [
        c for c in analyse(runs, epochs, plan).versions if c.metric.column == "peak_memory_bytes"
    ]
    assert not any(c.is_significant(0.05) for c in memory)


def test_the_page_has_a_section_across_releases(frames, plan):
    html = render(analyse(*two_releases(frames, factor=1.5), plan), {})
    html = html.replace("\N{NO-BREAK SPACE}", " ")
    assert 'id="versions"' in html
    assert "Across releases of torch" in html
    assert "time per epoch of noprop-dt (batch size 64, T = 8) from torch 2.9.1 to 2.10.0" in html


def test_parts_under_several_releases_are_told_apart(frames, plan):
    runs, epochs = two_releases(frames)
    analysis = analyse(runs, epochs, plan)
    said = growth_says(analysis.memory, analysis.context)
    assert said.count("torch 2.") == 2
    table = memory_parts_table(analysis.context, analysis.memory)
    assert table.columns[0].label == "Condition"
    assert len(set(table.rows)) == len(table.rows)
