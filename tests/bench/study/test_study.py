"""A study that is right, as a whole: what it holds, and what may be overridden."""

import pytest

from bench.planning import families_of
from bench.study.cells import expand
from bench.study.loading import load_study
from bench.study.named import named_studies
from bench.study.problems import InvalidInput
from reports.statistics.gate import pooled_share
from reports.statistics.multiplicity import smallest_exact_p


@pytest.mark.parametrize("name", named_studies())
def test_every_named_study_loads_and_bears_its_file_s_name(name):
    study = load_study(name)
    assert study.name == name
    assert study.description
    assert study.baseline in study.methods


def test_the_default_study_is_as_large_as_promised():
    quick = load_study("quick")
    assert (len(quick.methods), len(quick.seeds)) == (5, 8)
    assert len(quick.batch_sizes) == len(quick.timesteps) == 2
    assert quick.datasets == ["digits"]
    assert quick.target_accuracy_percent == 90


def test_exact_tests_of_the_default_study_can_decide():
    """The smallest p that 8 seeds can give is below what each of 4 candidates starts with."""
    quick = load_study("quick")
    candidates, _ = families_of(quick)
    smallest = smallest_exact_p(len(quick.seeds))
    assert smallest < quick.alpha / candidates
    assert smallest <= quick.alpha * pooled_share(candidates, asked=True)
    assert smallest_exact_p(len(quick.seeds) - 1) > quick.alpha / candidates, "none could be left"


def test_the_tiny_study_of_these_tests_loads(study_file, study):
    assert load_study(str(study_file())) == study()


def test_a_study_of_methods_without_t_needs_no_timesteps(study_file, problems):
    path = study_file(methods=["classifier"], baseline="classifier", timesteps=None)
    cells = expand(load_study(str(path)), "cpu")
    assert {cell.timesteps for cell in cells} == {None}
    assert len(cells) == len({cell.id for cell in cells}) == 2
    [line] = problems(timesteps=None)
    assert line == "timesteps: none given, and backprop needs some"


def test_without_a_name_a_study_is_called_like_its_file(study_file):
    assert load_study(str(study_file(name=None))).name == "tiny"


def test_numbers_and_ranges_stand_for_lists(study_file):
    study = load_study(str(study_file(seeds="0-2,7", batch_sizes=32, timesteps="2,4")))
    assert (study.seeds, study.batch_sizes, study.timesteps) == ([0, 1, 2, 7], [32], [2, 4])


def test_overrides_replace_whole_entries_and_are_validated_too(study_file):
    path = str(study_file())
    assert load_study(path, {"seeds": [5], "budget": {"epochs": 9}}).budget.epochs == 9
    with pytest.raises(InvalidInput, match=r"timesteps: .* got 0"):
        load_study(path, {"timesteps": [0]})


def test_methods_named_on_the_command_line_may_leave_the_baseline_out(study_file):
    assert load_study(str(study_file()), {"methods": ["classifier"]}).methods == ["classifier"]


def test_an_option_reaches_the_methods_that_have_it_and_a_method_s_own_table_wins(study):
    declared = study(
        methods=["backprop", "classifier"],
        options={"width": 0.5, "head": {"scale": 2.0}, "optimizer": {"weight_decay": 0.5}},
        method={"backprop": {"width": 0.25, "optimizer": {"learning_rate": 0.25}}},
    )
    chain, plain = declared.method_config("backprop"), declared.method_config("classifier")
    assert chain.width == 0.25
    assert chain.head.scale == 2.0
    assert chain.optimizer.weight_decay == 0.5
    assert chain.optimizer.learning_rate == 0.25
    assert plain.width == 0.5
    assert plain.optimizer.learning_rate == type(plain)().optimizer.learning_rate
