"""Warnings of variants that differ only in options without effect."""

import json

import pandas as pd
import pytest

from reports.page.analysis import analyse
from reports.warnings.variants import IdleVariants


@pytest.fixture
def frames(study):
    runs, epochs = study(methods=("one", "one/b", "two"), batch_sizes=(64,), timesteps=(2,))
    options = {"depth": {"scale": 1.0}, "width": 0.5}
    return runs.assign(options=json.dumps(options), idle_options="depth.scale, other"), epochs


def found(frames, plan) -> list[str]:
    plan = plan.model_copy(update={"baseline": "two"})
    return [c.sentence() for c in analyse(*frames, plan).caveats if isinstance(c, IdleVariants)]


def change(runs: pd.DataFrame, **options) -> None:
    runs.loc[runs["method"] == "one/b", "options"] = json.dumps(options)


def test_arms_apart_in_idle_options_alone_are_warned_of(frames, plan) -> None:
    change(frames[0], depth={"scale": 2.0}, width=0.5)
    (sentence,) = found(frames, plan)
    assert sentence.startswith("one and one/b differ only in depth.scale, which")


def test_arms_apart_in_more_are_not(frames, plan) -> None:
    change(frames[0], depth={"scale": 2.0}, width=0.25)
    assert found(frames, plan) == []


def test_equal_arms_and_other_methods_are_not(frames, plan) -> None:
    assert found(frames, plan) == []


def test_an_option_with_an_effect_on_one_side_is_no_idle_one(frames, plan) -> None:
    runs, _ = frames
    change(runs, depth={"scale": 2.0}, width=0.5)
    runs.loc[runs["method"] == "one/b", "idle_options"] = ""
    assert found(frames, plan) == []


def test_a_frame_without_these_columns_has_nothing_against_it(frames, plan) -> None:
    runs, epochs = frames
    assert found((runs.drop(columns=["idle_options"]), epochs), plan) == []
    assert found((runs.assign(options="words"), epochs), plan) == []
