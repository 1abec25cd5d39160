"""The head of the page: when, where and with what the runs were made, from the runs alone."""

import pytest

from reports.display.border import Border
from reports.formats.formats import render_as
from reports.input.plan import Plan
from reports.page.analysis import analyse
from reports.page.build import build_view
from reports.page.report import study_report
from reports.provenance.words import header

PLAN = Plan.declared({"title": "s", "baseline": "backprop"})


@pytest.fixture(scope="module")
def frames(study):
    runs, epochs = study(methods=("backprop", "classifier"), batch_sizes=(64,), seeds=4)
    runs["started_at"] = [f"2026-01-{1 + i % 3:02}T00:{i:02}:00+00:00" for i in range(len(runs))]
    return runs.assign(wall_seconds=90.0), epochs


def told(frames):
    return {fact.term: fact.text for fact in header(analyse(*frames, PLAN).origin)}


def test_dates_durations_and_origins_are_those_of_the_runs(frames):
    runs, _ = frames
    facts = told(frames)
    assert facts["Run on"] == "2026-01-01 to 2026-01-03"
    last = max(runs["started_at"])
    minutes = int(last[14:16]) + 1.5
    hours, whole = f"{48 + minutes / 60:.1f}\u00a0h", f"{1.5 * len(runs):.1f}\u00a0min"
    assert facts["Took"] == f"{hours} from first to last; all runs {whole}"
    assert facts["Machine"] == "a processor"
    assert (facts["Commit"], facts["torch"]) == ("abc1234", "2.11.0")
    assert facts["Budget"] == runs["budget"][0]


def test_what_is_not_recorded_is_not_told(frames):
    runs, epochs = frames
    facts = told((runs.drop(columns="wall_seconds").assign(code_version=""), epochs))
    assert facts.keys() & {"Took", "Commit"} == set()
    assert told((runs.assign(started_at="some day"), epochs)).keys() & {"Run on", "Took"} == set()


def test_of_several_machines_the_number_stands_there_and_leads_on(frames):
    runs, epochs = frames
    runs = runs.assign(device_name=["one", "another"] * (len(runs) // 2))
    found = build_view(analyse(runs, epochs, PLAN), {"device": "one | another"}).origin
    [machine] = [fact for fact in found if fact.term == "Machine"]
    assert (machine.text, machine.section) == ("2 machines", "environment")
    [alone] = [f for f in build_view(analyse(runs, epochs, PLAN), {}).origin if f.term == "Machine"]
    assert alone.section == ""


@pytest.mark.parametrize("name", ["html", "markdown"])
def test_formats_begin_with_it(frames, name):
    border = Border(repeat="python -m bench.run --study 's'")
    text = render_as(name, study_report(analyse(*frames, PLAN), {}, border=border))
    assert "2026-01-01 to 2026-01-03" in text
    assert "python -m bench.run --study" in text
