"""A tidy table into the runs frame that every analysis reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from reports.display.words import join, visible
from reports.input.runs import EPOCH_COLUMNS
from reports.input.validation import FrameError
from reports.tidy.measures import Measure
from reports.tidy.numbers import is_blank, numbers, parsed, refuse, told
from reports.tidy.roles import Roles
from reports.tidy.synonyms import FAILED, OK

Missing = Literal["refuse", "failed", "unmeasured"]
"""What a missing or infinite number of a finished run means: nothing that can be guessed."""

KEY = ("method", "dataset", "batch_size", "timesteps", "device", "budget", "seed")


@dataclass(frozen=True, slots=True)
class Tidy:
    """The runs frame of a table; `seeds_are_labels` where seeds were numbered in their order."""

    runs: pd.DataFrame
    seeds_are_labels: bool

    @property
    def epochs(self) -> pd.DataFrame:
        """No learning curves: a tidy table has one row per run."""
        return pd.DataFrame({column: [] for column in EPOCH_COLUMNS})


def tidy_runs(
    table: pd.DataFrame, roles: Roles, measures: Sequence[Measure], missing: Missing
) -> Tidy:
    """Return one row per run; raises `FrameError` that names column and row."""
    seeds, are_labels = _seeds(_role(table, roles, "seed"))
    status, failure = _status(table, roles)
    runs = pd.DataFrame(
        {
            "cell": [str(i + 1) for i in range(len(table))],
            "method": _texts(table, roles, "method"),
            "dataset": _texts(table, roles, "dataset"),
            "batch_size": _counts(table, roles, "batch_size", gaps=False),
            "timesteps": _counts(table, roles, "timesteps", gaps=True),
            "seed": seeds,
            "device": _texts(table, roles, "device"),
            "budget": _texts(table, roles, "budget"),
            "status": status,
            "failure": failure,
            **dict.fromkeys(
                ("torch_version", "code_version", "data_checksum", "device_name", "started_at"), ""
            ),
        }
    )
    for measure in measures:
        if measure.metric.column in runs.columns:
            raise FrameError(f"a metric cannot be called '{measure.column}': rename that column")
        runs[measure.metric.column] = measure.values.to_numpy()
    _refuse_repeats(table.drop(columns=[m.column for m in measures]), runs, roles)
    return Tidy(_without_gaps(runs, measures, missing), are_labels)


def _role(table: pd.DataFrame, roles: Roles, role: str) -> "pd.Series[Any]":
    """Return a role's values; several columns are joined, as in `digits, 0.1`."""
    columns = roles.columns[role]
    for name in columns:
        refuse(table[name], is_blank(table[name]), lambda _: "has no value")
    if len(columns) == 1:
        return table[columns[0]]
    joined = table[list(columns)].astype(str).agg(", ".join, axis=1)
    return joined.rename(", ".join(columns))


def _texts(table: pd.DataFrame, roles: Roles, role: str) -> list[str]:
    if role not in roles.columns:
        return [""] * len(table)
    return [visible(str(value).strip()) for value in _role(table, roles, role)]


def _counts(table: pd.DataFrame, roles: Roles, role: str, *, gaps: bool) -> "pd.Series[float]":
    """Return whole numbers from 1 on; NaN without such a column and, with `gaps`, for no value."""
    if role not in roles.columns:
        return pd.Series(np.nan, index=range(len(table)))
    (name, *more) = roles.columns[role]
    if more:
        raise FrameError(f"{role} takes one column, not {join([name, *more])}")
    found = numbers(table[name])
    if not gaps:
        refuse(table[name], found.isna(), lambda _: "has no value")
    whole = found.ge(1) & found.mod(1).eq(0) & np.isfinite(found)
    refuse(
        table[name],
        ~whole & found.notna(),
        lambda value: (
            f"{told(value)} is no whole number from 1 on, which a {role.replace('_', ' ')} is"
        ),
    )
    return found.reset_index(drop=True)


def _seeds(column: "pd.Series[Any]") -> tuple[list[int], bool]:
    """Return seeds as they are, or labels of seeds as numbers in their order."""
    found = parsed(column)
    if found.notna().all():
        whole = found.mod(1).eq(0) & np.isfinite(found)
        refuse(
            column,
            ~whole,
            lambda value: f"{told(value)} is no seed: seeds are whole numbers or names",
        )
        if found.ge(0).all():
            return [int(value) for value in found], False
    labels = sorted({str(value) for value in column}, key=lambda text: (len(text), text))
    number = {label: i for i, label in enumerate(labels)}
    return [number[str(value)] for value in column], True


def _status(table: pd.DataFrame, roles: Roles) -> tuple[list[str], list[str]]:
    """Return how every run ended, in our words, and what the table said of failures."""
    if "status" not in roles.columns:
        return ["ok"] * len(table), [""] * len(table)
    column = _role(table, roles, "status")
    known = [str(value).strip().lower().replace("_", "-").replace(" ", "-") for value in column]
    unknown = pd.Series([word not in OK and word not in FAILED for word in known])
    refuse(
        column,
        unknown,
        lambda value: f"{told(value)} is none of {', '.join(sorted(OK))}, {', '.join(FAILED)}",
    )
    return (
        ["ok" if word in OK else FAILED[word] for word in known],
        ["" if word in OK else str(value) for word, value in zip(known, column, strict=True)],
    )


def _refuse_repeats(table: pd.DataFrame, runs: pd.DataFrame, roles: Roles) -> None:
    """Refuse two rows for one run: nobody can tell which of them counts."""
    key = list(KEY)
    repeated = runs.duplicated(key, keep=False)
    if not repeated.any():
        return
    first = int(np.flatnonzero(repeated)[0])
    same = (runs[key].fillna(-1) == runs[key].fillna(-1).iloc[first]).all(axis=1)
    second = int(np.flatnonzero(same)[1])
    differs = [
        str(c)
        for c in table.columns
        if c not in roles.taken and str(table[c].iloc[first]) != str(table[c].iloc[second])
    ]
    said = {role: str(table[c].iloc[first]) for role in roles.columns for c in roles.columns[role]}
    hint = (
        f"; they differ in {join(differs)}. If one of these tells runs apart, say so by "
        "--role dataset=COLUMN,COLUMN; of epochs of one run, keep the last"
        if differs
        else ""
    )
    raise FrameError(
        f"rows {first + 1} and {second + 1} are the same run "
        f"({', '.join(f'{role} {value}' for role, value in said.items())}){hint}"
    )


def _without_gaps(
    runs: pd.DataFrame, measures: Iterable[Measure], missing: Missing
) -> pd.DataFrame:
    """Treat finished runs that lack a number as `missing` says."""
    finished = runs["status"].eq("ok")
    for measure in measures:
        column = measure.metric.column
        gap = finished & ~np.isfinite(runs[column])
        if missing == "refuse":
            refuse(
                runs[column].astype(object),
                gap,
                lambda value: (
                    f"is {value}, and nothing says what that means: --missing failed if such a run "
                    "failed, --missing unmeasured if it was not measured, or a column 'status'"
                ),
            )
        elif missing == "failed":
            runs.loc[gap, "failure"] = f"no {measure.metric.name.lower()}"
            runs.loc[gap, "status"] = "error"
    return runs


def counts(runs: pd.DataFrame) -> Mapping[str, int]:
    """Return how many methods, seeds and data sets there are."""
    return {name: int(runs[name].nunique()) for name in ("method", "seed", "dataset")}
