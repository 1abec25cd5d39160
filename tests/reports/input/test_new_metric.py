"""A metric is one row: a test adds one from outside and finds it wherever metrics are shown."""

import csv
import io
import json
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from reports.changes.estimates import compare_sets
from reports.changes.words import regression_lines
from reports.formats.formats import FORMATS, render_as
from reports.input.metrics import METRICS, Margin, Metric, Regression, Scale, Shown, regressions
from reports.input.plan import Plan, PlanError
from reports.input.units import Unit, Units
from reports.page.analysis import analyse
from reports.page.build import build_view
from reports.page.changes import changes_report
from reports.page.report import study_report

CARBON = Metric(
    column="carbon_grams",
    slug="carbon",
    name="Carbon",
    units=Units("g", (Unit("mg", 1e-3), Unit("g"))),
    scale=Scale.RATIO,
    higher_is_better=False,
    margin=Margin("carbon_percent", 3.0, "carbon"),
    better_words="cleaner than",
    worse_words="dirtier than",
    equivalent_words="as clean, within the margin, as",
    meaning="grams of carbon dioxide; lower is better",
    optional=True,
    shown=frozenset(Shown),
    regression=Regression("dirtier", "dirtier"),
)


@pytest.fixture
def carbon() -> Iterator[None]:
    METRICS.append(CARBON)
    yield
    METRICS.remove(CARBON)


@pytest.fixture
def frames(study):
    runs, epochs = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2, 5))
    noise = np.exp(np.random.default_rng(3).normal(0, 0.01, len(runs)))
    twice = np.where(runs.method == "noprop-dt", 2.0, 1.0)
    return runs.assign(carbon_grams=0.5 * twice * noise), epochs


@pytest.mark.usefixtures("carbon")
@pytest.mark.parametrize("name", FORMATS)
def test_one_row_is_in_every_format(frames, plan, name):
    text = render_as(name, study_report(analyse(*frames, plan), {}))
    assert "arbon" in text
    if name == "csv":
        rows = [row for row in csv.DictReader(io.StringIO(text)) if row["metric"] == "carbon_grams"]
        assert {row["kind"] for row in rows} == {
            "mean", "pooled", "comparison", "trend", "interaction", "improvement",
        }  # fmt: skip
        assert {row["unit"] for row in rows if row["kind"] == "mean"} == {"g"}
        assert {float(row["margin"]) for row in rows if row["kind"] == "comparison"} == {1.03}
    if name == "json":
        assert json.loads(text)["plan"]["margins"]["carbon_percent"] == 3.0


@pytest.mark.usefixtures("carbon")
def test_one_row_is_in_every_place_of_the_page(frames, plan):
    view = build_view(analyse(*frames, plan), {})
    assert "Carbon" in [verdict.name for verdict in view.verdicts]
    tables = {table.caption for section in view.sections for table in section.tables}
    for caption in (
        "Carbon: each method against backprop, paired by seed",
        "Carbon: effect sizes, power and sensitivity",
        "Carbon: change over T and over batch size",
        "Carbon: does the gap to backprop depend on T or batch size",
    ):
        assert caption in tables
    [main] = [
        table for section in view.sections for table in section.tables
        if table.caption.startswith("Mean and 95 %")
    ]  # fmt: skip
    assert ("Carbon", "g") in [(column.label, column.unit) for column in main.columns]
    slugs = {picture.slug for section in view.sections for picture in section.pictures}
    assert {"carbon-seeds-1", "carbon-over-t-1", "carbon-pareto-1"} <= slugs
    items = dict(item for section in view.sections for item in section.items)
    assert items["Margin, carbon"] == "3 % either way (default, not declared by the study)"


@pytest.mark.usefixtures("carbon")
def test_a_study_may_judge_by_it(frames):
    declared = {"margins": {"carbon_percent": 150}, "primary_metric": "carbon_grams"}
    plan = Plan.declared({"title": "x", "baseline": "backprop"} | declared)
    view = build_view(analyse(*frames, plan), {})
    assert (view.verdicts[0].name, view.verdicts[0].is_primary) == ("Carbon", True)
    assert "2 equivalent" in view.verdicts[0].headline
    assert "margins.carbon_percent" not in plan.defaulted


@pytest.mark.usefixtures("carbon")
def test_two_sets_are_watched_for_it(frames, plan):
    runs, epochs = frames
    noise = np.exp(np.random.default_rng(4).normal(0, 0.01, len(runs)))
    worse = runs.assign(carbon_grams=runs.carbon_grams * 1.5 * noise)
    changes = compare_sets((worse, epochs), frames, plan)
    assert len(regression_lines(changes, regressions()["dirtier"])) == 4
    assert "is dirtier than in reference" in render_as("html", changes_report(changes))


def test_without_the_row_nobody_knows_it(frames, plan):
    assert "arbon" not in render_as("html", study_report(analyse(*frames, plan), {}))
    with pytest.raises(PlanError, match="carbon_percent"):
        Plan.declared({"title": "x", "baseline": "b", "margins": {"carbon_percent": 1}})


def test_a_frame_without_optional_metrics_says_nothing_of_them(study, plan):
    view = build_view(analyse(*study(), plan), {})
    shown = json.dumps([str(section) for section in view.sections]) + str(view.verdicts)
    for metric in METRICS:
        assert (metric.name in shown) is not metric.optional, metric.name


def test_what_was_not_measured_under_a_condition_is_not_ranked_there(frames, plan):
    runs, epochs = frames
    runs = runs.assign(energy_joules=runs.carbon_grams)
    cpu = runs.assign(energy_joules=np.nan, device="cpu", cell=runs.cell + "-cpu")
    cpu.loc[cpu.seed == 0, "status"] = "diverged"
    both = pd.concat([runs.assign(device="cuda"), cpu], ignore_index=True)
    analysis = analyse(both, epochs, plan)
    assert {
        i.condition.device for i in analysis.improvements if i.metric.column == "energy_joules"
    } == {"cuda"}
