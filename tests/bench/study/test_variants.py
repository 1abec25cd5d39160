"""Variants of a method, and what a study may give single methods."""

import pytest

from bench.study.budget import Epochs
from bench.study.problems import InvalidInput
from bench.study.study import load_study


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
