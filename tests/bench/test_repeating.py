"""The command in a report's head asks for what its folder declares."""

import shlex

import pytest

from bench.arguments import overrides
from bench.repeating import repeating_command
from bench.run import parser
from bench.study.calls import call_of
from bench.study.loading import load_study


def asked_for(command):
    """Return what a command line is understood as."""
    program, words = shlex.split(command)[:3], shlex.split(command)[3:]
    assert program == ["python", "-m", "bench.run"]
    given = vars(parser().read(words))
    return call_of(given["study"], overrides(given), given["name"]).declared


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "--study quick"),
        ({"epochs": "2"}, "--study quick --epochs 2"),
        ({"seeds": "0-11"}, "--study quick --seeds 0-11"),
        ({"seeds": "0-1"}, "--study quick"),  # a part of the study joins its folder
        ({"budget": "seconds=3", "keep": "last"}, "--study quick --budget seconds=3"),
        ({"timesteps": "2,8", "dataset": "mnist"}, "--timesteps 2,8"),
        ({"set": ["noprop-dt.eta=0.2", "optimizer.learning_rate=3e-3"]}, "--set noprop-dt.eta=0.2"),
        ({"precision": "bf16", "deterministic": False}, "--precision bf16 --no-deterministic"),
        ({"until_decided": True, "max_seeds": "12"}, "--until-decided --max-seeds 12"),
    ],
    ids=str,
)
def test_the_command_asks_for_what_the_folder_declares(given, words, tmp_path):
    declared = call_of("quick", overrides(given)).declared
    command = repeating_command(declared, tmp_path / "study.json")
    assert words in command
    assert "study.json" not in command
    assert asked_for(command) == declared


def test_a_folder_of_another_name_is_named(tmp_path):
    declared = call_of("quick", overrides({"epochs": "3"}), "mine").declared
    command = repeating_command(declared, tmp_path / "study.json", jobs=2)
    assert command == "python -m bench.run --study quick --epochs 3 --name mine --jobs 2"
    assert asked_for(command) == declared


def test_what_no_option_leads_to_is_run_from_the_folder_s_own_declaration(tmp_path):
    study = load_study("quick")
    study = study.model_copy(update={"inference_repeats": 3, "name": "own"})
    file = tmp_path / "study.json"
    file.write_text(study.model_dump_json(exclude_unset=True), encoding="utf-8")
    command = repeating_command(study, file)
    assert str(file) in command
    assert asked_for(command).inference_repeats == 3
    assert asked_for(command).name == "own"
