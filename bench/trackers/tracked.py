"""What a tracker is told of a run: taken from the frames, so that every tracker tells the same."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from bench.records.columns import EPOCH_COLUMNS, RUN_COLUMNS

PARAMETERS = (
    "method", "dataset", "batch_size", "timesteps", "seed", "budget", "device", "execution",
    "embedding", "options", "threads", "isolation",
)  # fmt: skip
"""What decided the run; everything else is a number that was measured, or a label."""
RESULTS = tuple(
    column.name
    for column in RUN_COLUMNS
    if column.name not in PARAMETERS and column.dtype in ("float64", "int64", "Int64")
)
CURVES = tuple(
    column.name
    for column in EPOCH_COLUMNS
    if column.name not in (*PARAMETERS, "epoch") and column.dtype == "float64"
)


@dataclass(frozen=True, slots=True)
class Point:
    """Numbers by column after an epoch, counted from 1; `at` is in seconds since 1970."""

    epoch: int
    at: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Tracked:
    """One run. `key` is that of its record: it is told to a tracker once.

    `started` and `ended` are in seconds since 1970, in UTC.
    """

    key: str
    name: str
    study: str
    ok: bool
    started: float
    ended: float
    parameters: Mapping[str, str]
    labels: Mapping[str, str]
    results: Mapping[str, float]
    curve: tuple[Point, ...]


def tracked_runs(runs: pd.DataFrame, epochs: pd.DataFrame) -> Iterator[Tracked]:
    """Return the runs of `bench.records.frame.load`, with their epochs, in their order."""
    curves = {str(cell): part for cell, part in epochs.groupby("cell", sort=False)}
    for row in runs.to_dict("records"):
        started = datetime.fromisoformat(str(row["started_at"])).timestamp()
        parameters = _texts(row, PARAMETERS)
        rest = [n for n in map(str, row) if n not in (*PARAMETERS, *RESULTS)]
        steps = f" T={parameters['timesteps']}" if "timesteps" in parameters else ""
        yield Tracked(
            key=f"{row['cell']}-{started:.0f}",
            name=f"{row['method']} {row['dataset']} b={row['batch_size']}{steps} s={row['seed']}",
            study=str(row["study"]),
            ok=row["status"] == "ok",
            started=started,
            ended=started + (_numbers(row, ("wall_seconds",)).get("wall_seconds") or 0.0),
            parameters=parameters,
            labels=_texts(row, rest),
            results=_numbers(row, RESULTS),
            curve=tuple(_points(curves.get(str(row["cell"])), started)),
        )


def _points(epochs: pd.DataFrame | None, started: float) -> Iterator[Point]:
    if epochs is None:
        return
    for row in epochs.to_dict("records"):
        values = _numbers(row, CURVES)
        yield Point(int(row["epoch"]), started + values.get("cumulative_seconds", 0.0), values)


def _texts(row: Mapping[object, object], names: tuple[str, ...] | list[str]) -> dict[str, str]:
    """Return what there is; an empty text says nothing."""
    there = {name: row[name] for name in names if name in row}
    return {name: str(value) for name, value in there.items() if not _is_none(value)}


def _numbers(row: Mapping[object, object], names: tuple[str, ...]) -> dict[str, float]:
    """Return the finite numbers: no tracker keeps another."""
    there = {name: row[name] for name in names if name in row and not _is_none(row[name])}
    numbers = {name: float(str(value)) for name, value in there.items()}
    return {name: value for name, value in numbers.items() if math.isfinite(value)}


def _is_none(value: object) -> bool:
    return value is None or value is pd.NA or value == "" or value != value
