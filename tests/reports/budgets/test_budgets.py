"""The same methods under several budgets: judged together, never mixed, and where verdicts turn."""

import numpy as np
import pandas as pd
import pytest

from reports.budgets.estimates import Turn
from reports.formats.formats import FORMATS, render_as
from reports.input.plan import Plan
from reports.input.targets import TARGET
from reports.page.analysis import analyse
from reports.page.answer import answer_alone
from reports.page.primary import primary_pooled, primary_verdicts
from reports.page.report import study_report

EPOCHS, SECONDS, CONVERGED = "12 epochs", "5 s of training", "convergence (patience 5)"
SMALL = {"methods": ("backprop", "noprop-dt"), "batch_sizes": (64,), "timesteps": (2,)}


@pytest.fixture
def arms(study):
    """Make runs under each of `budgets`, by how much better the candidate is (accuracy)."""

    def make(gains, **changes):
        frames = []
        for number, (budget, gain) in enumerate(gains.items()):
            runs, epochs = study(**(SMALL | {"seeds": 8} | changes))
            shift = np.where(runs.method == "backprop", 0.0, gain - 0.96 + 0.968)
            noise = np.random.default_rng(number).normal(0, 1e-3, len(runs))
            runs = runs.assign(
                budget=budget,
                cell=runs.cell + f"-{number}",
                test_accuracy=(runs.test_accuracy - 0.3 + shift + noise).round(5),
            )
            frames.append((runs, epochs.assign(cell=epochs.cell + f"-{number}")))
        return tuple(pd.concat(each, ignore_index=True) for each in zip(*frames, strict=True))

    return make


def plan_for(*budgets, **more):
    return Plan.declared({"title": "x", "baseline": "backprop", "budgets": budgets} | more)


def turns(analysis, column="test_accuracy"):
    return [one.turn for one in analysis.budgets.compared if one.metric.column == column]


def section(analysis):
    view = study_report(analysis, {}).view()
    [found] = [section for section in view.sections if section.slug == "budgets"]
    return found


def test_a_verdict_that_turns_round_is_said(arms):
    frames = arms({EPOCHS: 0.02, SECONDS: -0.02, CONVERGED: 0.0})
    analysis = analyse(*frames, plan_for(EPOCHS, SECONDS, CONVERGED))
    assert turns(analysis) == [Turn.ROUND]
    said = " ".join(section(analysis).paragraphs)
    assert "noprop-dt's verdict in test accuracy turns round: better under 12 epochs (+" in said
    assert "worse under 5 s of training (\N{MINUS SIGN}" in said
    [one] = [o for o in analysis.budgets.compared if o.metric.column == "test_accuracy"]
    points = [p.comparison.paired.effect.point for p in one.by_budget.values()]
    assert points == pytest.approx([2.0, -2.0, 0.0], abs=0.2)
    assert {p.comparison.n for p in one.by_budget.values()} == {8}


@pytest.mark.parametrize(
    ("gains", "turn"),
    [
        ((0.02, 0.02), Turn.NONE),
        ((-0.02, -0.01), Turn.NONE),
        ((0.0, 0.0), Turn.NONE),
        ((0.02, 0.0), Turn.KIND),
        ((0.02, 0.0051), Turn.DECIDED),
    ],
)
def test_how_verdicts_differ(arms, gains, turn):
    frames = arms(dict(zip((EPOCHS, SECONDS), gains, strict=True)))
    margin = {"margins": {"accuracy_pp": 0.5}}
    if turn is Turn.DECIDED:  # spread hides the smaller effect
        runs, epochs = frames
        wide = (runs.budget == SECONDS) & (runs.method != "backprop")
        noise = np.random.default_rng(1).normal(0, 0.02, len(runs)) * wide
        frames = runs.assign(test_accuracy=(runs.test_accuracy + noise).round(5)), epochs
    analysis = analyse(*frames, plan_for(EPOCHS, SECONDS, **margin))
    assert turns(analysis) == [turn]


def test_where_none_turns_a_sentence_says_so(arms):
    runs, epochs = arms({EPOCHS: 0.02, SECONDS: 0.02})
    # Equal runs under both budgets, so that no metric can differ.
    first, other = (runs[runs.budget == b].reset_index(drop=True) for b in (EPOCHS, SECONDS))
    same = other.assign(**{c: first[c] for c in other if c not in ("cell", "budget")})
    curves = [epochs[epochs.cell.isin(some.cell)] for some in (first, same)]
    copied = curves[0].assign(cell=curves[0].cell.str.replace("-0$", "-1", regex=True))
    analysis = analyse(
        pd.concat([first, same], ignore_index=True),
        pd.concat([curves[0], copied], ignore_index=True),
        plan_for(EPOCHS, SECONDS),
    )
    assert {one.turn for one in analysis.budgets.compared} == {Turn.NONE}
    assert "No verdict turns between the budgets." in section(analysis).paragraphs


def test_arms_are_never_mixed(arms):
    """A run of another budget, planted, changes no effect of the first arm."""
    frames = arms({EPOCHS: 0.02, SECONDS: -0.02})
    plan = plan_for(EPOCHS, SECONDS)
    before = analyse(*frames, plan)
    runs, epochs = frames
    planted = runs[(runs.budget == SECONDS) & (runs.method == "noprop-dt")].head(1)
    wild = planted.assign(test_accuracy=0.01, seed=99, cell="planted")
    undeclared = planted.assign(test_accuracy=0.01, budget="3 epochs", cell="undeclared")
    more = pd.concat([runs, wild, undeclared], ignore_index=True)
    after = analyse(more, epochs, plan)
    for one, other in zip(before.pooled, after.pooled, strict=True):
        assert one.comparison.paired.effect == other.comparison.paired.effect
    assert {run.condition.budget for run in before.runs} == {EPOCHS}
    conditions = {
        (budget, s.condition.budget)
        for one in after.budgets.compared
        for budget, pooled in one.by_budget.items()
        for s in pooled.settings
    }
    assert conditions == {(EPOCHS, EPOCHS), (SECONDS, SECONDS)}


def test_the_page_is_about_the_first_budget(arms):
    frames = arms({EPOCHS: 0.02, SECONDS: -0.02})
    for first, other, verdict in ((EPOCHS, SECONDS, "better"), (SECONDS, EPOCHS, "worse")):
        plan = plan_for(first, other)
        analysis = analyse(*frames, plan)
        budgets = {c.setting.condition.budget for c in analysis.comparisons}
        assert budgets == {s.setting.condition.budget for s in analysis.summaries} == {first}
        answer = answer_alone(*frames, plan)
        assert answer is not None
        assert answer.rows == study_report(analysis, {}).view().answer.rows
        assert answer.rows[1].entries[0].verdict_words.endswith(verdict)
        view = study_report(analysis, {}).view()
        assert f"is under {first}; 16 runs under {other} are in the section" in view.facts


def test_arms_share_alpha(arms):
    gains = {EPOCHS: 0.02, SECONDS: 0.0, CONVERGED: 0.0}
    frames = arms(gains)
    runs, epochs = frames
    alone = analyse(runs[runs.budget == EPOCHS], epochs, plan_for(EPOCHS, SECONDS, CONVERGED))
    beside = analyse(*frames, plan_for(EPOCHS, SECONDS, CONVERGED))
    [one], [three] = (
        [p.comparison for p in a.pooled if p.comparison.metric.column == "test_accuracy"]
        for a in (alone, beside)
    )
    assert one.paired.tests.p == three.paired.tests.p
    assert three.adjusted.p == pytest.approx(3 * one.adjusted.p)


def test_verdicts_of_every_budget_decide_a_study(arms):
    frames = arms({EPOCHS: 0.02, SECONDS: -0.02})
    plan = plan_for(EPOCHS, SECONDS)
    assert primary_verdicts(*frames, plan) == {
        "noprop-dt under 12 epochs": "better",
        "noprop-dt under 5 s of training": "worse",
    }
    found = {
        p.comparison.setting.condition.budget: p.comparison.adjusted.p
        for p in primary_pooled(*frames, plan)
    }
    analysis = analyse(*frames, plan)
    [one] = [o for o in analysis.budgets.compared if o.metric.column == "test_accuracy"]
    assert found == {b: p.comparison.adjusted.p for b, p in one.by_budget.items()}


def test_all_budgets_are_asked_for_the_same_default_target(arms):
    frames = arms({EPOCHS: 0.0, SECONDS: 0.0})
    runs, epochs = frames
    slow = epochs.cell.isin(runs[runs.budget == SECONDS].cell)
    halved = epochs.validation_accuracy.where(~slow, epochs.validation_accuracy / 2)
    analysis = analyse(runs, epochs.assign(validation_accuracy=halved), plan_for(EPOCHS, SECONDS))
    assert [target.condition.budget for target in analysis.targets] == [EPOCHS]
    [one] = [o for o in analysis.budgets.compared if o.metric.column == TARGET]
    censored = one.by_budget[SECONDS].comparison.paired.censoring
    assert (censored.candidate_reached, censored.baseline_reached) == (0, 0)


def test_every_format_has_the_arms(arms):
    frames = arms({EPOCHS: 0.02, SECONDS: -0.02})
    report = study_report(analyse(*frames, plan_for(EPOCHS, SECONDS)), {})
    for name in sorted(FORMATS.keys() - {"csv", "latex-tables"}):
        assert "turns round" in render_as(name, report), name
    pooled = {(r.budget, r.verdict) for r in report.rows() if r.kind == "pooled" and
              r.metric == "test_accuracy"}  # fmt: skip
    assert pooled == {(EPOCHS, "better"), (SECONDS, "worse")}
    assert "5 s of training" in render_as("csv", report)


def test_absolute_results_and_failures_of_every_budget_are_on_the_page(arms):
    runs, epochs = arms({EPOCHS: 0.02, SECONDS: -0.02, CONVERGED: 0.0})
    lost = runs.index[(runs.budget == SECONDS) & (runs.method == "noprop-dt")][:2]
    values = ["test_accuracy", "validation_accuracy", "train_seconds", "epoch_seconds"]
    runs.loc[lost, "status"], runs.loc[lost, values] = "diverged", np.nan
    runs.loc[lost, "failure"] = "loss is nan"
    report = study_report(analyse(runs, epochs, plan_for(EPOCHS, SECONDS, CONVERGED)), {})
    view = report.view()
    by_slug = {s.slug: s for s in view.sections}
    # The top is about the first budget, under which nothing failed.
    assert view.warnings == ()
    [said] = by_slug["budgets"].warnings
    assert said.startswith("2 runs of 16 under 5 s of training diverged (noprop-dt).")
    [failed] = by_slug["failures"].tables
    place = [c.label for c in failed.columns].index("Budget")
    assert [row[place].text for row in failed.rows] == [SECONDS] * 2
    absolute = [t for t in by_slug["budgets"].tables if t.caption.startswith("By setting")]
    assert [t.caption.split(":")[0] for t in absolute] == [
        "By setting, 5 s of training", "By setting, convergence",
    ]  # fmt: skip
    for table, budget in zip(absolute, (SECONDS, CONVERGED), strict=True):
        at = [c.label for c in table.columns].index("Test accuracy")
        for row in table.rows:
            own = runs[(runs.budget == budget) & (runs.method == row[at - 1].method)]
            assert row[at].value == pytest.approx(100 * own.test_accuracy.mean())
    means = {(r.budget, r.method) for r in report.rows() if r.kind == "mean"}
    assert means == {(b, m) for b in (EPOCHS, SECONDS, CONVERGED) for m in SMALL["methods"]}


def test_a_method_of_another_budget_alone_has_its_results_there(arms):
    runs, epochs = arms({EPOCHS: 0.0, SECONDS: 0.0})
    other = (runs.budget == SECONDS) & (runs.method == "noprop-dt")
    kept = runs[(runs.method == "backprop") | other]
    [table] = [
        t
        for t in section(analyse(kept, epochs, plan_for(EPOCHS, SECONDS))).tables
        if t.caption.startswith("By setting")
    ]
    assert [c.method for row in table.rows for c in row if c.method] == ["backprop", "noprop-dt"]


def test_one_budget_has_no_such_section(study, plan):
    analysis = analyse(*study(**SMALL), plan)
    assert analysis.budgets.compared == ()
    assert all(s.slug != "budgets" for s in study_report(analysis, {}).view().sections)


def test_any_false_claim_under_any_of_three_budgets_is_rare():
    """Without any difference, 3 candidates under 3 budgets alarm in at most 5 % of studies."""
    from reports.statistics.candidates import Candidate, judge_candidates
    from reports.statistics.equivalence import Verdict
    from reports.statistics.paired import paired_difference

    rng, studies, alarms = np.random.default_rng(5), 300, 0
    for _ in range(studies):
        # The baseline's luck and the seed's are shared by all arms of a study.
        shared = rng.normal(size=(6, 1, 1))
        base = rng.normal(size=(6, 1, 3)) + shared
        effects = (rng.normal(size=(6, 3, 3)) + shared - base).reshape(6, 9)
        judged = judge_candidates(
            [
                Candidate(
                    e := paired_difference(effect, np.zeros(6), margin=0.01, thorough=False),
                    (e,), 1, (),
                )
                for effect in effects.T
            ],
            higher_is_better=True, alpha=0.05, power=0.8,
        )  # fmt: skip
        alarms += any(j.pooled.judgement.verdict is not Verdict.INCONCLUSIVE for j in judged)
    assert alarms / studies <= 0.05 + 2 * (0.05 * 0.95 / studies) ** 0.5
