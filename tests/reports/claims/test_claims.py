"""Every claim in each of its outcomes, from frames whose effects are known."""

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from synthetic import study

from reports.claims.evidence import Claim, Evidence, Measure, Outcome, Says
from reports.claims.steadiness import steadiness
from reports.formats.formats import render_as
from reports.input.plan import Plan, PlanError
from reports.page.analysis import Analysis, analyse
from reports.page.html import to_html
from reports.page.report import study_report
from reports.statistics.estimate import mean_interval

ROLES = {
    "local": "noprop-dt", "chained": "backprop", "local_divided": "noprop-dt/blocks",
    "local_stacked": "noprop-dt/stacked", "chained_divided": ["backprop/data"],
    "chained_otherwise": ["backprop/gate"], "rivals": ["ensemble"], "longer": "classifier",
    "parts": ["first block"],
}  # fmt: skip
METHODS = (
    "backprop", "backprop/data", "backprop/gate", "noprop-dt", "noprop-dt/blocks",
    "noprop-dt/stacked", "ensemble", "classifier",
)  # fmt: skip
SECONDS = {"backprop": 1.0, "backprop/data": 0.9, "noprop-dt": 1.1, "noprop-dt/blocks": 0.6}
ACCURACY = {"noprop-dt": 0.95, "ensemble": 0.92, "classifier": 0.93}
SENT = {"noprop-dt/blocks": 0.0, "backprop/data": 3e6}
GROWTH = {"backprop": 1.0, "noprop-dt/stacked": 1.0}
"""Exponent of activations over T; of others 0."""
PEAK = {"noprop-dt": 0.5}
GRADIENTS = {"backprop": -1.0}
"""What a doubling of T adds to the logarithm of the ratio; of others 0."""
TIMESTEPS, SEEDS = (2, 4, 8), 8
STEPS = 4
"""T at which the chain takes as many operations as the long classifier."""


def analysis(
    *,
    seconds=SECONDS,
    accuracy=ACCURACY,
    sent=SENT,
    growth=GROWTH,
    peak=PEAK,
    gradients=GRADIENTS,
    part=0.90,
    noise=1e-3,
    longer=1.0,
    methods=METHODS,
    roles=ROLES,
) -> Analysis:
    runs, epochs = study(methods=methods, batch_sizes=(64,), timesteps=TIMESTEPS, seeds=SEEDS)
    rng = np.random.default_rng(3)
    name, steps = runs["method"], runs["timesteps"].astype("float64").fillna(1.0)

    def of(values, default):
        return name.map(values).fillna(default)

    def jitter(scale=noise):
        return rng.normal(0, scale, len(runs))

    runs["epoch_seconds"] = of(seconds, 1.0) * steps * np.exp(jitter())
    runs["test_accuracy"] = np.clip(of(accuracy, 0.94) + jitter(min(noise, 0.1)), 0, 1)
    runs["peak_memory_bytes"] = (of(peak, 1.0) * steps * 2**20).astype(int)
    for column in ("parameters_bytes", "gradients_bytes", "optimizer_bytes", "other_bytes"):
        runs[column] = 1000
    runs["activations_bytes"] = 1e6 * steps ** of(growth, 0.0)
    runs["division"] = np.where(name.isin(list(SENT)), "any", "none")
    runs["ranks"], runs["gathered_bytes"] = 2, 0.0
    runs["sent_bytes"] = name.map(sent)
    runs["flops_per_epoch"] = np.where(name == "classifier", STEPS * longer, steps)
    rows = [
        (run.cell, 1, block, 2, 2.0 ** (tilt if block == 1 else 0.0))
        for run, slope, extra in zip(
            runs.itertuples(), of(gradients, 0.0), jitter(0.01), strict=True
        )
        if not pd.isna(run.timesteps)
        for tilt in [(slope + extra) * np.log2(float(run.timesteps))]
        for block in (1, 2)
    ]
    norms = pd.DataFrame(rows, columns=["cell", "epoch", "block", "blocks", "gradient_norm"])
    own = runs[name == "noprop-dt"]
    parts = pd.DataFrame(
        {
            "cell": own["cell"],
            "control": "first block",
            "control_accuracy": part + rng.normal(0, 1e-3, len(own)),
        }
    )
    plan = Plan.declared({"title": "s", "baseline": "backprop", "claims": roles})
    return analyse(runs, epochs, plan, parts, gradients=norms)


def outcomes(**changes) -> dict[Claim, Outcome]:
    return {each.claim: each.outcome for each in analysis(**changes).claims}


@pytest.fixture(scope="module")
def whole():
    return analysis()


def of(found: Analysis, claim: Claim) -> tuple[Evidence, ...]:
    return next(each.evidence for each in found.claims if each.claim is claim)


def test_every_claim_is_held_up_where_all_that_decides_speaks_for_it(whole) -> None:
    assert {each.claim: each.outcome for each in whole.claims} == dict.fromkeys(Claim, Outcome.HELD)
    assert all(e.says is Says.FOR for each in whole.claims for e in each.deciding)


@pytest.mark.parametrize(
    ("claim", "changes"),
    [
        (Claim.PARALLEL, {"seconds": SECONDS | {"noprop-dt/blocks": 1.3}}),
        (Claim.PARALLEL, {"seconds": SECONDS | {"noprop-dt/blocks": 1.1}}),  # as fast: no gain
        (Claim.PARALLEL, {"seconds": SECONDS | {"backprop/data": 0.4}}),
        (Claim.MEMORY, {"growth": GROWTH | {"noprop-dt": 1.0}}),
        (Claim.MEMORY, {"peak": {"noprop-dt": 1.5}}),
        (Claim.MEMORY, {"peak": {"noprop-dt": 1.0}}),
        (Claim.GRADIENTS, {"gradients": {"noprop-dt": -1.0}}),
        (Claim.GRADIENTS, {"gradients": {"noprop-dt": 1.0}}),
        (Claim.MACHINES, {"sent": SENT | {"noprop-dt/blocks": 3e6}}),
        (Claim.CHAIN, {"accuracy": ACCURACY | {"ensemble": 0.97}}),
        (Claim.CHAIN, {"accuracy": ACCURACY | {"ensemble": 0.95}}),  # as accurate: no gain
        (Claim.CHAIN, {"accuracy": ACCURACY | {"classifier": 0.97}}),
        (Claim.CHAIN, {"part": 0.97}),
    ],
    ids=str,
)
def test_one_effect_against_a_claim_refutes_it_and_no_other(claim, changes) -> None:
    expected = dict.fromkeys(Claim, Outcome.HELD) | {claim: Outcome.REFUTED}
    assert outcomes(**changes) == expected


def test_what_noise_hides_is_undecided() -> None:
    found = outcomes(noise=1.0, gradients={"noprop-dt": np.log2(10) / 10})
    assert found[Claim.PARALLEL] is found[Claim.CHAIN] is Outcome.UNDECIDED
    assert found[Claim.GRADIENTS] is Outcome.UNDECIDED, "the slope is the margin itself"
    assert found[Claim.MEMORY] is Outcome.HELD, "what repeats to the byte has no noise"


def test_what_nobody_ran_is_not_measured() -> None:
    alone = tuple(name for name in METHODS if "blocks" not in name and "data" not in name)
    found = outcomes(methods=alone)
    assert found[Claim.PARALLEL] is found[Claim.MACHINES] is Outcome.NOT_MEASURED
    assert found[Claim.MEMORY] is found[Claim.GRADIENTS] is found[Claim.CHAIN] is Outcome.HELD
    page = to_html(study_report(analysis(methods=alone), {}))
    assert "1. Parallel training: not measured here" in page
    assert "No run was divided over ranks." in page


def test_a_study_that_names_nobody_has_no_such_section(whole) -> None:
    runs, epochs = study(methods=("backprop", "noprop-dt"), timesteps=(2,), batch_sizes=(64,))
    found = analyse(runs, epochs, Plan(baseline="backprop", title="s"))
    assert found.claims == ()
    assert "The four claims" not in to_html(study_report(found, {}))
    assert study_report(whole, {}).view().sections[0].slug == "claims"


def test_what_is_in_the_answer_is_not_tested_again(whole) -> None:
    answered = next(e for e in of(whole, Claim.MEMORY) if e.answered and e.decides)
    pooled = next(
        p.comparison for p in whole.pooled
        if (p.comparison.candidate, p.comparison.metric.column)
        == (answered.method, answered.measure)
    )  # fmt: skip
    assert (answered.paired, answered.p) == (pooled.paired, pooled.adjusted.p)
    assert all(e.answered == (e.against == "backprop") for e in of(whole, Claim.PARALLEL))


def test_tests_that_decide_share_alpha_whichever_claim_they_are_of(whole) -> None:
    tested = [
        e for each in whole.claims for e in each.deciding if e.paired.tests and not e.answered
    ]
    smallest = min(tested, key=lambda e: e.paired.tests.p)
    assert len(tested) > 5
    columns = {
        True: [e.paired.tests.equivalence_p for e in tested],
        False: [e.paired.tests.p for e in tested],
    }
    equal = smallest.measure in (Measure.RATIO_AT_START, Measure.RATIO_IN_TRAINING)
    assert smallest.p == pytest.approx(min(columns[equal]) * len(tested))


def test_a_longer_training_decides_only_at_equal_operations(whole) -> None:
    def found(analysed):
        return next(e for e in of(analysed, Claim.CHAIN) if e.against == "classifier")

    equal, unequal = found(whole), found(analysis(longer=4.0, accuracy={"classifier": 0.97}))
    assert (equal.levels, equal.flops, equal.decides) == ((STEPS,), 1.0, True)
    assert (unequal.levels, unequal.flops, unequal.decides) == ((8,), 0.5, False)


def test_effects_are_those_that_the_frame_was_made_with(whole) -> None:
    time = {e.against: e for e in of(whole, Claim.PARALLEL) if e.method == "noprop-dt/blocks"}
    assert time["noprop-dt"].paired.effect.point == pytest.approx(0.6 / 1.1, rel=1e-2)
    assert time["backprop/data"].paired.effect.n == SEEDS
    slopes = {
        (e.method, e.measure): e.paired.effect.point
        for e in (*of(whole, Claim.MEMORY), *of(whole, Claim.GRADIENTS))
        if not e.against
    }
    assert slopes["backprop", Measure.ACTIVATIONS] == pytest.approx(1.0)
    assert slopes["noprop-dt", Measure.ACTIVATIONS] == pytest.approx(0.0)
    assert slopes["backprop", Measure.RATIO_AT_START] == pytest.approx(-1.0, abs=0.05)
    sent = next(e for e in of(whole, Claim.MACHINES) if e.decides)
    assert (sent.paired.effect.point, sent.theirs) == (0.0, 3e6)


@pytest.mark.parametrize(
    ("middle", "beyond", "inside"), [(0.0, False, True), (2.0, True, False), (1.0, False, False)]
)
def test_a_slope_is_tested_against_the_margin_and_not_against_none(middle, beyond, inside) -> None:
    values = middle + np.random.default_rng(1).normal(0, 0.1, 8)
    for turned in (values, -values):
        tests = steadiness(mean_interval(turned), 1.0, 0.95).tests
        assert (tests.p < 0.01, tests.equivalence_p < 0.01) == (beyond, inside)


def test_every_format_has_claims_and_evidence(whole) -> None:
    report = study_report(whole, {})
    rows = list(csv.DictReader(io.StringIO(render_as("csv", report))))
    claims = {row["metric"]: row["verdict"] for row in rows if row["kind"] == "claim"}
    assert claims == {str(each.claim): "held up" for each in whole.claims}
    count = sum(len(each.evidence) for each in whole.claims)
    assert sum(row["kind"] == "evidence" for row in rows) == count
    sections = json.loads(render_as("json", report))["view"]["sections"]
    assert sections[0]["items"][0][0] == "1. Parallel training: held up"
    for name in ("markdown", "latex", "html"):
        assert "1. Parallel training: held up" in render_as(name, report)


def test_claims_are_not_judged_at_looks() -> None:
    with pytest.raises(PlanError, match="claims: are judged once, not at looks"):
        Plan.declared(
            {"title": "s", "baseline": "b", "claims": ROLES, "sequential": {"looks": [5, 10]}}
        )
