"""A network that a data set's images are too small for is refused before anything runs."""

import pytest

from bench.study.loading import build_study, load_study
from bench.study.problems import InvalidInput

CONTENT = {
    "name": "small",
    "datasets": ["digits", "mnist"],
    "methods": ["backprop", "classifier", "backprop-mlp"],
    "seeds": [0],
    "batch_sizes": [64],
    "timesteps": [2],
    "budget": {"epochs": 1},
}


def test_what_fits_is_no_problem() -> None:
    assert build_study(CONTENT, "test").datasets == ["digits", "mnist"]


def test_every_method_and_data_set_that_do_not_fit_are_one_line_each() -> None:
    with pytest.raises(InvalidInput) as caught:
        build_study(CONTENT | {"options": {"padding": "none"}}, "test")
    lines = [line for line in str(caught.value).splitlines() if "too small" in line]
    assert len(lines) == 2
    assert "backprop on digits: images of 8x8 pixels are too small for padding 'none'" in lines[0]
    assert "classifier on digits: " in lines[1]


def test_the_study_of_the_chain_asks_both_questions() -> None:
    study = load_study("chain")
    assert study.baseline == "classifier-ensemble"
    assert {"noprop-dt", "blocks-without-z", "backprop-deep"} <= set(study.methods)
    assert study.method_config("classifier/wider").chain_of == max(study.timesteps)
    longer = study.budget.own_epochs["classifier/longer"]
    assert longer == max(study.timesteps) * study.budget.epochs
