"""Columns as numbers: what is missing, what is no number, and in which row."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from reports.input.validation import FrameError

MISSING = frozenset({"", "na", "n/a", "nan", "none", "null", "-", "<na>"})
"""Texts that stand for no value where a number belongs."""


def is_blank(column: "pd.Series[Any]") -> "pd.Series[bool]":
    """Return which values are none, or an empty text; a method may well be called NA."""
    texts = column.map(lambda value: isinstance(value, str) and not value.strip())
    return column.isna() | texts.astype(bool)


def is_missing(column: "pd.Series[Any]") -> "pd.Series[bool]":
    """Return which values are none, or a text that says so."""
    texts = column.map(lambda v: isinstance(v, str) and v.strip().lower() in MISSING)
    return column.isna() | texts.astype(bool)


def parsed(column: "pd.Series[Any]") -> "pd.Series[float]":
    """Return a column as floats, NaN for what is missing or no number."""
    return pd.to_numeric(column, errors="coerce").astype("Float64").astype("float64")


def is_numeric(column: "pd.Series[Any]") -> bool:
    """Whether a column holds numbers, and nothing else besides missing values."""
    if pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_timedelta64_dtype(column):
        return False
    there = ~is_missing(column)
    return bool(there.any() and parsed(column[there]).notna().all())


def numbers(column: "pd.Series[Any]") -> "pd.Series[float]":
    """Return a column as floats, NaN for what is missing; raises `FrameError` for a text."""
    found = parsed(column)
    refuse(column, found.isna() & ~is_missing(column), lambda value: f"{told(value)} is no number")
    return found


def told(value: object) -> str:
    """Return a value as an error names it: texts in quotes."""
    return repr(value) if isinstance(value, str) else str(value)


def refuse(
    column: "pd.Series[Any]", wrong: "pd.Series[bool]", why: Callable[[object], str]
) -> None:
    """Raise `FrameError` for the first row that is `wrong`; rows are counted from 1."""
    places = np.flatnonzero(wrong.to_numpy(dtype=bool))
    if places.size:
        at = int(places[0])
        more = f" ({places.size} rows are like that)" if places.size > 1 else ""
        raise FrameError(f"row {at + 1}: {column.name} {why(column.iloc[at])}{more}")
