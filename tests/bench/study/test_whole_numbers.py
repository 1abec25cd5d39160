"""Whole numbers beyond 64 bits, wherever they stand: a line names the place, not the number."""

import pytest

from bench.study.loading import build_study, load_study
from bench.study.problems import InvalidInput

BEYOND = "should be a whole number between -9223372036854775807 and 9223372036854775807"
PLACES = {
    "budget.epochs": {"budget": {"epochs": 10**400}},
    "budget.also.convergence.max_epochs": {
        "budget": {"epochs": 1, "also": [{"convergence": {"max_epochs": 10**400}}]}
    },
    "budget.own_epochs.classifier": {"budget": {"epochs": 1, "own_epochs": {"classifier": 2**63}}},
    "options.blocks": {"options": {"blocks": -(2**63)}},
    "method.classifier.optimizer.learning_rate": {
        "method": {"classifier": {"optimizer": {"learning_rate": 10**400}}}
    },
    "inference_repeats": {"inference_repeats": 10**5000},
    "seeds": {"seeds": [0, 2**70]},
}


@pytest.mark.parametrize("place", PLACES)
def test_the_place_is_named(place, tiny):
    with pytest.raises(InvalidInput) as told:
        build_study(tiny | PLACES[place], "my.toml")
    assert str(told.value) == f"my.toml: {place}: {BEYOND}"


def test_all_of_them_are_named(tiny):
    with pytest.raises(InvalidInput) as told:
        build_study(tiny | PLACES["budget.epochs"] | PLACES["seeds"], "my.toml")
    assert str(told.value).count(BEYOND) == 2


@pytest.mark.parametrize("digits", [20, 5000])
def test_in_a_file_too_that_writes_them_in_sixteens(digits, study_file):
    path = study_file(budget={"epochs": 7})
    text = path.read_text()
    assert '"epochs" = 7' in text
    path.write_text(text.replace('"epochs" = 7', f"epochs = 0x{'f' * digits}"))
    with pytest.raises(InvalidInput) as told:
        load_study(str(path))
    assert str(told.value) == f"{path.name}: budget.epochs: {BEYOND}"


def test_given_on_the_command_line_it_is_the_option_s(command, study_file):
    answer = command("--study", study_file(), "--set", f"width={10**30}", "--plan")
    assert (answer.code, len(answer.errors)) == (2, 1)
    assert "--set: " in answer.errors[0]
    assert answer.errors[0].endswith(f"width: {BEYOND}")


def test_the_largest_one_is_taken(tiny):
    assert build_study(tiny | {"seeds": [2**63 - 1]}, "my.toml").seeds == [2**63 - 1]
