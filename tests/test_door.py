"""The simplest door: thin, honest, and with the summary lines it is known for."""

import re
from pathlib import Path

import pytest
import torch

import noprop_vs_backprop as door
from bench.command import run_command

SMALL = ["--epochs", "2", "--width", "0.25", "--timesteps", "2", "--device", "cpu"]
NUMBER = r"\d+\.\d{4}"
SUMMARY = re.compile(
    rf"--- Performance Summary ---\n"
    rf"NoProp - Final Loss: {NUMBER}, Total Time: \d+\.\d\d, Accuracy: {NUMBER}\n"
    rf"Traditional BP - Final Loss: {NUMBER}, Total Time: \d+\.\d\d, Accuracy: {NUMBER}\n"
)


@pytest.mark.parametrize(
    ("pair", "methods"),
    [("original", ("noprop-shared", "joint-shared")), ("paper", ("noprop-dt", "backprop"))],
)
def test_a_pair_is_trained_and_summed_up(tmp_path: Path, capsys, pair: str, methods) -> None:
    figure = tmp_path / "new" / "figure.png"
    assert door.main([*SMALL, "--pair", pair, "--figure", str(figure)]) == 0
    out = capsys.readouterr().out
    assert (door.SAME_GRADIENT in out) is (pair == "original")
    assert SUMMARY.search(out), out
    for name, method in zip(("NoProp", "Traditional BP"), methods, strict=True):
        assert f"{name}: {method} on digits" in out
        assert re.search(
            rf"{name} epoch 2/2: loss {NUMBER}, time \d+\.\d\d s, validation accuracy {NUMBER}, "
            rf"peak memory \d+\.\d MiB",
            out,
        )
    assert figure.stat().st_size > 1000


def test_everything_wrong_is_told_at_once(capsys) -> None:
    words = ["--dataset", "mnits", "--lr", "-1", "--batch-size", "1", "--epochs", "0"]
    assert run_command(lambda: door.main(words)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("error: command line: ") for line in lines)
    assert "did you mean 'mnist'" in err


def test_ctrl_c_says_what_is_true_here(capsys, monkeypatch) -> None:
    def interrupt(*words):
        raise KeyboardInterrupt

    monkeypatch.setattr(door, "train", interrupt)
    assert run_command(lambda: door.main(SMALL), door.STOPPED) == 130
    assert "nothing has been kept" in capsys.readouterr().err


def test_the_pair_of_the_paper_comes_unasked_on_one_thread() -> None:
    arguments = door.parser().read([])
    cells = door.cells_of(arguments, torch.device("cpu"))
    assert [cell.method for cell in cells] == ["noprop-dt", "backprop"]
    assert {cell.execution.threads for cell in cells} == {1}


def test_without_plotting_it_says_what_is_missing(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(door, "find_spec", lambda name: None)
    figure = tmp_path / "figure.png"
    assert door.main([*SMALL, "--figure", str(figure)]) == 0
    assert "no figure: matplotlib, seaborn not installed" in capsys.readouterr().out
    assert not figure.exists()


def test_a_figure_that_cannot_be_written_is_one_line(tmp_path: Path, capsys) -> None:
    (tmp_path / "file").touch()
    words = [*SMALL, "--figure", str(tmp_path / "file" / "figure.png")]
    assert run_command(lambda: door.main(words)) == 2
    assert "error: --figure: cannot write" in capsys.readouterr().err


@pytest.mark.mnist
@pytest.mark.slow
def test_both_of_the_original_pair_pass_95_percent_on_mnist_in_an_epoch(
    mnist_dir: Path, tmp_path: Path, capsys
) -> None:
    words = [
        "--pair",
        "original",
        "--dataset",
        "mnist",
        "--data-dir",
        str(mnist_dir),
        "--epochs",
        "1",
    ]
    assert door.main([*words, "--device", "cpu", "--figure", str(tmp_path / "f.png")]) == 0
    accuracies = re.findall(r"Accuracy: (\d\.\d+)", capsys.readouterr().out)
    assert len(accuracies) == 2
    assert min(map(float, accuracies)) > 0.95
