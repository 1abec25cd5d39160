"""What a runs frame has to hold, checked before it is read: an error names the column and the row.

A value that is quietly cut, converted or taken for something else would become a wrong verdict: a
seed of 0.5 would be 0, an accuracy of 95.3 would be 9530 %.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from reports.input.metrics import Metric

STATUSES = ("ok", "diverged", "out-of-memory", "error", "timeout")
"""How a run ends: `ok` finished, everything else is a failure."""

WHAT_A_RUN_IS = ("method", "dataset", "batch_size", "timesteps", "seed")
"""One value of `cell` names one of these."""


class FrameError(ValueError):
    """An input frame cannot be read; the message names the frame, the column and the row."""


def check_runs(frame: pd.DataFrame, metrics: Sequence[Metric]) -> None:
    """Raise `FrameError` for the first thing in `frame` that cannot be what it says.

    Columns are there already. Rows are counted from 1, as they stand in the frame.
    """
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


def _numbers(frame: pd.DataFrame, column: str) -> "pd.Series[float]":
    """Return a column as floats; refuse what is there and is no number."""
    values = frame[column]
    numbers = pd.to_numeric(values, errors="coerce").astype("Float64").astype("float64")
    _refuse(frame, column, numbers.isna() & values.notna(), "is no number")
    return numbers


def _refuse(frame: pd.DataFrame, column: str, wrong: "pd.Series[bool]", why: str) -> None:
    places = np.flatnonzero(wrong.to_numpy(dtype=bool, na_value=False))
    if places.size:
        at = int(places[0])
        value = frame[column].iloc[at]
        more = f" ({places.size} rows are like that)" if places.size > 1 else ""
        raise FrameError(f"the runs frame, row {at + 1}: {column} {value!r} {why}{more}")
