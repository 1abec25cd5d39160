"""The index: every study with its verdicts, in order, self-contained, safe with hostile names."""

import dataclasses
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from reports.display.border import Border
from reports.input.plan import Plan
from reports.page.analysis import analyse
from reports.page.index import (
    index_view,
    relative_href,
    render_index,
    study_card,
)

HOSTILE = "<script>alert(1)</script>\"'&"


class Reader(HTMLParser):
    """Collects what a browser would see: tags with attributes, links and text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.links, self.text = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_data(self, data):
        self.text.append(data)

    @property
    def words(self):
        return " ".join("".join(self.text).split())


@pytest.fixture(scope="module")
def analysis(study):
    frames = study(batch_sizes=(64,), timesteps=(2, 5), epochs=3, diverged=("noprop-dt", 64, 5, 3))
    plan = {"title": "A synthetic study", "baseline": "backprop", "description": "What it is for."}
    return analyse(*frames, Plan.declared(plan))


@pytest.fixture(scope="module")
def card(analysis):
    return study_card(analysis, "synthetic/report.html")


def test_a_card_says_what_the_study_is_and_how_it_came_out(card, analysis):
    assert (card.name, card.description) == ("A synthetic study", "What it is for.")
    assert card.metric == "Test accuracy"
    assert (card.runs, card.finished, card.failed) == (54, 53, 1)
    assert (card.datasets, card.methods) == (("digits",), analysis.context.methods)
    assert card.methods[0] == "backprop"
    assert card.facts == (
        "53 of 54 runs finished: 5 methods on digits, 6 seeds, baseline backprop."
    )
    counts = {pill.verdict: int(pill.text.split()[1]) for pill in card.pills}
    assert sum(counts.values()) == 8
    primary = [c for c in analysis.comparisons if c.metric.column == "test_accuracy"]
    assert all(sum(c.verdict == v for c in primary) == n for v, n in counts.items())
    assert card.primary.startswith("8 comparisons with backprop: ")
    assert card.warnings == len(analysis.caveats) >= 1


def test_the_primary_metric_is_the_study_s_own(study, plan):
    frames = study(batch_sizes=(64,), timesteps=(2,), epochs=3)
    memory = plan.model_copy(update={"primary_metric": "peak_memory_bytes"})
    by_accuracy = study_card(analyse(*frames, plan), "a/report.html")
    by_memory = study_card(analyse(*frames, memory), "a/report.html")
    assert by_memory.metric == "Peak memory"
    assert by_memory.pills != by_accuracy.pills


def test_measuring_troubles_are_warnings_too(study, plan):
    runs, epochs = study(batch_sizes=(64,), timesteps=(2,), epochs=3)
    quiet = study_card(analyse(runs, epochs, plan), "a/report.html")
    busy = study_card(analyse(runs.assign(disturbed="others"), epochs, plan), "a/report.html")
    assert busy.warnings == quiet.warnings + 1


def test_dates_are_those_of_the_first_and_the_last_run(study, plan):
    runs, epochs = study(batch_sizes=(64,), timesteps=(2,), epochs=3, seeds=3)
    runs.loc[runs.seed == 0, "started_at"] = "2025-12-31T23:59:59+00:00"
    runs.loc[runs.seed == 2, "started_at"] = "2026-02-03T04:05:06+00:00"
    card = study_card(analyse(runs, epochs, plan), "a/report.html")
    assert (card.first_run, card.last_run) == ("2025-12-31", "2026-02-03")
    html = render_index(index_view([card]))
    assert "2025-12-31 to 2026-02-03" in Reader(html).words
    one_day = study_card(analyse(*study(batch_sizes=(64,), epochs=3), plan), "a/report.html")
    assert " to 2026" not in Reader(render_index(index_view([one_day]))).words


def test_the_study_that_ran_last_stands_first(card):
    """Within a day too: the time of day decides, and then the name."""
    times = {"b": "2026-01-02T08:00:00", "a": "2026-01-02T09:00:00", "d": "2026-03-01T00:00:00",
             "c": "2026-01-02T08:00:00", "never": ""}  # fmt: skip
    cards = [dataclasses.replace(card, name=n, started_last=t) for n, t in times.items()]
    assert [c.name for c in index_view(cards).cards] == ["d", "a", "b", "c", "never"]
    assert index_view(cards) == index_view(reversed(cards))


def test_the_page_is_one_file_without_scripts(card):
    html = render_index(index_view([card]))
    page = Reader(html)
    assert {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe"} == set()
    policies = [a["content"] for _, a in page.tags if a.get("http-equiv")]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert not any({"src", "style"} & set(a) for _, a in page.tags)
    assert not re.search(r"@import|url\(", html)
    assert page.links == ["synthetic/report.html"]
    assert html.startswith("<!DOCTYPE html>")
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels == [1, 2, 3]


def test_only_classes_of_the_report_s_style_are_used(card):
    html = render_index(index_view([card]))
    style, _, body = html.partition("</style>")
    used = {name for _, a in Reader(body).tags for name in a.get("class", "").split()}
    assert {"card", "pill", "facts"} <= used
    assert all(re.search(rf"\.{name}\b", style) for name in used)


def test_everything_on_a_card_is_shown(card):
    page = Reader(render_index(index_view([card])))
    for text in (card.name, card.description, card.metric, card.primary, card.facts, card.file,
                 "Runs that failed: 1", f"Warnings in the report: {card.warnings}",
                 *(pill.text for pill in card.pills), *card.methods):  # fmt: skip
        assert text in page.words
    assert f"pill {card.pills[0].verdict}" in [a.get("class") for _, a in page.tags]


@pytest.mark.parametrize(
    "folder",
    ["plain", "a b", "50%25", "what?#now", "javascript:alert(1)", "a&b<c>'\"", "größe", "a:b"],
)
def test_a_link_leads_to_the_file_whatever_its_folder_is_called(card, folder):
    file = f"{folder}/report.html"
    href = relative_href(file)
    html = render_index(index_view([dataclasses.replace(card, href=href, file=file)]))
    [link] = Reader(html).links
    at = urlsplit(urljoin("file:///some/where/index.html", link))
    assert (at.scheme, at.query, at.fragment) == ("file", "", "")
    assert unquote(at.path) == f"/some/where/{file}"


def test_hostile_names_stay_text(study, plan):
    runs, epochs = study(batch_sizes=(64,), timesteps=(2,), epochs=3, seeds=3)
    runs["method"] = runs["method"].replace("noprop-dt", HOSTILE)
    runs["dataset"] = f"data {HOSTILE}"
    named = plan.model_copy(update={"title": f"title {HOSTILE}", "description": f"for {HOSTILE}"})
    card = study_card(analyse(runs, epochs, named), f"{HOSTILE}/report.html")
    page = Reader(render_index(index_view([card], f"All {HOSTILE}")))
    assert not [tag for tag, _ in page.tags if tag == "script"]
    for text in (f"title {HOSTILE}", f"for {HOSTILE}", f"data {HOSTILE}", f"All {HOSTILE}"):
        assert text in page.words


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (0, "There are no studies here yet."),
        (1, "1 study."),
        (50, "50 studies, the one that ran last first."),
    ],
)
def test_any_number_of_studies_makes_a_page(card, count, says):
    cards = [dataclasses.replace(card, name=f"s{i}", file=f"s{i}") for i in range(count)]
    page = Reader(render_index(index_view(cards), Border(first_steps=("a command",))))
    assert says in page.words
    assert len(page.links) == count
    assert ("a command" in page.words) is (count == 0)


@pytest.mark.parametrize(
    ("keep", "says"),
    [
        (lambda runs: runs[:0], "No runs."),
        (lambda runs: runs[runs.method != "backprop"], "Nothing is compared with backprop."),
        (lambda runs: runs.assign(status="error"), "0 of 15 runs finished"),
    ],
)
def test_a_study_with_little_to_say_has_a_card_all_the_same(study, plan, keep, says):
    runs, epochs = study(batch_sizes=(64,), timesteps=(2,), epochs=3, seeds=3)
    card = study_card(analyse(keep(runs), epochs, plan), "a/report.html")
    page = Reader(render_index(index_view([card])))
    assert says in page.words
    assert "None" not in page.words
