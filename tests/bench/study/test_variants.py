"""Variants of a method, and what a study may give single methods."""

import pytest

from bench.study.budget import Epochs
from bench.study.calls import call_of
from bench.study.cells import expand
from bench.study.loading import load_study
from bench.study.problems import InvalidInput


def test_a_variant_has_its_method_s_options_and_its_own(study):
    declared = study(
        methods=["backprop", "backprop/wide"],
        baseline="backprop",
        method={"backprop": {"gate_init": 0.25}, "backprop/wide": {"width": 2.0}},
        options={},
    )
    plain, wide = (declared.method_config(name) for name in declared.methods)
    assert (plain.width, wide.width) == (1.0, 2.0)
    assert plain.gate_init == wide.gate_init == 0.25


def test_options_of_a_method_may_serve_its_variants_alone(study):
    methods = {"methods": ["backprop/a", "backprop/b"], "baseline": "backprop/a"}
    tables = {"backprop": {"width": 0.5}, "backprop/a": {}, "backprop/b": {}}
    declared = study(**methods, method=tables)
    assert {declared.method_config(name).width for name in declared.methods} == {0.5}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("backprop/wide", r"variant 'backprop/wide' has no options; give it a table"),
        ("backprop/", r"'backprop/': a variant's name has letters"),
        ("backprop/a/b", r"'backprop/a/b': a variant's name has letters"),
        ("bockprop/a", r"unknown method 'bockprop'; did you mean 'backprop'\?"),
    ],
)
def test_a_variant_must_say_what_it_is(study_file, name, line):
    with pytest.raises(InvalidInput, match=line):
        load_study(str(study_file(methods=["backprop", name])))


def test_a_budget_may_give_single_methods_their_own_epochs(study):
    declared = study(
        methods=["backprop", "backprop/long", "classifier"],
        method={"backprop/long": {}},
        budget={"epochs": 3, "own_epochs": {"backprop": 5, "backprop/long": 7}},
    )
    budgets = [declared.budget.of(name) for name in declared.methods]
    assert budgets == [Epochs(epochs=5), Epochs(epochs=7), Epochs(epochs=3)]


def own(study, **changes):
    both = {"methods": ["backprop", "noprop-dt", "classifier"], "timesteps": [2, 4, 8]}
    return study(**both | {"options": {}} | changes)


def test_a_method_may_run_at_some_t_alone_and_its_runs_stay_the_same(study):
    every = expand(own(study), "cpu")
    some = expand(own(study, own_timesteps={"noprop-dt": [8, 2]}), "cpu")
    left_out = {c.id for c in every if c.method == "noprop-dt" and c.timesteps == 4}
    assert left_out
    assert {c.id for c in some} == {c.id for c in every} - left_out


def test_t_of_their_own_go_by_the_nearest_name(study):
    names = ["backprop", "backprop/a", "backprop/b"]
    declared = own(
        study, methods=names, method={name: {} for name in names[1:]},
        own_timesteps={"backprop": [2, 4], "backprop/b": [8]},
    )  # fmt: skip
    assert [declared.timesteps_of(name) for name in names] == [[2, 4], [2, 4], [8]]


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({"noprop-dd": [2]}, r"own_timesteps: 'noprop-dd' is none of the study's methods \(back"),
        ({"noprop-dt": [2, 3]}, r"own_timesteps: 'noprop-dt': T = 3 is none of the study's \(2, 4"),
        ({"classifier": [2]}, "own_timesteps: 'classifier' has no T"),
        ({"noprop-dt": []}, r"own_timesteps.noprop-dt: "),
        ({"noprop-dt": [2, 2]}, r"own_timesteps.noprop-dt: named twice: 2"),
        ({"noprop-dt": [0]}, r"own_timesteps.noprop-dt: input should be greater"),
    ],
)
def test_t_that_no_run_could_have_are_told(study_file, table, line):
    methods = ["backprop", "noprop-dt", "classifier"]
    with pytest.raises(InvalidInput, match=line) as caught:
        load_study(str(study_file(methods=methods, timesteps=[2, 4, 8], own_timesteps=table)))
    assert len(caught.value.problems) == 1


def test_t_on_the_command_line_keep_those_of_a_method_unless_they_are_others(study_file):
    methods = ["backprop", "noprop-dt"]
    own = {"noprop-dt": [2]}
    path = str(study_file(methods=methods, options=None, timesteps=[2, 4], own_timesteps=own))
    within, without = (call_of(path, {"timesteps": given}) for given in ([4], [2, 3]))
    assert {(c.method, c.timesteps) for c in expand(within.study, "cpu")} == {("backprop", 4)}
    assert within.changed == ()
    assert without.study.timesteps_of("noprop-dt") == without.declared.timesteps_of("noprop-dt")
    assert without.study.timesteps_of("noprop-dt") == [2, 3]


def test_gradients_are_looked_at_where_one_process_has_all_blocks(study):
    declared = own(
        study, methods=["backprop", "noprop-dt"], gradient_norms=True, ranks=2,
        division={"noprop-dt": "blocks"},
    )  # fmt: skip
    norms = {c.method: c.execution.gradient_norms for c in expand(declared, "cpu")}
    assert norms == {"backprop": True, "noprop-dt": False}


def test_who_plays_a_part_in_the_claims_runs(study, study_file):
    roles = {"local": "noprop-dt", "chained": "backprop"}
    assert own(study, claims=roles).claims.methods == ("noprop-dt", "backprop")
    with pytest.raises(InvalidInput, match=r"claims: 'classifier/x' is none of the study's metho"):
        load_study(str(study_file(methods=["backprop", "noprop-dt"], timesteps=[2], options=None,
                                  claims=roles | {"longer": "classifier/x"})))  # fmt: skip
    with pytest.raises(InvalidInput, match=r"claims: unknown key 'locl'; did you mean 'local'"):
        load_study(str(study_file(claims=roles | {"locl": "x"})))
