"""A warning stands beside what it concerns, and at the top only if it changes the answer."""

import numpy as np
import pandas as pd
import pytest

from reports.display.words import levels, ranges, spans
from reports.formats.formats import render_as
from reports.input.plan import Plan
from reports.page.analysis import analyse
from reports.page.build import build_view
from reports.page.report import study_report
from reports.warnings.found import KINDS
from reports.warnings.measuring import UnsteadyTimes
from reports.warnings.partners import OneSided

PLAN = Plan.declared({"title": "s", "baseline": "backprop"})


@pytest.fixture(scope="module")
def analysis(study):
    runs, epochs = study(("backprop", "noprop-dt"), (64, 128), (2, 4, 8, 16), seeds=6)
    lone = (runs["method"] == "backprop") & (runs["batch_size"] == 128)
    cells = set(runs[lone]["cell"])
    steady = np.where(runs.index % 5 == 0, False, True)
    kept = runs.assign(steady=steady)[~lone].reset_index(drop=True)
    norms = pd.DataFrame(
        {"cell": kept["cell"], "epoch": 1, "block": 1, "blocks": 2, "gradient_norm": 1.0}
    )
    curves = epochs[~epochs["cell"].isin(cells)].reset_index(drop=True)
    return analyse(kept, curves, PLAN, gradients=norms)


def test_what_concerns_a_section_alone_stands_there_alone(analysis):
    view = build_view(analysis, {})
    [unsteady] = [c.sentence() for c in analysis.caveats if isinstance(c, UnsteadyTimes)]
    assert unsteady not in view.warnings
    assert [s.slug for s in view.sections if unsteady in s.warnings] == ["results"]


def test_missing_partners_are_told_at_the_top_and_in_every_section_they_concern(analysis):
    view = build_view(analysis, {})
    [partners] = [c.sentence() for c in analysis.caveats if isinstance(c, OneSided)]
    assert partners in view.warnings
    assert [s.slug for s in view.sections if partners in s.warnings] == ["effects", "seeds"]
    assert "digits, batch size 128, T = 2–16 (4 values) (noprop-dt alone)" in partners


@pytest.mark.parametrize("name", ["html", "markdown", "latex"])
def test_no_warning_is_lost_in_any_format(analysis, name):
    text = render_as(name, study_report(analysis, {}))
    assert "drift or scatter" in text
    assert "do not meet everywhere" in text


def test_without_its_section_a_warning_stands_at_the_top(analysis):
    view = build_view(analysis, {}, sections=())
    assert set(view.warnings) == {caveat.sentence() for caveat in analysis.caveats}


def test_sections_of_warnings_are_those_of_the_page(analysis):
    slugs = {section.slug for section in build_view(analysis, {}).sections}
    assert {slug for kind in KINDS for slug in kind.sections} <= slugs | {"budgets"}


def test_numbers_are_written_as_ranges():
    assert ranges([0, 1, 2, 3, 7, 9, 10]) == "0–3, 7 and 9–10"
    assert ranges([4]) == "4"
    busy = ["others used 0.7 of 2 cores", "hot", "others used 0.4 of 2 cores", "hot"]
    assert spans(busy) == ["others used 0.4–0.7 of 2 cores", "hot"]
    assert spans(["1 of 2", "2 of 3"]) == ["1 of 2", "2 of 3"]
    assert levels([4, 2]) == "2, 4"
    assert levels([2, 4, 8, 16, 64]) == "2–64 (5 values)"
