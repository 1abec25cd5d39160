"""Divided runs are shown against the same method in one process, with what they sent."""

import re

import numpy as np
import pandas as pd
import pytest
from synthetic import study

from reports.input.plan import Plan
from reports.page.analysis import analyse
from reports.page.html import to_html
from reports.page.report import study_report


@pytest.fixture(scope="module")
def analysis():
    runs, epochs = study(
        methods=("backprop", "noprop-dt", "noprop-dt/blocks", "backprop/data"),
        batch_sizes=(64,),
        timesteps=(5,),
    )
    shared = runs["method"].str.contains("/")
    runs["division"] = runs["method"].str.partition("/")[2].where(shared, "none")
    runs["ranks"] = np.where(shared, 2, 1)
    runs["gathered_bytes"] = np.where(shared, 5000.0, np.nan)
    runs["sent_bytes"] = np.where(runs["division"] == "data", 3.0 * 2**20, 0.0)
    runs.loc[~shared, "sent_bytes"] = np.nan
    blocks = runs["method"] == "noprop-dt/blocks"
    alone = runs["method"] == "noprop-dt"
    runs.loc[blocks, "epoch_seconds"] = runs.loc[alone, "epoch_seconds"].to_numpy() / 1.6
    return analyse(runs, epochs, Plan(baseline="backprop", title="s"))


def test_speed_up_is_paired_with_the_same_method_in_one_process(analysis) -> None:
    data, blocks = analysis.divided
    assert (blocks.method, blocks.against, blocks.ranks) == ("noprop-dt/blocks", "noprop-dt", 2)
    assert blocks.speed_up.effect.point == pytest.approx(1.6)
    assert blocks.efficiency == pytest.approx(0.8)
    assert data.against == "backprop"
    assert (data.sent, blocks.sent) == (3.0 * 2**20, 0.0)


def test_the_page_says_what_is_sent_and_that_nothing_is(analysis) -> None:
    html = to_html(study_report(analysis, {}))
    assert "One run over several processes" in html
    assert "×1.60" in html
    assert re.search(r"\b3(\.0+)?\sMiB", html)


def test_a_frame_that_knows_no_division_has_no_such_section() -> None:
    runs, epochs = study(methods=("backprop", "noprop-dt"), timesteps=(2,), batch_sizes=(64,))
    found = analyse(runs, epochs, Plan(baseline="backprop", title="s"))
    assert found.divided == ()
    assert "One run over several" not in to_html(study_report(found, {}))


def test_an_arm_without_its_like_in_one_process_has_no_speed_up(analysis) -> None:
    runs, epochs = study(methods=("backprop", "noprop-dt/blocks"), timesteps=(2,), seeds=3)
    runs["division"] = np.where(runs["method"] == "noprop-dt/blocks", "blocks", "none")
    runs["ranks"], runs["sent_bytes"], runs["gathered_bytes"] = 2, pd.NA, pd.NA
    arm, *_ = analyse(runs, epochs, Plan(baseline="backprop", title="s")).divided
    assert (arm.against, arm.speed_up, arm.efficiency, arm.sent) == ("", None, None, None)
