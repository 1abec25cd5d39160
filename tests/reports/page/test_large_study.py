"""A report of ten thousand records stays small enough to send, and grows with them at most."""

from collections import Counter

import pandas as pd
import pytest
import render_speed
from large_study import LARGE, METHODS, SMALL, large_study
from render_speed import WARM_UP, Timing, analysis_of, page_of


def test_a_large_study_has_what_studies_have():
    frames = large_study(LARGE)
    assert len(frames.runs) == 10_000
    assert 1_000 <= len(large_study(SMALL).runs) < 1_100
    assert set(frames.runs["method"]) == set(large_study(SMALL).runs["method"]) == set(METHODS)
    assert set(frames.runs["status"]) == {"ok", "diverged", "out-of-memory", "timeout", "error"}
    assert frames.runs["test_accuracy"][frames.runs["status"] == "ok"].isna().any()
    assert frames.runs["activations_bytes"].isna().any()
    assert frames.runs["cell"].is_unique
    assert set(frames.controls["cell"]) <= set(frames.runs["cell"])
    counted = frames.epochs.groupby("cell").size()
    once = frames.runs[~frames.runs["cell"].str.endswith("-again")].set_index("cell")
    assert counted.reindex(once.index).equals(once["epochs_run"].astype("int64"))


def test_the_same_design_gives_the_same_numbers():
    first, second = large_study(WARM_UP), large_study(WARM_UP)
    for name in ("runs", "epochs", "controls"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))


@pytest.mark.slow
def test_the_page_of_ten_thousand_records_is_small_and_grows_no_faster_than_they_do():
    megabytes = {}
    for design in (SMALL, LARGE):
        frames = large_study(design)
        analysis = analysis_of(frames)
        megabytes[len(frames.runs)] = len(page_of(frames, analysis).encode()) / 1e6
    # All of them were analysed: 23 candidates, on 3 data sets, at 4 batch sizes and 5 T.
    compared = Counter(comparison.metric.slug for comparison in analysis.comparisons)
    assert compared["accuracy"] == compared["epoch-time"] == 23 * 3 * 4 * 5
    (fewer, small), (more, large) = megabytes.items()
    assert large <= render_speed.MEGABYTES_TARGET
    assert large / small <= more / fewer


@pytest.mark.parametrize(
    ("small", "large", "code"),
    [
        (Timing(1_000, 1, 1, 1), Timing(10_000, 8, 11, 4.9), 0),
        (Timing(1_000, 1, 1, 1), Timing(10_000, 9, 12, 4.9), 1),  # takes too long
        (Timing(1_000, 1, 1, 1), Timing(10_000, 8, 11, 5.1), 1),  # is too large
        (Timing(1_000, 1, 0.5, 1), Timing(10_000, 8, 11, 4.9), 1),  # grows too fast
    ],
)
def test_a_missed_target_is_exit_code_1(monkeypatch, capsys, small, large, code):
    timings = iter([small, large])
    monkeypatch.setattr(render_speed, "measured", lambda _: next(timings))
    assert render_speed.main((WARM_UP, WARM_UP), rounds=1) == code
    out = capsys.readouterr().out
    assert "together" in out
    assert f"{large.megabytes:.2f} MB" in out
