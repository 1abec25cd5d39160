"""Whatever a frame holds: it is read, or refused in one line that names column and row."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import study as make

from reports.input.plan import Plan, PlanError
from reports.input.runs import FrameError, read_curves, read_runs
from reports.page.analysis import analyse

RUNS, EPOCHS = make(("backprop", "noprop-dt"), (64,), (2,), seeds=4, epochs=3)
PLAN = Plan.declared({"title": "x", "baseline": "backprop"})


@pytest.mark.parametrize("column", ["cell", "started_at"])
def test_frames_without_names_of_cells_or_times_are_read(column):
    runs, epochs = RUNS.drop(columns=column), EPOCHS
    analysis = analyse(runs, epochs, PLAN)
    assert len(analysis.runs) == 8
    whole = analyse(RUNS, EPOCHS, PLAN)
    for ours, theirs in zip(analysis.comparisons, whole.comparisons, strict=False):
        assert ours.paired.effect == theirs.paired.effect


def test_two_records_of_a_run_need_times_to_tell_the_later_one():
    twice = pd.concat([RUNS, RUNS.iloc[[2]]]).drop(columns=["started_at", "cell"])
    with pytest.raises(FrameError) as error:
        read_runs(twice)
    assert str(error.value) == (
        "the runs frame, row 9: seed np.int64(2) of 'backprop' is that of row 3 too, and no "
        "started_at says which record is the later one"
    )


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("epoch", float("nan"), "epoch nan is no whole number from 0 on"),
        ("epoch", 1.5, "epoch 1.5 is no whole number"),
        ("cumulative_seconds", "n/a", "cumulative_seconds 'n/a' is no number"),
        ("cumulative_seconds", -1.0, "cumulative_seconds -1.0 is below 0"),
        ("validation_accuracy", 95.3, "validation_accuracy 95.3 is no share from 0 to 1"),
        ("validation_accuracy", "high", "validation_accuracy 'high' is no number"),
        ("cell", None, "cell None has no value"),
    ],
)
def test_an_epochs_frame_is_refused_by_column_and_row(column, value, words):
    epochs = EPOCHS.astype({column: object})
    epochs.loc[epochs.index[2], column] = value
    with pytest.raises(FrameError) as error:
        read_curves(epochs)
    assert str(error.value).startswith(f"the epochs frame, row 3: {words}")


def test_a_negative_seed_of_resampling_is_refused_by_name():
    with pytest.raises(PlanError, match="random_seed is -1"):
        Plan.declared({"title": "x", "baseline": "b", "random_seed": -1})


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(), st.sampled_from(["n/a", "s0", ""]),
    st.just(pd.NA), st.just(pd.NaT), st.lists(st.integers(), max_size=2), st.just(10**400),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["runs", "epochs"]), st.data(), st.integers(0, 7), ODD)
def test_no_value_anywhere_is_a_traceback(which, data, row, value):
    """One cell of one column holds something odd: it is read, or one line says where."""
    frame = (RUNS if which == "runs" else EPOCHS).astype(object)
    column = data.draw(st.sampled_from(sorted(frame.columns)))
    frame.at[frame.index[row], column] = value
    try:
        (read_runs if which == "runs" else read_curves)(frame)
    except FrameError as error:
        message = str(error)
        assert "\n" not in message
        assert column in message or "cell" in message or "seed" in message
        assert f"row {row + 1}" in message


@settings(deadline=None, max_examples=8)
@given(
    st.sampled_from(["test_accuracy", "epoch_seconds", "train_seconds", "peak_memory_bytes"]),
    st.integers(0, 7),
    st.sampled_from([None, math.nan, math.inf, 0, 5e-324]),
)
def test_what_is_read_is_analysed_without_nonsense(column, row, value):
    frame = RUNS.astype(object)
    frame.at[frame.index[row], column] = value
    for c in analyse(frame, EPOCHS, PLAN).comparisons:
        point = c.paired.effect.point
        assert point is None or not math.isnan(point)


@settings(deadline=None, max_examples=12)
@given(st.sampled_from(sorted(set(RUNS.columns))))
def test_a_missing_column_is_named_or_does_not_matter(column):
    try:
        analyse(RUNS.drop(columns=column), EPOCHS, PLAN)
    except FrameError as error:
        assert f"the runs frame lacks {column}" in str(error)
