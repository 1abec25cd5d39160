"""Gradients over depth, from frames whose slopes are known."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.display.numbers import factor_text
from reports.formats.formats import render_as
from reports.gradients.estimates import Gradients, gradients_of
from reports.gradients.words import contrast_says, slopes_say
from reports.input.runs import FrameError
from reports.page.analysis import Analysis, analyse
from reports.page.html import render
from reports.page.report import study_report
from reports.page.rows import estimate_rows
from reports.statistics.estimate import Estimate

TIMESTEPS, SEEDS, EPOCHS = (2, 4, 8), 6, 3
SLOPES = {"backprop": -1.0, "noprop-dt": 0.0}
"""What a doubling of T adds to the logarithm of the ratio, on average."""
NOISE = np.random.default_rng(5).normal(0, 0.1, SEEDS)
LATER = 0.5
"""What every epoch adds to the logarithm of the ratio."""


@pytest.fixture(scope="module")
def runs_and_epochs(study):
    runs, epochs = study(
        methods=tuple(SLOPES), batch_sizes=(64,), timesteps=TIMESTEPS, epochs=EPOCHS
    )
    # Accuracy falls by 1 point per doubling for one of them, and does not change for the other.
    jitter = np.random.default_rng(6).normal(0, 1e-3, len(runs))
    lost = np.where(
        runs["method"] == "backprop", 0.01 * np.log2(runs["timesteps"].astype(float)), 0
    )
    return runs.assign(test_accuracy=0.9 - lost + jitter), epochs


def norms_of(runs: pd.DataFrame) -> pd.DataFrame:
    """Give the last block a norm of 3, with a straight line of logarithms to the first."""
    rows = []
    for run in runs.to_dict("records"):
        for epoch in range(1, EPOCHS + 1):
            ratio = (SLOPES[run["method"]] + NOISE[run["seed"]]) * np.log2(run["timesteps"])
            ratio += LATER * (epoch - 1)
            blocks = run["timesteps"]
            for block in range(1, blocks + 1):
                share = (blocks - block) / (blocks - 1)
                rows.append((run["cell"], epoch, block, blocks, 3 * 2 ** (ratio * share)))
    return pd.DataFrame(rows, columns=["cell", "epoch", "block", "blocks", "gradient_norm"])


@pytest.fixture
def analysed(runs_and_epochs, plan):
    def analysis(change=lambda frame: frame) -> Analysis:
        runs, epochs = runs_and_epochs
        return analyse(runs, epochs, plan, gradients=change(norms_of(runs)))

    return analysis


def test_a_slope_is_what_the_frame_was_made_with(analysed) -> None:
    slopes = analysed().gradients.slopes
    assert [s.method for s in slopes] == list(SLOPES)
    for s in slopes:
        own = SLOPES[s.method] + NOISE
        interval = stats.ttest_1samp(own, 0).confidence_interval(0.95)
        for slope in (s.start, s.training):
            found = slope.estimate
            assert found.point == pytest.approx(own.mean(), rel=1e-9)
            assert (found.low, found.high) == pytest.approx(tuple(interval), rel=1e-9)
            assert found.n == SEEDS
            assert slope.levels == TIMESTEPS


def test_a_ratio_is_that_of_the_first_to_the_last_block(analysed) -> None:
    ratios = analysed().gradients.ratios
    assert len(ratios) == len(SLOPES) * len(TIMESTEPS)
    for r in ratios:
        own = (SLOPES[r.method] + NOISE) * np.log2(r.setting.timesteps)
        assert r.blocks == r.setting.timesteps
        assert r.start.point == pytest.approx(own.mean())
        # The mean over epochs 1 to 3 of 0, 1 and 2 steps.
        assert r.training.point == pytest.approx(own.mean() + LATER)
        interval = stats.ttest_1samp(own, 0).confidence_interval(0.95)
        assert (r.start.low, r.start.high) == pytest.approx(tuple(interval))


def test_norms_by_block_are_geometric_means_before_training(analysed) -> None:
    norms = {
        n.block: n.norm.point
        for n in analysed().gradients.norms
        if (n.method, n.setting.timesteps) == ("backprop", 8)
    }
    whole = 3 * (-1 + NOISE.mean())
    expected = {b: np.log2(3) + whole * (8 - b) / 7 for b in range(1, 9)}
    assert norms == pytest.approx(expected)


def test_accuracy_s_slope_stands_beside_and_the_words_tell_the_contrast(analysed) -> None:
    analysis = analysed()
    slopes = analysis.gradients.slopes
    of_accuracy = {
        s.method: s.slope
        for s in analysis.scalings
        if s.axis == "T" and s.metric.column == "test_accuracy"
    }
    assert {s.method: s.accuracy for s in slopes} == of_accuracy
    assert contrast_says(slopes) == (
        "Accuracy falls with T for backprop (batch size 64); is left open for noprop-dt "
        "(batch size 64)."
    )
    falls, is_open = slopes_say(slopes)
    factor, interval = factor_text(slopes[0].start.estimate)
    assert f"shrinks: times {factor} {interval}. Accuracy falls (−" in falls
    assert "leaves open whether it shrinks or grows" in is_open


def test_norms_without_a_logarithm_are_left_out_counted_and_said(analysed) -> None:
    def spoilt(frame: pd.DataFrame) -> pd.DataFrame:
        first = (frame["block"] == 1) & (frame["epoch"] == 1)
        own = frame["cell"].str.startswith("digits-backprop-64-8-")
        norms = frame["gradient_norm"].mask(first & own & frame["cell"].str.endswith("-0"), np.nan)
        norms = norms.mask(first & own & frame["cell"].str.endswith("-1"), np.inf)
        return frame.assign(
            gradient_norm=norms.mask(first & own & frame["cell"].str.endswith("-2"), 0.0)
        )

    analysis = analysed(spoilt)
    found = analysis.gradients
    assert (found.unfinite, found.zero, found.methods) == (2, 1, ("backprop",))
    (ratio,) = [r for r in found.ratios if (r.method, r.blocks) == ("backprop", 8)]
    assert (ratio.start.n, ratio.training.n) == (SEEDS - 3, SEEDS)
    assert found.slopes[0].start.estimate.n == SEEDS - 3
    page = render(analysis, {})
    said = f"Of {found.counted} gradient norms 2 are not finite and 1 is exactly 0 (backprop)."
    assert page.count(said) == 1


def test_every_format_has_the_section(analysed) -> None:
    report = study_report(analysed(), {})
    title = "Do gradients vanish or explode with depth?"
    for name in ("html", "markdown"):
        assert title in render_as(name, report)
    assert "first block" in render_as("latex", report)
    assert "gradient" in json.dumps(json.loads(render_as("json", report)))
    page = render_as("html", report)
    assert 'id="gradients"' in page
    assert page.count('data-p="noprop-dt"') >= 1
    for t in TIMESTEPS:
        assert f"backprop, T = {t}" in page


def test_without_norms_there_is_no_section(runs_and_epochs, plan) -> None:
    runs, epochs = runs_and_epochs
    for frame in (None, norms_of(runs).iloc[:0]):
        analysis = analyse(runs, epochs, plan, gradients=frame)
        assert analysis.gradients == Gradients()
        assert 'id="gradients"' not in render(analysis, {})


def test_one_block_has_no_ratio_and_one_t_no_slope(runs_and_epochs, plan) -> None:
    runs, epochs = runs_and_epochs
    frame = norms_of(runs[runs["timesteps"] == 2])
    found = analyse(runs, epochs, plan, gradients=frame).gradients
    assert (len(found.ratios), found.slopes) == (2, ())
    alone = frame[frame["block"] == 1].assign(blocks=1)
    analysis = analyse(runs, epochs, plan, gradients=alone)
    assert (analysis.gradients.ratios, analysis.gradients.slopes) == ((), ())
    render(analysis, {})


def test_a_frame_that_lacks_a_column_is_refused() -> None:
    with pytest.raises(FrameError, match="gradients frame lacks blocks, gradient_norm"):
        gradients_of((), pd.DataFrame({"cell": [], "epoch": [], "block": []}), (), 0.95)


@pytest.mark.parametrize(
    ("ends", "texts"),
    [
        ((-1.0, -2.0, 0.0), ("0.5", "[0.25, 1]")),
        ((-2000.0, -2001.0, -1999.0), ("2^-2000", "[2^-2001, 2^-1999]")),
    ],
)
def test_a_factor_is_a_power_of_two_however_large(ends, texts) -> None:
    assert factor_text(Estimate(*ends, 3, "")) == texts


def test_flat_rows_hold_every_ratio_norm_and_slope_in_full(analysed) -> None:
    analysis = analysed()
    found = analysis.gradients
    rows = [row for row in estimate_rows(analysis) if row.metric.startswith("gradient_")]
    ratios = [row for row in rows if row.kind == "gradient-ratio"]
    assert [row.point for row in ratios[::2]] == [r.start.point for r in found.ratios]
    assert [row.high for row in ratios[1::2]] == [r.training.high for r in found.ratios]
    assert {row.metric for row in ratios[1::2]} == {"gradient_ratio_training"}
    norms = {(r.method, r.timesteps, r.over): r.point for r in rows if r.kind == "gradient-norm"}
    assert norms == {
        (n.method, n.setting.timesteps, f"block {n.block}"): n.norm.point for n in found.norms
    }
    slopes = [row for row in rows if row.kind == "trend"]
    assert [(row.point, row.p) for row in slopes[::2]] == [
        (s.start.estimate.point, s.start.p) for s in found.slopes
    ]
    assert {(row.over, row.timesteps) for row in slopes} == {("T", None)}
    assert len(rows) == 2 * len(found.ratios) + len(found.norms) + 2 * len(found.slopes)
