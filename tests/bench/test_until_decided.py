"""Seeds are added by planned looks, which stay on record, until every verdict is decided."""

import json
from concurrent.futures import Future
from pathlib import Path

import pytest
import torch

from bench import report
from bench.execute.launch import Launch
from bench.records.looks import LookMade, keep_look, looks_made, next_look
from bench.records.reported import keep_trace, reported_seeds
from bench.records.store import RecordStore
from bench.reporting import analysed
from bench.study.cells import expand
from bench.until_decided import look_line, run_until_decided
from noprop_core.errors import InvalidSetting, UserError
from reports.formats.formats import render_as

LOOKS = {"seeds": list(range(8)), "sequential": {"looks": [3, 5, 8]}}


class Made:
    """An executor that trains nothing; `gain` is what candidates are better by."""

    slots = 1

    def __init__(self, record, gain, runs=-1):
        self.record, self.gain, self.left, self.seeds = record, gain, runs, []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def submit(self, job):
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        cell = job.cell
        self.seeds.append(cell.seed)
        luck = (cell.seed + 1) * (len(cell.method) + 1) * 37 % 11 / 100
        gain = 0.0 if cell.method == "backprop" else self.gain
        future = Future()
        future.set_result(self.record(cell, test_accuracies=[0.5 + luck + gain]))
        return future


@pytest.fixture
def looked(study, record, tmp_path):
    """Run the tiny study with looks at 3, 5 and 8 seeds; the same folder goes on."""

    def run(gain, *, runs=-1, rerun=False, **changes):
        store = RecordStore(tmp_path / "results" / "tiny")
        launch = Launch("tiny", torch.device("cpu"), Path("unused"))
        executor = Made(record, gain, runs)
        declared = study(**LOOKS, **changes)
        outcome = run_until_decided(declared, store, launch, executor, rerun=rerun)
        return declared, store, outcome, executor

    return run


def pooled(analysis):
    return {
        p.comparison.candidate: p.comparison
        for p in analysis.pooled
        if p.comparison.metric.column == "test_accuracy"
    }


def test_seeds_are_added_until_all_is_decided_and_no_further(looked, capsys):
    declared, store, outcome, _ = looked(0.2)
    looks = looks_made(store.folder, declared)
    assert [len(look.seeds) for look in looks] == [3, 5]
    assert [look.decided for look in looks] == [False, True]
    assert {r.cell.seed for r in store.load()} == set(range(5))
    assert len(outcome.made) == len({r.cell_id for r in outcome.made}) == 15
    assert not outcome.reused
    assert "look at 5 of at most 8 seeds: 2 of 2 verdicts decided" in capsys.readouterr().out


def test_the_last_look_ends_it_in_any_case(looked, capsys):
    declared, store, *_ = looked(0.0)
    looks = looks_made(store.folder, declared)
    assert [len(look.seeds) for look in looks] == [3, 5, 8]
    assert looks[-1].spent == pytest.approx(0.05)
    assert "this was the last look" in capsys.readouterr().out


def test_what_a_look_sees_is_what_the_report_says(looked):
    declared, store, *_ = looked(0.2)
    last = looks_made(store.folder, declared)[-1]
    _, analysis = analysed(store)
    assert {n: str(c.verdict) for n, c in pooled(analysis).items()} == last.verdicts
    text = render_as("markdown", analysed(store)[0])
    assert "2 made, at 3 and 5 seeds, with .009 of alpha = 0.05 spent" in text
    assert {c.n for c in pooled(analysis).values()} == {5}


def test_a_killed_study_goes_on_and_makes_the_looks_it_would_have_made(looked, study, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        looked(0.2, runs=11)
    store = RecordStore(tmp_path / "results" / "tiny")
    first = (store.folder / "looks" / "3.json").read_bytes()
    _, analysis = analysed(store)
    assert {c.n for c in pooled(analysis).values()} == {3}, "seeds beyond the look are not compared"
    assert any("beyond the last look" in c.sentence() for c in analysis.caveats)
    declared, store, _, executor = looked(0.2)
    assert sorted(set(executor.seeds)) == [3, 4]
    assert [len(look.seeds) for look in looks_made(store.folder, declared)] == [3, 5]
    assert (store.folder / "looks" / "3.json").read_bytes() == first
    *_, executor = looked(0.2)
    assert executor.seeds == [], "what is decided stays so"


def test_before_the_first_look_nothing_is_decided(looked, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        looked(0.4, runs=8)
    _, analysis = analysed(RecordStore(tmp_path / "results" / "tiny"))
    assert {str(c.verdict) for c in pooled(analysis).values()} == {"inconclusive"}
    assert any("first look has not been made" in c.sentence() for c in analysis.caveats)


def test_of_two_runners_that_look_at_the_same_the_first_counts(looked):
    declared, store, *_ = looked(0.2)
    [_, last] = looks_made(store.folder, declared)
    other = last.model_copy(update={"made_at": "later"})
    assert keep_look(store.folder, other) == last
    assert looks_made(store.folder, declared)[-1] == last
    assert not list((store.folder / "looks").glob(".*"))


def test_a_look_without_any_comparison_says_so(looked, study):
    _, store, *_ = looked(0.2)
    declared = study(**LOOKS)
    made = looks_made(store.folder, declared)[-1]
    empty = made.model_copy(update={"verdicts": {}, "undecided": [], "seeds": declared.seeds})
    assert look_line(empty, declared).startswith(
        "look at 8 of at most 8 seeds: no method can be compared, alpha spent 0"
    )
    assert look_line(empty, declared).endswith("; this was the last look")


@pytest.mark.parametrize(
    "changes",
    [{"alpha": 0.01}, {"methods": ["backprop", "classifier"]}, {"sequential": {"looks": [4, 8]}}],
    ids=str,
)
def test_other_rules_do_not_take_over_the_looks(looked, study, changes):
    _, store, *_ = looked(0.2)
    with pytest.raises(UserError, match=r"looks/\d.json: is a look of a study with other") as error:
        looks_made(store.folder, study(**LOOKS | changes))
    assert str(error.value).count("\n") == 0


def test_a_file_that_is_no_look_is_named(looked):
    declared, store, *_ = looked(0.2)
    (store.folder / "looks" / "3.json").write_text("{}")
    with pytest.raises(UserError, match=r"3.json: is no look of this version"):
        looks_made(store.folder, declared)


def test_what_a_look_has_seen_is_not_run_again(looked):
    with pytest.raises(InvalidSetting, match="--rerun"):
        looked(0.2, rerun=True)


def test_a_report_tells_when_seeds_were_added_after_one(results, study, record, command):
    """A study without looks: its report is made, seeds are declared and run, it is made again."""
    store = RecordStore(results / "tiny")
    add_seeds(store, study(seeds=[0, 1, 2]), record)
    assert command(results / "tiny", "--format", "csv", main=report.main).code == 0
    assert reported_seeds(store.folder) == [{0, 1, 2}]
    assert not said(store)
    add_seeds(store, study(seeds=list(range(5))), record)
    assert "2 seeds were added after a report had been made with 3 seeds" in said(store)[0]
    assert command(results / "tiny", "--format", "csv", main=report.main).code == 0
    assert "2 seeds were added" in said(store)[0], "another report does not wash it off"


def test_seeds_that_were_declared_before_the_report_were_not_added(results, study, record, command):
    store = RecordStore(results / "tiny")
    declared = study(seeds=list(range(5)))
    add_seeds(store, declared, record, only=3)
    assert command(results / "tiny", "--format", "csv", main=report.main).code == 0
    add_seeds(store, declared, record)
    assert not said(store)


@pytest.mark.parametrize("text", ["", "[]", "{}", "[1]", '[{"seeds": 3}]', '[{"seeds": "x"}]'])
def test_a_trace_that_says_nothing_is_no_obstacle(text, tmp_path):
    (tmp_path / "reported.json").write_text(text)
    assert reported_seeds(tmp_path) == []
    keep_trace(tmp_path, {0, 1, 2}, [0, 1, 2, 3])
    assert reported_seeds(tmp_path) == [{0, 1, 2, 3}]
    keep_trace(tmp_path, {0, 1, 2}, [0, 1, 2, 3])
    assert len(reported_seeds(tmp_path)) == 1


def test_a_folder_that_cannot_be_written_is_reported_all_the_same(results, command, monkeypatch):
    def refuse(*_):
        raise UserError("cannot write")

    monkeypatch.setattr("bench.records.reported.write_whole", refuse)
    assert command(results / "tiny", "--format", "csv", main=report.main).code == 0
    assert not (results / "tiny" / "reported.json").exists()


def add_seeds(store, declared, record, only=None):
    store.save_study(declared)
    for cell in expand(declared, "cpu"):
        if (only is None or cell.seed < only) and store.find(cell) is None:
            store.save(record(cell, test_accuracies=[0.5 + cell.seed / 100]))


def said(store):
    _, analysis = analysed(store)
    return [s for c in analysis.caveats if "added after a report" in (s := c.sentence())]


def test_the_command_says_what_does_not_go_together(command, study_file):
    file = study_file()
    looks = study_file(name="tiny", seeds=list(range(4)), sequential={"looks": [3, 4]})
    for words, line in [
        (["--until-decided", "--seeds", "0-3"], "--seeds and --until-decided exclude each other"),
        (["--max-seeds", "9"], "--max-seeds needs --until-decided"),
        (["--until-decided", "--max-seeds", "2"], "--max-seeds: '2' is no whole number from 3"),
        (["--until-decided", "--max-seeds", "1e3"], "--max-seeds: '1e3' is no whole number"),
    ]:
        answer = command("--study", file, *words)
        assert (answer.code, len(answer.errors)) == (2, 1)
        assert line in answer.errors[0]
    for words, line in [
        (["--seeds", "0-1"], "--seeds: 'tiny' adds seeds by its looks, at 3, 4"),
        (
            ["--until-decided", "--max-seeds", "9"],
            "--max-seeds: 'tiny' declares its looks, at 3, 4",
        ),
    ]:
        answer = command("--study", looks, "--isolation", "none", *words)
        assert (answer.code, len(answer.errors)) == (2, 1)
        assert line in answer.errors[0]


def test_a_look_can_be_read_by_anybody(looked):
    _, store, *_ = looked(0.2)
    content = json.loads((store.folder / "looks" / "3.json").read_text())
    assert set(content) == set(LookMade.model_fields)
    assert content["seeds"] == [0, 1, 2]


def test_pytest_runs_the_seeds_of_the_next_look_and_says_who_looks(looked, study, tmp_path):
    declared, store = study(**LOOKS), RecordStore(tmp_path / "results" / "tiny")
    part, line = next_look(store.folder, declared, rerun=False)
    assert part.seeds == [0, 1, 2]
    assert "the first 3 seeds; python -m bench.run looks at them" in line
    with pytest.raises(KeyboardInterrupt):
        looked(0.2, runs=11)
    assert next_look(store.folder, declared, rerun=False)[0].seeds == [0, 1, 2, 3, 4]
    looked(0.2)
    part, line = next_look(store.folder, declared, rerun=False)
    assert part.seeds == [0, 1, 2, 3, 4]
    assert "its last look has been made" in line
    with pytest.raises(InvalidSetting, match="--rerun"):
        next_look(store.folder, declared, rerun=True)
