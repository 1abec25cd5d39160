"""What a command line makes of a study: runs that join its folder, or have one of their own."""

import re

import pytest

from bench.arguments import overrides
from bench.places import declaration_in
from bench.records.store import RecordStore
from bench.study.calls import LONGEST, call_of, folder_name
from bench.study.cells import expand
from bench.study.problems import InvalidInput
from bench.study.ranges import parse_integers, written
from noprop_core.errors import InvalidSetting

DECLARED = {
    "methods": ["backprop", "classifier", "noprop-shared"],
    "seeds": [0, 1, 2],
    "batch_sizes": [16, 32],
    "timesteps": [2, 4],
    "datasets": ["digits", "mnist"],
}


@pytest.fixture
def call(study_file):
    """Return what a command line makes of a study, whose file may have other entries."""
    return lambda name=None, declared=None, **given: call_of(
        str(study_file(**{**DECLARED, **(declared or {})})), overrides(given), name
    )


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"seeds": "1"},
        {"methods": "classifier", "batch_sizes": "32", "timesteps": "4", "dataset": "mnist"},
        {"methods": "noprop-shared,classifier"},
        {"epochs": "2", "keep": "last"},
        {"budget": "epochs=2"},
        {"precision": "fp32", "deterministic": True},
        {"set": ["width=0.25", "classifier.optimizer.name=adamw"]},
    ],
    ids=str,
)
def test_what_a_study_declares_joins_its_folder_and_changes_no_declaration(call, study, given):
    made = call(**given)
    assert made.changed == ()
    assert made.line("anywhere") is None
    assert made.declared == study(**DECLARED)
    assert made.study.name == "tiny"
    whole = {cell.id for cell in expand(made.declared, "cpu")}
    assert {cell.id for cell in expand(made.study, "cpu")} <= whole


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"epochs": "3"}, "tiny+epochs=3"),
        ({"budget": "seconds=1.5"}, "tiny+seconds=1.5"),
        ({"budget": "convergence,patience=3"}, "tiny+convergence=3,0.001,100"),
        ({"keep": "best"}, "tiny+keep=best"),
        ({"precision": "bf16"}, "tiny+precision=bf16"),
        ({"deterministic": False}, "tiny+deterministic=false"),
        ({"seeds": "0-9"}, "tiny+seeds=3-9"),
        ({"methods": "backprop,mono-forward"}, "tiny+methods=mono-forward"),
        ({"set": ["classifier.width=0.5"]}, "tiny+classifier.width=0.5"),
        ({"set": ["optimizer.learning_rate=3e-3"]}, "tiny+optimizer.learning_rate=0.003"),
        ({"dataset": "mnist,kmnist"}, "tiny+dataset=kmnist"),
        ({"batch_sizes": "8,16,24", "timesteps": "9"}, "tiny+batch-sizes=8,24+timesteps=9"),
    ],
    ids=str,
)
def test_what_leaves_the_declaration_is_all_that_is_in_the_name(call, given, name):
    made = call(**given)
    assert made.study.name == made.declared.name == name
    assert re.fullmatch(r"[A-Za-z0-9._=,+-]+", name)
    assert made.line("results/x").endswith("a folder of their own: results/x")
    whole = {cell.id for cell in expand(made.declared, "cpu")}
    assert {cell.id for cell in expand(made.study, "cpu")} <= whole


def test_the_rest_of_the_declaration_stays(call, study):
    made = call(epochs="3", methods="classifier", seeds="1")
    assert made.declared == study(**DECLARED, budget={"epochs": 3}, name="tiny+epochs=3")
    assert made.study.methods == ["classifier"]


def test_a_budget_counts_for_the_methods_that_run(call):
    own = {"budget": {"epochs": 2, "own_epochs": {"classifier": 5}}}
    assert call(declared=own, epochs="2", methods="backprop").changed == ()
    assert call(declared=own, epochs="2").declared.name == "tiny+epochs=2"
    assert call(declared=own, epochs="5", methods="classifier").changed == ()


def test_calls_that_change_the_same_declare_their_folder_together(call):
    first = call(methods="mono-forward,backprop")
    second = call(methods="mono-forward", seeds="1")
    assert first.study.name == second.study.name
    together = second.declaration(first.declaration(None))
    assert together.methods == ["mono-forward", "backprop"]
    assert together.seeds == [0, 1, 2]
    # Where nothing is changed, the study's file is what counts.
    assert call().declaration(first.declared) == call().declared


def test_a_change_that_the_rest_of_the_study_does_not_go_with_is_declared_alone(call):
    # digits has 1,437 images, the tiny study takes 64 of them, so 100 fit no batch of it.
    whole = {"train_images": None}
    made = call(declared=whole, dataset="mnist", batch_sizes="5000")
    assert (made.declared.datasets, made.declared.batch_sizes) == (["mnist"], [5000])
    assert made.declared.name == "tiny+batch-sizes=5000"


def test_a_name_on_the_command_line_counts(call, study):
    made = call("mine", epochs="3")
    assert (made.study.name, made.declared.name) == ("mine", "mine")
    assert made.changed == ("epochs=3",)
    assert call("mine").declared == study(**DECLARED, name="mine")
    with pytest.raises(InvalidInput, match="name: string should match pattern"):
        call("../mine")


@pytest.mark.parametrize("method", ["package.module:Class", "a b/c", "x" * 300, "../..", "é"])
def test_a_folder_s_name_is_safe_and_of_bearable_length(method):
    name = folder_name("quick", [f"methods={method}"])
    assert re.fullmatch(r"quick[A-Za-z0-9._=,+-]+", name)
    assert len(name) <= LONGEST
    assert name == folder_name("quick", [f"methods={method}"])


def test_long_names_that_differ_at_their_end_stay_apart():
    assert folder_name("quick", ["x" * 300 + "a"]) != folder_name("quick", ["x" * 300 + "b"])


@pytest.mark.parametrize("text", ["0-5", "1,3,5", "0-1,7,9-11", "64"])
def test_whole_numbers_are_written_as_they_are_read(text):
    assert written(parse_integers(text)) == text


def test_a_declaration_survives_its_file(call, tmp_path):
    store = RecordStore(tmp_path)
    made = call(budget="convergence,patience=3", keep="best")
    store.save_study(made.declared)
    assert store.load_study() == made.declared


def test_a_folder_s_declaration_grows_with_calls_like_the_first(call, tmp_path):
    store = RecordStore(tmp_path)
    first, second = call(seeds="0-4"), call(seeds="4,3")
    assert first.study.name == second.study.name
    store.save_study(declaration_in(store, first))
    assert declaration_in(store, second).seeds == [0, 1, 2, 3, 4]
    store.study_file.write_text("{")
    assert declaration_in(store, second) == second.declared


UNTIL = {"until_decided": True}


def test_until_decided_is_a_study_of_its_own_from_the_first_seed_on(call):
    made = call(**UNTIL)
    assert made.study == made.declared
    assert made.study.name == "tiny+until-decided=20"
    assert made.study.seeds == list(range(20))
    assert made.study.sequential.looks == [5, 10, 20]
    assert call(**UNTIL, max_seeds="12").study.sequential.looks == [5, 10, 12]
    assert call(**UNTIL, max_seeds="5").study.sequential.looks == [5]
    assert call("mine", **UNTIL).study.name == "mine"


def test_a_part_of_a_study_until_decided_is_another_study(call):
    """Verdicts are decided together: with other methods they are other looks."""
    made = call(**UNTIL, methods="classifier,backprop", batch_sizes="32")
    assert made.study.name == ("tiny+methods=classifier,backprop+batch-sizes=32+until-decided=20")
    assert made.declared == made.study
    assert made.declaration(call().declared) == made.study
    assert call(**UNTIL, methods="noprop-shared,classifier,backprop").study.name == (
        "tiny+until-decided=20"
    )
    with pytest.raises(InvalidInput, match="'backprop' is none of the study's methods"):
        call(**UNTIL, methods="classifier")


def test_a_study_with_looks_of_its_own_runs_until_decided_in_any_case(call):
    own = {"seeds": list(range(8)), "sequential": {"looks": [4, 8]}}
    plain, asked = call(declared=own), call(declared=own, **UNTIL)
    assert plain == asked
    assert (plain.study.name, plain.changed) == ("tiny", ())
    assert plain.study.sequential.looks == [4, 8]
    assert call(declared=own, epochs="3").study.name == "tiny+epochs=3"
    assert call(declared=own, timesteps="2").study.name == "tiny+timesteps=2"


@pytest.mark.parametrize(
    ("given", "named", "entry"),
    [
        ({"stack_seeds": "true"}, "stack_seeds=true", ("stack_seeds", True)),
        ({"precision": "bf16"}, "precision=bf16", ("precision", "bf16")),
        ({"deterministic": False}, "deterministic=false", ("deterministic", False)),
    ],
    ids=str,
)
@pytest.mark.parametrize("declared", [{}, {"sequential": {"looks": [3]}}], ids=["asked", "own"])
def test_with_looks_what_a_command_line_changes_is_run_and_named(
    call, declared, given, named, entry
):
    made = call(declared=declared, **{} if declared else UNTIL, **given)
    assert made.study.name.startswith(f"tiny+{named}")
    assert getattr(made.study, entry[0]) == entry[1]


@pytest.mark.parametrize("given", [{"seeds": "0-3"}, {**UNTIL, "max_seeds": "9"}], ids=str)
def test_looks_that_are_declared_are_not_changed_on_the_way(call, given):
    own = {"seeds": list(range(8)), "sequential": {"looks": [4, 8]}}
    with pytest.raises(InvalidSetting, match=r"'tiny' (adds seeds by|declares) its looks, at 4, 8"):
        call(declared=own, **given)
