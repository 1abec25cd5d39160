"""The commands: help that teaches, one line per error, exit codes, a report at the end."""

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from bench import report, run, running
from bench.arguments import overrides
from bench.command import run_command
from bench.places import resolve_device
from bench.records import frame
from bench.records.store import RecordStore
from bench.runner import Outcome
from bench.speed import __main__ as speed
from bench.study.named import named_studies
from noprop_core import registry
from noprop_core.datasets import table
from noprop_core.errors import InvalidSetting, UserError

ROOT = Path(__file__).parents[2]
HERE = ("--isolation", "none")
"""The methods of these tests exist in this process only, and it has torch already."""


@pytest.mark.parametrize("main", [run.main, report.main, speed.main], ids=lambda m: m.__module__)
def test_help_teaches_by_example(command, main):
    module = main.__module__.removesuffix(".__main__")
    answer = command("--help", main=main)
    assert (answer.code, answer.err) == (0, "")
    assert f"python -m {module}" in answer.out
    assert answer.out.count(f"  python -m {module}") >= 3
    assert "examples:" in answer.out


def test_every_option_of_a_study_is_explained(command):
    text = command("--help").out
    for flag in (
        *("--isolation", "--time-limit"),
        *("--study", "--methods", "--dataset", "--seeds", "--batch-sizes", "--timesteps"),
        *(
            "--epochs",
            "--budget",
            "--keep",
            "--name",
            "--device",
            "--results",
            "--data-dir",
            "--rerun",
            "--list",
            "--export",
        ),
    ):
        assert f"\n  {flag}" in text


def test_list_names_every_study_method_and_data_set(command):
    answer = command("--list")
    assert (answer.code, answer.err) == (0, "")
    listed = re.findall(r"^  (\S+) +\S", answer.out, re.M)
    assert listed == [*named_studies(), *registry.names(), *table.DATASETS]
    for method in registry.built_in().values():
        assert method.title in answer.out


def test_an_unknown_option_is_exit_code_2(command):
    answer = command("--sedes", "0")
    assert answer.code == 2
    assert "--sedes" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    "device",
    ["tpu", "cuda:99", "cuda:-1", "cuda:1000", "cuda:x", "meta", "mps", "xla", "", "cpu:x", "CPU"],
)
def test_a_device_that_is_not_there_is_one_line(command, study_file, tmp_path, device):
    results = tmp_path / "results"
    answer = command("--study", study_file(), "--device", device, "--results", results)
    assert answer.code == 2
    assert answer.out == ""
    [line] = answer.errors
    assert line.startswith(f"--device: '{device}' is ")
    assert not results.exists()


def test_auto_is_a_gpu_if_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == torch.device("cuda:0")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert resolve_device("cuda") == torch.device("cuda:0")
    assert resolve_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(InvalidSetting, match="torch sees 2 CUDA devices"):
        resolve_device("cuda:2")


def test_the_command_line_replaces_what_the_study_says():
    given = {
        "methods": "backprop, noprop-dt", "dataset": "mnist", "seeds": "0-2", "batch_sizes": "8,16",
        "timesteps": None, "epochs": "3", "device": "cpu", "study": "quick",
    }  # fmt: skip
    assert overrides(given) == {
        "methods": ["backprop", "noprop-dt"],
        "datasets": ["mnist"],
        "seeds": [0, 1, 2],
        "batch_sizes": [8, 16],
        "budget": {"epochs": 3},
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--study", "quikc"], "unknown study 'quikc'; did you mean 'quick'?"),
        (["--study", "no.toml"], "no.toml: cannot be read: "),
        (["--seeds", "five"], "--seeds: 'five' is no list of whole numbers such as 0-5"),
        (["--batch-sizes", "64;128"], "--batch-sizes: '64;128' is no list of whole numbers"),
        (["--timesteps", "0"], "--timesteps: input should be greater than or equal to 1"),
        (["--epochs", "0"], "--epochs: '0' is not one whole number from 1 on"),
        (["--epochs", "2,5"], "--epochs: "),
        (["--epochs", "1-3"], "--epochs: "),
        (["--epochs", ""], "--epochs: "),
        (["--methods", ""], "--methods: "),
        (["--methods", "noprop"], "--methods: unknown method 'noprop'; did you mean "),
        (["--dataset", "minst"], "--dataset: unknown data set 'minst'; did you mean"),
        (["--batch-sizes", "1"], "--batch-sizes: batch norm needs at least 2 images"),
        (["--batch-sizes", "2000"], "--batch-sizes: 2000 exceeds the 1294 training"),
    ],
    ids=str,
)
def test_a_wrong_command_is_one_line_and_writes_nothing(
    command, monkeypatch, tmp_path, words, said
):
    monkeypatch.setattr(running, "run_study", lambda *words, **settings: Outcome())
    answer = command(*words, "--results", tmp_path / "results", "--device", "cpu")
    assert answer.code == 2
    assert answer.out == ""
    [line] = answer.errors
    assert line.startswith(said)
    assert not (tmp_path / "results").exists()


def test_a_wrong_study_is_one_line_per_problem_and_writes_nothing(command, study_file, tmp_path):
    path = study_file(timestep=[1], seeds=[], timesteps=[0], datasets=["digitz"])
    answer = command("--study", path, "--results", tmp_path / "results")
    assert answer.code == 2
    assert [line.split(": ")[1].split("'")[0] for line in answer.errors] == [
        *("datasets", "seeds", "timesteps", "unknown key "),
    ]
    assert not (tmp_path / "results").exists()


def test_the_module_ends_as_its_function_does(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "bench.run", "--study", "nope", "--results", tmp_path / "results"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"error: unknown study 'nope'; known: [\w, -]*quick[\w, -]*\n", done.stderr)


def test_a_study_runs_and_is_not_run_again(command, study_file, tmp_path):
    words = ("--study", study_file(), "--results", tmp_path / "r", "--device", "cpu", *HERE)
    only = ("--methods", "backprop,classifier", "--seeds", "0")
    first = command(*words, *only)
    assert first.code == 0
    # A machine that others use as well is warned of; that depends on the machine.
    said = [line for line in first.err.splitlines() if "runs were disturbed" not in line]
    assert [line.partition(" ")[0] for line in said] == ["[1/2]", "[2/2]"]
    ran, *answer, where = first.out.splitlines()
    assert ran == f"2 of 2 cells run, records in {tmp_path / 'r' / 'tiny' / 'records'}"
    assert where == f"report: python -m bench.report {tmp_path / 'r' / 'tiny'}"
    assert "classifier is not compared: no setting has 3 seeds" in " ".join(
        "\n".join(answer).split()
    )
    second = command(*words, *only)
    assert second.code == 0
    assert "0 of 2 cells run" in second.out
    assert "2 already recorded, not run again (--rerun forces it)" in second.out
    third = command(*words, *only, "--rerun")
    assert "2 of 2 cells run" in third.out
    assert len(RecordStore(tmp_path / "r" / "tiny").load()) == 2


def test_a_failed_cell_is_exit_code_1(command, study_file, failing, tmp_path):
    def act(method, step):
        raise ValueError("broken")

    path = study_file(methods=["classifier", failing(act)], baseline="classifier", seeds=[0])
    answer = command("--study", path, "--results", tmp_path / "r", *HERE)
    assert answer.code == 1
    assert "1 failed" in answer.out
    assert "error (ValueError: broken)" in answer.err
    assert "Traceback" not in answer.err


def test_interrupting_is_exit_code_130_and_keeps_what_was_finished(
    command, study_file, failing, tmp_path
):
    def act(method, step):
        raise KeyboardInterrupt

    path = study_file(methods=["classifier", failing(act)], baseline="classifier", seeds=[0])
    answer = command("--study", path, "--results", tmp_path / "r", *HERE)
    assert (answer.code, answer.out) == (130, "")
    assert answer.err.splitlines()[1:] == ["stopped; every finished run has been kept"]
    assert len(RecordStore(tmp_path / "r" / "tiny").load()) == 1


def test_results_that_cannot_be_written_are_one_line(command, study_file, tmp_path):
    (tmp_path / "r").write_text("in the way")
    answer = command("--study", study_file(), "--results", tmp_path / "r")
    assert answer.code == 2
    [line] = answer.errors
    assert line.startswith("cannot write '")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_export_writes_a_row_per_run(command, study_file, results, tmp_path, ending):
    path = tmp_path / f"runs.{ending}"
    answer = command("--study", study_file(), "--results", results, "--export", path)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"6 runs written to {path}\n"
    runs = pd.read_csv(path) if ending == "csv" else pd.read_parquet(path)
    assert len(runs) == 6
    assert set(runs["status"]) == {"ok"}


@pytest.mark.parametrize("name", ["runs.xlsx", "tiny.toml/runs.csv", "runs"])
def test_export_to_anything_else_is_one_line(command, study_file, results, tmp_path, name):
    path = tmp_path / name
    answer = command("--study", study_file(), "--results", results, "--export", path)
    assert (answer.code, answer.out) == (2, "")
    [line] = answer.errors
    assert line.startswith("--export: ")
    assert not path.exists()


def test_export_without_records_is_one_line(command, study_file, tmp_path):
    words = ("--study", study_file(), "--results", tmp_path / "r", "--export", tmp_path / "a.csv")
    answer = command(*words)
    assert answer.code == 2
    assert "no records in" in answer.errors[0]
    assert not (tmp_path / "a.csv").exists()


def test_a_part_of_a_study_leaves_the_whole_declaration(command, study_file, study, tmp_path):
    words = ("--study", study_file(), "--results", tmp_path / "r", "--methods", "classifier")
    assert command(*words, *HERE, "--seeds", "0").code == 0
    store = RecordStore(tmp_path / "r" / "tiny")
    assert len(store.load()) == 1
    assert store.load_study() == study()


def test_what_leaves_the_declaration_has_a_folder_that_every_line_names(
    command, results, study_file, tmp_path
):
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    words = ("--study", study_file(), "--results", results, *HERE)
    altered = ("--methods", "mono-forward,classifier", "--seeds", "0", "--budget", "seconds=1e-6")
    answer = command(*words, *altered)
    assert answer.code == 0
    folder = results / "tiny+methods=mono-forward+seconds=1e-06"
    note, *_ = answer.err.splitlines()
    assert note == (
        "note: methods=mono-forward and seconds=1e-06 are not what 'tiny' declares, so these runs "
        f"have a folder of their own: {folder}"
    )
    assert answer.out.splitlines() == [
        f"2 of 2 cells run, records in {folder / 'records'}",
        f"report: python -m bench.report {folder}",
    ]
    declared = RecordStore(folder).load_study()
    assert (declared.methods, declared.seeds) == (["mono-forward", "classifier"], [0, 1])
    assert declared.budget.model_dump(exclude_unset=True) == {"seconds": 1e-6}
    assert list(frame.load(folder)["configuration"]) == ["", ""]
    assert set(frame.load(folder)["study"]) == {folder.name}
    exported = command(*words, *altered, "--export", tmp_path / "a.csv")
    assert exported.out == f"2 runs written to {tmp_path / 'a.csv'}\n"
    # The finished study is as it was, and so is what its own call says.
    assert {path: path.read_bytes() for path in before} == before
    assert "0 of 6 cells run" in command(*words).out


def test_a_folder_may_be_named(command, study_file, tmp_path):
    words = ("--study", study_file(), "--results", tmp_path, *HERE, "--methods", "classifier")
    words = (*words, "--seeds", "0", "--name", "mine")
    assert command(*words, "--epochs", "1").err.startswith("note: epochs=1 is not what 'tiny' decl")
    assert "0 of 1 cells run" in command(*words, "--epochs", "1").out
    plain = command(*words)
    assert "1 of 1 cells run" in plain.out
    assert "note: " not in plain.err
    assert [path.parent.name for path in tmp_path.glob("*/study.json")] == ["mine"]
    assert sorted(frame.load(tmp_path / "mine")["configuration"]) == ["", "epochs=1"]
    [line] = command(*words, "--name", "../mine").errors
    assert line.startswith("--name: string should match pattern")


def test_a_message_of_several_lines_is_several_errors(capsys):
    def main():
        raise UserError("one\ntwo")

    assert run_command(main) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "error: one\nerror: two\n")


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run_command(lambda: 1 // 0)


def test_whoever_stops_reading_the_output_is_left_in_peace(monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    output = os.fdopen(writing, "w")
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(sys, "stderr", io.StringIO())

    def main():
        print("one line, which waits in the buffer for the end of the program")
        return 0

    try:
        assert run_command(main) == 0
        output.flush()  # as Python does on its way out
    finally:
        with contextlib.suppress(BrokenPipeError):
            output.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--time-limit", "0"), "--time-limit: 0 is no number of seconds"),
        (("--time-limit", "nan"), "--time-limit: nan is no number of seconds"),
        (("--time-limit", "5", *HERE), "--time-limit: needs --isolation process"),
    ],
    ids=str,
)
def test_a_time_limit_that_cannot_be_kept_is_one_line(command, study_file, tmp_path, words, said):
    answer = command("--study", study_file(), "--results", tmp_path / "r", *words)
    assert answer.code == 2
    [line] = answer.errors
    assert line.startswith(said)
    assert not (tmp_path / "r").exists()


def test_per_torch_another_release_s_record_does_not_count(
    command, study_file, tmp_path, monkeypatch
):
    words = ("--study", study_file(), "--results", tmp_path / "r", *HERE, "--per-torch")
    only = ("--methods", "classifier", "--seeds", "0")
    assert "1 of 1 cells run" in command(*words, *only).out
    assert "0 of 1 cells run" in command(*words, *only).out
    monkeypatch.setattr(torch, "__version__", "2.99.0")
    assert "1 of 1 cells run" in command(*words, *only).out
    assert len(RecordStore(tmp_path / "r" / "tiny").load()) == 2


def test_a_call_that_leaves_the_declaration_takes_over_what_the_study_has_run(
    command, study_file, tmp_path
):
    words = ("--study", study_file(seeds=[0]), "--results", tmp_path / "r", *HERE)
    words = (*words, "--methods", "classifier")
    assert "1 of 1 cells run" in command(*words).out
    answer = command(*words, "--seeds", "0-1")
    assert answer.code == 0, answer.err
    assert "1 of these runs is recorded in" in answer.err
    assert "1 of 2 cells run" in answer.out
    assert len(RecordStore(tmp_path / "r" / "tiny+seeds=1").load()) == 2
    assert len(RecordStore(tmp_path / "r" / "tiny").load()) == 1
