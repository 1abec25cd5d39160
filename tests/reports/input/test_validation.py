"""What a frame cannot hold is refused by column and row; nothing is cut or taken for another."""

import pandas as pd
import pytest

from reports.input.runs import FrameError, read_runs


def spoiled(study, **columns):
    """Return a runs frame with these values in its third row."""
    runs, _ = study(("backprop", "noprop-dt"), (64,), (2,), seeds=3)
    for column, value in columns.items():
        runs[column] = runs[column].astype(object)
        runs.loc[runs.index[2], column] = value
    return runs


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("seed", 0.5, "seed 0.5 is no whole number from 0 on"),
        ("seed", "s0", "seed 's0' is no number"),
        ("seed", None, "seed None has no value"),
        ("seed", -1, "seed -1 is no whole number"),
        ("batch_size", float("nan"), "batch_size nan has no value"),
        ("batch_size", 0, "batch_size 0 is no whole number from 1 on"),
        ("timesteps", 2.5, "timesteps 2.5 is no whole number"),
        ("test_accuracy", 95.3, "test_accuracy 95.3 is no share from 0 to 1 (in percent?)"),
        ("test_accuracy", "n/a", "test_accuracy 'n/a' is no number"),
        ("train_seconds", -3.0, "train_seconds -3.0 is below 0"),
        ("status", "finished", "status 'finished' is none of ok, diverged"),
        ("cell", None, "cell None has no value"),
        ("method", float("nan"), "method nan has no value"),
    ],
)
def test_an_error_names_column_and_row(study, column, value, words):
    with pytest.raises(FrameError) as error:
        read_runs(spoiled(study, **{column: value}))
    assert str(error.value).startswith("the runs frame, row 3: ")
    assert words in str(error.value)


def test_how_many_rows_are_wrong_is_said(study):
    runs, _ = study(("backprop",), (64,), (2,), seeds=3)
    with pytest.raises(FrameError, match=r"row 1: test_accuracy .* \(3 rows are like that\)"):
        read_runs(runs.assign(test_accuracy=runs.test_accuracy * 100))


def test_one_cell_for_two_runs_is_refused(study):
    runs = spoiled(study, cell="digits-backprop-64-2-0")
    with pytest.raises(FrameError, match="row 3: cell 'digits-backprop-64-2-0' is that of another"):
        read_runs(runs)


def test_another_record_of_the_same_run_may_have_its_cell(study):
    runs, _ = study(("backprop",), (64,), (2,), seeds=3)
    again = runs.assign(started_at="2027")
    assert len(read_runs(pd.concat([runs, again]))) == 6


def test_missing_measurements_and_times_are_no_errors(study):
    runs = spoiled(study, test_accuracy=None, started_at=float("nan"), peak_memory_bytes=None)
    assert len(read_runs(runs)) == 6
