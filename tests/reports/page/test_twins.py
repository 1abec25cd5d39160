"""Methods whose results are equal run by run are named once and shown once, and nothing is lost."""

import pandas as pd
import pytest

from reports.claims.evidence import Measure
from reports.formats.formats import render_as
from reports.input.plan import Plan
from reports.page.analysis import analyse
from reports.page.answer import answer_alone
from reports.page.build import build_view
from reports.page.html import to_html
from reports.page.report import study_report
from reports.page.rows import estimate_rows

FIRST, SECOND = "joint-shared", "noprop-shared"
JOINT = f"{FIRST} = {SECOND}"


def frames_of(study, *more):
    """Give one method the accuracies and curves of another, and `more` columns of it."""
    runs, epochs = study(methods=("backprop", SECOND, FIRST, "classifier"), seeds=5)
    for frame, columns in (
        (runs, ["test_accuracy", "validation_accuracy", *more]), (epochs, ["validation_accuracy"])
    ):  # fmt: skip
        mine, theirs = (frame["method"] == name for name in (FIRST, SECOND))
        frame.loc[mine, columns] = frame.loc[theirs, columns].to_numpy()
    return runs, epochs


@pytest.fixture(scope="module")
def dear(study):
    return frames_of(study)


@pytest.fixture(scope="module")
def same(study):
    return frames_of(study, "peak_memory_bytes")


def drawn(view, slug):
    pictures = [p for p in view.pictures if p.slug.startswith(slug)]
    marks = [m for p in pictures for panel in p.plot.panels for m in panel.marks]
    found = {getattr(m, "method", getattr(m, "candidate", "")) for m in marks}
    return found - {"", "backprop"}


def named(view, section, group=""):
    [found] = [s for s in view.sections if s.slug == section]
    tables = [t for t in found.tables if t.group == group]
    return {c.text for t in tables for row in t.rows for c in row if c.method} - {"backprop"}


def test_the_same_computation_is_one_everywhere(same, plan):
    analysis = analyse(*same, plan)
    assert [(t.methods, t.same_cost) for t in analysis.twins] == [((FIRST, SECOND), True)]
    view = build_view(analysis, {})
    for slug in (
        "accuracy-seeds", "epoch-time-seeds", "accuracy-over-b", "epoch-time-over-b", "curves",
        "profiles", "train-time-pareto",
    ):  # fmt: skip
        assert drawn(view, slug) == {JOINT, "classifier"}, slug
    for place in (("results",), ("effects", "Test accuracy"), ("effects", "Time per epoch")):
        assert named(view, *place) == {JOINT, "classifier"}, place
    assert (FIRST, f"{SECOND}: equal run by run") in [(r.method, r.note) for r in view.answer.rows]
    assert len(view.answer.rows) == 3
    assert answer_alone(*same, plan) == view.answer


def test_equal_results_at_another_cost_are_one_in_accuracy_alone(dear, plan):
    analysis = analyse(*dear, plan)
    assert [(t.methods, t.same_cost) for t in analysis.twins] == [((FIRST, SECOND), False)]
    view = build_view(analysis, {})
    for slug in ("accuracy-seeds", "accuracy-over-b", "profiles"):
        assert drawn(view, slug) == {JOINT, "classifier"}, slug
    for slug in ("epoch-time-seeds", "epoch-time-over-b", "curves", "train-time-pareto"):
        assert drawn(view, slug) == {FIRST, SECOND, "classifier"}, slug
    assert named(view, "effects", "Test accuracy") == {JOINT, "classifier"}
    assert named(view, "effects", "Time per epoch") == {FIRST, SECOND, "classifier"}
    assert named(view, "results") == {FIRST, SECOND, "classifier"}
    assert len(view.answer.rows) == 4
    assert view.styles[JOINT] == view.styles[FIRST]
    [said] = [text for text in view.warnings if "same results" in text]
    assert said.startswith(f"{FIRST} and {SECOND} came to the same results")


def test_a_filter_shows_what_stands_for_the_chosen_method(dear, plan):
    html = to_html(study_report(analyse(*dear, plan), {}))
    assert JOINT not in html.split('id="filter-method"')[1].split("</select>")[0]
    assert 'data-m="3 4"' in html


@pytest.mark.parametrize("name", ["markdown", "latex", "csv", "json"])
def test_every_format_can_be_written(dear, plan, name):
    assert SECOND in render_as(name, study_report(analyse(*dear, plan), {}))


def test_flat_rows_have_both_and_say_which_is_the_other(same, plan):
    rows = list(estimate_rows(analyse(*same, plan)))
    theirs = [row for row in rows if row.method == SECOND]
    assert len(theirs) > 20
    assert {row.same_as for row in theirs} == {FIRST}
    assert {row.same_as for row in rows if row.method != SECOND} == {""}


def test_one_value_apart_makes_no_twins(same, plan):
    runs, epochs = same[0].copy(), same[1].copy()
    last = epochs.index[epochs["method"] == FIRST][-1]
    epochs.loc[last, "validation_accuracy"] += 1e-9
    assert analyse(runs, epochs, plan).twins == ()
    runs.loc[runs.index[runs["method"] == FIRST][0], "status"] = "diverged"
    assert analyse(runs, same[1], plan).twins == ()


ROLES = {
    "local": "noprop-dt", "chained": "backprop", "rivals": [FIRST, SECOND],
}  # fmt: skip


@pytest.fixture(scope="module")
def claimed(study):
    """Make two rivals of the chain twins; a third is none."""
    runs, epochs = study(
        methods=("backprop", "noprop-dt", SECOND, FIRST, "classifier"), batch_sizes=(64,), seeds=8
    )
    for frame, columns in (
        (runs, ["test_accuracy", "validation_accuracy"]), (epochs, ["validation_accuracy"])
    ):  # fmt: skip
        mine, theirs = (frame["method"] == name for name in (FIRST, SECOND))
        frame.loc[mine, columns] = frame.loc[theirs, columns].to_numpy()
    return runs, epochs


def chain_of(claims):
    return claims[4].evidence


def test_evidence_against_twins_is_shown_once_and_counts_as_often_as_it_was_tested(claimed):
    plan = Plan.declared(
        {"title": "s", "baseline": "backprop", "claims": {**ROLES, "rivals": [FIRST, SECOND,
         "classifier"]}}
    )  # fmt: skip
    analysis = analyse(*claimed, plan)
    whole = [e for e in analysis.claims[4].deciding if e.measure is Measure.ACCURACY]
    assert {e.against for e in whole} == {FIRST, SECOND, "classifier"}
    view = build_view(analysis, {})
    [claims] = [s for s in view.sections if s.slug == "claims"]
    verdicts, evidence, *_ = claims.tables
    assert {row[-1].text for row in verdicts.rows[4:]} == {
        counted_before(analysis.claims[4].deciding)
    }
    against = [row[at].text for row in evidence.rows for at in against_column(evidence)]
    assert against.count(JOINT) == 1
    assert FIRST not in against
    assert f"against {JOINT} (" in claims.items[4][1]


def against_column(table):
    return [i for i, column in enumerate(table.columns) if column.label == "Against"]


def counted_before(deciding):
    says = [str(e.says) for e in deciding]
    return ", ".join(f"{says.count(word)} {word}" for word in ("for", "against", "open"))


def norms_of(runs, same):
    """Give every run a norm at two blocks; those of twins are equal if asked for."""
    rows = [
        (run.cell, 1, block, 2, 1.0 + block + (0.0 if same or run.method != FIRST else 0.5))
        for run in runs.itertuples() for block in (1, 2)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["cell", "epoch", "block", "blocks", "gradient_norm"])


@pytest.mark.parametrize("equal", [True, False])
def test_gradients_of_twins_are_one_where_they_are_equal(dear, plan, equal):
    analysis = analyse(*dear, plan, gradients=norms_of(dear[0], equal))
    view = build_view(analysis, {})
    shown = {JOINT, "classifier"} if equal else {FIRST, SECOND, "classifier"}
    assert named(view, "gradients") == shown
    panels = [p for f in view.pictures if f.slug.startswith("gradient") for p in f.plot.panels]
    assert {p.title for p in panels} == shown | {"backprop"}


def budgets_frames(same, apart=0.0):
    """Run everything under a second budget too, where one twin may be better by `apart`."""
    runs, epochs = same
    more = runs.assign(budget="5 s", cell=runs["cell"] + "-s")
    better = more["method"] == FIRST
    more.loc[better, "test_accuracy"] = more.loc[better, "test_accuracy"] - apart
    curves = epochs.assign(cell=epochs["cell"] + "-s")
    return (
        pd.concat([runs, more], ignore_index=True),
        pd.concat([epochs, curves], ignore_index=True),
    )


def test_twins_under_every_budget_are_one_beside_budgets_too(same, dear):
    plan = Plan.declared({"title": "s", "baseline": "backprop", "budgets": ("12 epochs", "5 s")})
    view = build_view(analyse(*budgets_frames(same), plan), {})
    assert named(view, "budgets") == named(view, "budgets", "Time per epoch")
    assert named(view, "budgets") == {JOINT, "classifier"}
    view = build_view(analyse(*budgets_frames(dear), plan), {})
    assert named(view, "budgets", "Test accuracy") == {JOINT, "classifier"}
    assert named(view, "budgets", "Time per epoch") == {FIRST, SECOND, "classifier"}
    assert named(view, "budgets") == {FIRST, SECOND, "classifier"}
    # Equal under one budget alone: one where the page is about that, two beside each other.
    view = build_view(analyse(*budgets_frames(same, apart=0.01), plan), {})
    assert named(view, "results") == {JOINT, "classifier"}
    assert named(view, "budgets", "Test accuracy") == {FIRST, SECOND, "classifier"}


def test_a_twin_of_the_baseline_goes_by_the_baseline_s_name(same, plan):
    own = plan.model_copy(update={"baseline": SECOND})
    view = build_view(analyse(*same, own), {})
    assert drawn(view, "accuracy-over-b") == {SECOND, "classifier"}
