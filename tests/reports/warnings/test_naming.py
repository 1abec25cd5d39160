"""A study of 12 methods, 5 T and 10 seeds: warnings name ranges, counts and families, no lists."""

import json

import numpy as np
import pytest
from large_study import Design, large_study

from reports.input.plan import Plan
from reports.page.analysis import analyse
from reports.warnings.naming import named, some

ARMS = tuple(f"noprop-dt/eta={i}" for i in range(1, 6))
METHODS = ("backprop", "noprop-dt", *ARMS, *(f"method-{i}" for i in range(5)))
DESIGN = Design(
    methods=METHODS, without_t=frozenset(), datasets=("digits",), batch_sizes=(64,),
    timesteps=(2, 4, 8, 16, 32), seeds=10, epochs=2,
)  # fmt: skip
LONGEST = 75
"""Words of a warning: it can still be read at a glance."""


def test_methods_are_named_one_by_one_by_family_or_all():
    assert named(("a", "b", "c")) == "a, b and c"
    assert named(("a", "b", "c"), 3) == "a, b and c"
    assert named((*"abcd",), 4) == "all 4 methods"
    assert named(METHODS, len(METHODS)) == "all 12 methods"
    assert named(METHODS[:-1], len(METHODS)) == (
        "backprop, 6 arms of noprop-dt, method-0, method-1 and 2 more"
    )
    assert named(METHODS) == "backprop, 6 arms of noprop-dt, method-0, method-1 and 3 more"
    assert some([*"abcde"]) == "a, b, c, d and e"
    assert some([*"abcdef"]) == "a, b, c, d and 2 more"


@pytest.fixture(scope="module")
def warnings():
    frames = large_study(DESIGN)
    runs = frames.runs
    dt = runs["method"].str.startswith("noprop-dt")
    eta = runs["method"].str.extract(r"eta=(\d)")[0].fillna("0")
    missing = (runs["method"] != "backprop") & (runs["seed"] == 9) & (runs["timesteps"] == 2)
    runs = runs.assign(
        disturbed=[f"others used 0.{i % 9} of 2 cores" for i in range(len(runs))],
        steady=np.arange(len(runs)) % 2 == 0,
        slow_epochs=1,
        label_readable=0.9,
        embedding_distance_kept=0.1,
        code_version=[f"commit{i % 12:02}" for i in range(len(runs))],
        threads=np.where(runs["seed"] % 2, 1, 2),
        options=[json.dumps({"eta": e}) if d else "{}" for d, e in zip(dt, eta, strict=True)],
        idle_options="eta",
        configuration=np.where(runs["seed"] == 8, "learning_rate = 0.1", ""),
    )[~missing].reset_index(drop=True)
    plan = Plan.declared({"title": "Large", "baseline": "backprop"})
    return [c.sentence() for c in analyse(runs, frames.epochs, plan, frames.controls).caveats]


def test_no_warning_of_a_large_study_is_a_list(warnings):
    assert len(warnings) > 10
    long = [text for text in warnings if len(text.split()) > LONGEST]
    assert long == []
    assert [text for text in warnings if text.count("method-") > 4] == []


def test_what_holds_of_all_alike_is_said_once(warnings):
    [meets] = [text for text in warnings if "everywhere" in text]
    assert "seeds that backprop alone ran: 9" in meets
    [idle] = [text for text in warnings if "differ only in" in text]
    assert idle.startswith("6 arms of noprop-dt differ only in eta")
    [aside] = [text for text in warnings if "not shown" in text]
    assert "runs of all 12 methods with learning_rate = 0.1 are in" in aside
    [busy] = [text for text in warnings if "busy during" in text]
    assert "(all 12 methods): others used 0.0–0.8 of 2 cores" in busy
