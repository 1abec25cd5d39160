"""The answer: what the pooled comparisons say, on one screen, the same everywhere."""

import re

import pytest
from rich.console import Console
from synthetic import study

from reports.answer.matrix import answer
from reports.formats.formats import render_as
from reports.formats.terminal import printable
from reports.input.plan import Plan
from reports.page.analysis import analyse
from reports.page.answer import answer_alone
from reports.page.html import to_html
from reports.page.report import study_report

PLAN = Plan(baseline="backprop", title="s")


@pytest.fixture(scope="module")
def frames():
    return study(methods=("backprop", "noprop-dt", "classifier"), seeds=8)


@pytest.fixture(scope="module")
def analysis(frames):
    return analyse(*frames, PLAN)


@pytest.fixture(scope="module")
def found(analysis):
    return answer(analysis.arms, analysis.context)


def test_what_is_compared_with_nothing_comes_last(study, plan):
    runs, epochs = study(("backprop", "classifier", "noprop-dt"), (64,), (2,), seeds=4)
    runs.loc[runs.method == "classifier", "budget"] = "1 epoch"
    found = answer_alone(runs, epochs, plan)
    assert [row.method for row in found.rows] == ["backprop", "noprop-dt", "classifier"]


def test_values_over_other_timesteps_than_the_baseline_s_say_so(study, plan):
    runs, epochs = study(("backprop", "classifier", "noprop-dt"), (64,), (2, 4, 8), seeds=4)
    few = (runs.method == "noprop-dt") & (runs.timesteps == 8)
    found = answer_alone(runs[~few], epochs, plan)
    notes = {row.method: row.note for row in found.rows}
    assert notes["noprop-dt"] == "T = 2, 4"
    assert notes["classifier"] == ""
    assert notes["backprop"] == "baseline; T = 2, 4, 8"
    assert "effects are of what both ran" in found.how_to_read
    assert "effects are of what both ran" not in answer_alone(runs, epochs, plan).how_to_read


def test_every_entry_is_a_pooled_comparison(analysis, found) -> None:
    pooled = {(p.comparison.candidate, p.comparison.metric.name): p for p in analysis.pooled}
    for row in found.rows:
        for column, entry in zip(found.columns, row.entries, strict=True):
            own = pooled.get((row.method, column.label))
            assert bool(entry.effect) == (own is not None)
            if own is not None:
                assert entry.verdict_words.endswith(str(own.comparison.verdict))


def test_the_baseline_stands_first_with_values_alone(found) -> None:
    first = found.rows[0]
    assert (first.method, first.note) == ("backprop", "baseline")
    assert all(entry.value and not entry.effect for entry in first.entries)


def test_a_sentence_says_each_verdict_with_effect_and_n(analysis, found) -> None:
    said = dict(found.sentences)
    assert set(said) == {"noprop-dt", "classifier"}
    for p in analysis.pooled:
        c = p.comparison
        if c.metric.name not in [column.label for column in found.columns]:
            continue
        assert c.metric.name.lower() in said[c.candidate]
    assert re.search(r"better in [^;]*peak memory \(×", said["noprop-dt"])
    assert all(text.endswith("Mean over 4 settings, 8 seeds.") for text in said.values())


def test_the_answer_alone_is_the_page_s(frames, found) -> None:
    assert answer_alone(*frames, PLAN) == found


def test_nothing_is_answered_where_nothing_is_compared() -> None:
    frames = study(methods=("backprop",))
    assert answer_alone(*frames, PLAN) is None


def test_one_seed_decides_nothing_and_says_why() -> None:
    """It once said "undecided in ..., mean over 0 settings, 0 seeds"."""
    said = answer_alone(*study(methods=("backprop", "noprop-dt"), seeds=1), PLAN)
    assert said is not None
    assert [text for _, text in said.sentences] == [
        "noprop-dt is not compared: no setting has 3 seeds at which it and backprop both finished."
    ]


def test_the_page_begins_with_it(analysis, found) -> None:
    html = to_html(study_report(analysis, {}))
    assert html.index('id="answer"') < html.index('id="verdicts"')
    assert html.count('<td class="entry') == len(found.rows) * len(found.columns)


def test_json_has_it_too(analysis) -> None:
    assert '"answer"' in render_as("json", study_report(analysis, {}))


def test_the_terminal_shows_it_on_one_screen(found) -> None:
    console = Console(width=100, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(printable(found))
    text = captured.get()
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 100
    assert len(text.splitlines()) < 40
    assert re.search(r"▼ worse|▲ better", text)


def test_failures_are_said() -> None:
    runs, epochs = study(
        methods=("backprop", "noprop-dt"), seeds=8, diverged=("noprop-dt", 64, 2, 3)
    )
    said = dict(answer_alone(runs, epochs, PLAN).sentences)
    assert "1 of 32 runs failed" in said["noprop-dt"]
