"""Methods whose results are equal run by run are named once and shown once, and nothing is lost."""

import pytest

from reports.formats.formats import render_as
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


def test_a_twin_of_the_baseline_goes_by_the_baseline_s_name(same, plan):
    own = plan.model_copy(update={"baseline": SECOND})
    view = build_view(analyse(*same, own), {})
    assert drawn(view, "accuracy-over-b") == {SECOND, "classifier"}
