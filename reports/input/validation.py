"""What a runs frame has to hold, checked before it is read: an error names the column and the row.

A value that is quietly cut, converted or taken for something else would become a wrong verdict: a
seed of 0.5 would be 0, an accuracy of 95.3 would be 9530 %.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from reports.input.metrics import Metric

STATUSES = ("ok", "diverged", "out-of-memory", "error", "timeout")
"""How a run ends: `ok` finished, everything else is a failure."""

WHAT_A_RUN_IS = ("method", "dataset", "batch_size", "timesteps", "seed")
"""One value of `cell` names one of these."""

FLOPS_COLUMN = "flops_per_epoch"
"""What operations to a target are counted by, where the frame has it."""

TEXTS = (
    "cell", "status", "method", "dataset", "device", "torch_version", "budget", "code_version",
    "data_checksum", "device_name", "started_at", "failure", "embedding", "configuration",
)  # fmt: skip
"""Columns whose values are read as they are."""

WHERE = ("device", "torch_version", "budget", "configuration")
"""What keeps two records of one seed apart besides."""


class FrameError(ValueError):
    """An input frame cannot be read; the message names the frame, the column and the row."""


def with_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Give rows a `cell` and a `started_at` where the frame has no such column.

    A name of its own for every row, and no time: what nothing but an order of records needs.
    """
    missing: dict[str, Any] = {}
    if "cell" not in frame.columns:
        missing["cell"] = [f"row {i + 1}" for i in range(len(frame))]
    if "started_at" not in frame.columns:
        missing["started_at"] = ""
    return frame.assign(**missing) if missing else frame


def check_epochs(frame: pd.DataFrame) -> None:
    """Raise `FrameError` for the first thing in an epochs frame that cannot be what it says."""
    held = frame["cell"].map(pd.api.types.is_scalar).astype(bool)
    _refuse(frame, "cell", ~held, "is no text or number", "epochs")
    _refuse(frame, "cell", frame["cell"].isna(), "has no value", "epochs")
    epochs = _numbers(frame, "epoch", "epochs")
    whole = epochs.ge(0) & epochs.mod(1).eq(0) & np.isfinite(epochs)
    _refuse(frame, "epoch", ~whole, "is no whole number from 0 on", "epochs")
    seconds = _numbers(frame, "cumulative_seconds", "epochs")
    _refuse(frame, "cumulative_seconds", seconds < 0, "is below 0", "epochs")
    shares = _numbers(frame, "validation_accuracy", "epochs").where(np.isfinite)
    outside = (shares < 0) | (shares > 1)
    why = "is no share from 0 to 1 (in percent?)"
    _refuse(frame, "validation_accuracy", outside, why, "epochs")


def check_runs(frame: pd.DataFrame, metrics: Sequence[Metric]) -> None:
    """Raise `FrameError` for the first thing in `frame` that cannot be what it says.

    Columns are there already. Rows are counted from 1, as they stand in the frame.
    """
    for column in filter(frame.columns.__contains__, TEXTS):
        held = frame[column].map(pd.api.types.is_scalar).astype(bool)
        _refuse(frame, column, ~held, "is no text or number")
    for column in ("method", "dataset", "cell"):
        _refuse(frame, column, frame[column].isna(), "has no value")
    _refuse(frame, "status", ~frame["status"].isin(STATUSES), f"is none of {', '.join(STATUSES)}")
    no_batches = bool(frame["batch_size"].isna().all())  # then batch size plays no part at all
    for column, least, optional in (("seed", 0, False), ("batch_size", 1, no_batches),
                                    ("timesteps", 1, True)):  # fmt: skip
        numbers = _numbers(frame, column)
        missing = frame[column].isna()
        if not optional:
            _refuse(frame, column, missing, "has no value")
        whole = numbers.ge(least) & numbers.mod(1).eq(0) & np.isfinite(numbers)
        _refuse(frame, column, ~whole & ~missing, f"is no whole number from {least} on")
    if FLOPS_COLUMN in frame.columns:
        _refuse(frame, FLOPS_COLUMN, _numbers(frame, FLOPS_COLUMN) < 0, "is below 0")
    for metric in metrics:
        if metric.column in frame.columns:
            numbers = _numbers(frame, metric.column)
            # NaN and infinity are measurements that went wrong: unusable, counted and warned of.
            numbers = numbers.where(np.isfinite(numbers))
            if metric.is_share:
                outside = (numbers < 0) | (numbers > 1)
                _refuse(frame, metric.column, outside, "is no share from 0 to 1 (in percent?)")
            elif not metric.is_difference:
                _refuse(frame, metric.column, numbers < 0, "is below 0")
    _check_cells(frame)
    _check_latest(frame)


def _check_cells(frame: pd.DataFrame) -> None:
    """Refuse a `cell` that stands for unlike runs: they would share one learning curve."""
    unlike = frame[["cell", *WHAT_A_RUN_IS]].drop_duplicates()
    repeated = unlike[unlike["cell"].duplicated()]
    if len(repeated):
        at = int(np.flatnonzero(frame.index == repeated.index[0])[0])
        raise FrameError(
            f"the runs frame, row {at + 1}: cell {repeated['cell'].iloc[0]!r} is that of another "
            "run too; every run needs a cell of its own"
        )


def _check_latest(frame: pd.DataFrame) -> None:
    """Refuse two records of one run of which none is known to be the later one."""
    same = [c for c in (*WHAT_A_RUN_IS, *WHERE, "started_at") if c in frame.columns]
    untold = frame["started_at"].isna() | frame["started_at"].astype(str).eq("")
    repeated = np.flatnonzero((frame[same].duplicated() & untold).to_numpy())
    if repeated.size:
        at = int(repeated[0])
        first = int(
            np.flatnonzero(
                (
                    frame[same].eq(frame[same].iloc[at])
                    | (frame[same].isna() & frame[same].iloc[at].isna())
                )
                .all(axis=1)
                .to_numpy(dtype=bool, na_value=False)
            )[0]
        )
        seed = frame["seed"].iloc[at]
        raise FrameError(
            f"the runs frame, row {at + 1}: seed {seed!r} of {frame['method'].iloc[at]!r} is that "
            f"of row {first + 1} too, and no started_at says which record is the later one"
        )


def _numbers(frame: pd.DataFrame, column: str, name: str = "runs") -> "pd.Series[float]":
    """Return a column as floats; refuse what is there and is no number."""
    values = frame[column]
    if values.dtype == object:  # whole numbers beyond what a float holds
        values = values.map(lambda v: float("inf") if type(v) is int and abs(v) > 1e300 else v)
    numbers = pd.to_numeric(values, errors="coerce").astype("Float64").astype("float64")
    _refuse(frame, column, numbers.isna() & values.notna(), "is no number", name)
    return numbers


def _refuse(
    frame: pd.DataFrame, column: str, wrong: "pd.Series[bool]", why: str, name: str = "runs"
) -> None:
    places = np.flatnonzero(wrong.to_numpy(dtype=bool, na_value=False))
    if places.size:
        at = int(places[0])
        value = frame[column].iloc[at]
        more = f" ({places.size} rows are like that)" if places.size > 1 else ""
        raise FrameError(f"the {name} frame, row {at + 1}: {column} {value!r} {why}{more}")
