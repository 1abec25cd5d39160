"""A study under several budgets: its cells, its command lines, its folder, what is refused."""

import re

import pytest

from bench.arguments import overrides
from bench.listing import number_of_runs
from bench.planning import families_of
from bench.records.configuration import configurations
from bench.repeating import repeating_command
from bench.study.budget import Convergence, Epochs, Seconds
from bench.study.calls import call_of
from bench.study.cells import expand
from bench.study.labels import labels_of
from bench.study.loading import load_study
from bench.study.shards import Shard
from noprop_core.errors import UserError

ALSO = [{"seconds": 1.5}, {"convergence": {"patience": 2}}]
SEVERAL = {"budget": {"epochs": 2, "also": ALSO}}
BUDGETS = [Epochs(epochs=2), Seconds(seconds=1.5), Convergence(patience=2)]
ON_THE_LINE = ["epochs=2", "seconds=1.5", "convergence,patience=2"]


def test_every_run_is_made_under_every_budget_and_no_id_changes(study):
    alone = [expand(study(budget=only), "cpu") for only in ({"epochs": 2}, *ALSO)]
    several = expand(study(**SEVERAL), "cpu")
    assert {cell.id for cell in several} == {cell.id for cells in alone for cell in cells}
    assert len({cell.id for cell in several}) == len(several) == 3 * len(alone[0])
    assert [cell.budget for cell in several[:3]] == BUDGETS
    seeds = [cell.seed for cell in several]
    assert seeds == sorted(seeds)


def test_whose_weights_are_tested_holds_for_all(study):
    made = study(budget={"epochs": 2, "keep": "best", "also": [{"seconds": 1.5}]})
    assert {cell.budget.keep for cell in expand(made, "cpu")} == {"best"}
    assert made.budget.labels_on(made.train_images) == (
        "2 epochs of 64 images, best weights kept",
        "1.5 s of training on 64 images, best weights kept",
    )
    assert study().budget.labels_on(64) == ()


def test_the_command_line_repeats_the_option(study_file):
    given = overrides({"budget": ON_THE_LINE})
    made = load_study(str(study_file()), given)
    assert made.budget.all_of("backprop") == BUDGETS


def test_some_of_the_declared_budgets_are_a_part_of_the_study(study_file):
    path = str(study_file(**SEVERAL))
    for given in (ON_THE_LINE[:1], ON_THE_LINE[1:], ON_THE_LINE[::-1]):
        call = call_of(path, overrides({"budget": given}))
        assert call.changed == ()
        assert call.declared.budget.all_of("backprop") == BUDGETS
        assert {c.budget for c in expand(call.study, "cpu")} <= {*BUDGETS}
    other = call_of(path, overrides({"budget": ["epochs=2", "epochs=3"]}))
    assert other.declared.name == "tiny+epochs=2+epochs=3"


def test_a_part_of_a_study_with_looks_is_another_study(study_file):
    looks = {"seeds": list(range(5)), "sequential": {"looks": [3, 5]}}
    path = str(study_file(**SEVERAL, **looks))
    assert call_of(path, overrides({"budget": ON_THE_LINE})).changed == ()
    assert call_of(path, overrides({"epochs": "2"})).changed == ("epochs=2",)


def test_the_command_in_a_report_asks_for_all_of_them(tmp_path):
    declared = call_of("quick", overrides({"budget": ON_THE_LINE})).declared
    command = repeating_command(declared, tmp_path / "study.json")
    assert "--budget epochs=2 --budget seconds=1.5 --budget convergence,patience=2," in command


def test_runs_under_any_of_them_are_as_declared(study, record):
    several = study(**SEVERAL)
    records = [record(cell) for cell in expand(several, "cpu")]
    assert set(configurations(records, several)) == {""}
    assert set(configurations(records, study(budget={"epochs": 2}))) == {
        "", "1.5 s of training", "convergence (patience 2, gain 0.001, at most 100 epochs)",
    }  # fmt: skip


def test_a_part_of_the_runs_has_all_budgets_of_its_seeds(study):
    cells = expand(study(**SEVERAL, seeds=[0, 1, 2, 3]), "cpu")
    for k in (1, 2):
        part = Shard.parse(f"{k}/2").of_cells(cells)
        assert {cell.budget for cell in part} == {*BUDGETS}
        assert not {c.seed for c in part} & {c.seed for c in cells if c not in part}


def test_the_plan_and_the_list_count_them(study):
    alone, several = study(), study(**SEVERAL)
    assert families_of(several)[0] == 3 * families_of(alone)[0]
    contents = [s.model_dump(mode="json") for s in (alone, several)]
    assert [number_of_runs(c) for c in contents] == [
        len(expand(alone, "cpu")), len(expand(several, "cpu")),
    ]  # fmt: skip


def test_items_of_pytest_have_names_of_their_own(study):
    names = labels_of(expand(study(**SEVERAL), "cpu"))
    assert len({*names}) == len(names)
    assert all(re.search(r"-s\d+$", name) for name in names)
    assert any("2-epochs-of-64-images" in n or "2-epochs" in n for n in names)
    alone = expand(study(), "cpu")
    assert labels_of(alone) == [cell.label for cell in alone]


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (
            {"epochs": 2, "own_epochs": {"classifier": 4}, "also": [{"seconds": 1.5}]},
            "budget.also: goes without own_epochs, which are the same under every budget",
        ),
        (
            {"epochs": 2, "also": [{"epochs": 2}]},
            "budget: epochs=2 twice: budgets beside each other differ",
        ),
        (
            {"epochs": 2, "also": [{}]},
            "budget.also: one of epochs, seconds, convergence is missing",
        ),
        (
            {"epochs": 2, "also": [{"second": 3}]},
            "budget.also: unknown key 'second'; did you mean 'seconds'?",
        ),
        (
            {"epochs": 2, "also": [{"seconds": 3, "keep": "best"}]},
            "budget.also: unknown key 'keep'",
        ),
    ],
    ids=str,
)
def test_budgets_that_do_not_go_together_are_one_line(study_file, budget, said):
    with pytest.raises(UserError) as caught:
        load_study(str(study_file(budget=budget)))
    [line] = str(caught.value).splitlines()
    assert said in line


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["epochs=2", "minutes=5"], "--budget: 'minutes=5' is none of epochs=N, seconds=S, conv"),
        (["epochs=2", "seconds=0"], "--budget: seconds: input should be greater than 0"),
        (["epochs=2", "epochs=2"], "--budget: epochs=2 twice: budgets beside each other differ"),
    ],
    ids=str,
)
def test_a_wrong_budget_beside_a_right_one_is_one_line(study_file, given, said):
    with pytest.raises(UserError) as caught:
        load_study(str(study_file()), overrides({"budget": given}))
    [line] = str(caught.value).splitlines()
    assert line.startswith(said)


def test_seconds_beside_epochs_go_without_stacked_seeds(study_file):
    path = study_file(budget={"epochs": 2, "also": [{"seconds": 1.5}]}, stack_seeds=True)
    with pytest.raises(UserError, match="seeds computed as one have no seconds of their own"):
        load_study(str(path))
