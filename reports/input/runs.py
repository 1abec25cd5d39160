"""The two input frames, read once into typed runs and learning curves.

Everything after this room is plain Python and numpy: one row is one `Run`, and a number that is
missing, NaN or infinite is `None`.
"""

import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from reports.input.metrics import METRICS, Metric, measured
from reports.input.resolution import grid_step
from reports.input.units import BYTES, SECONDS
from reports.input.validation import (
    FLOPS_COLUMN,
    FrameError,
    check_epochs,
    check_runs,
    with_names,
)

WHAT_RAN = (
    "cell", "status", "method", "dataset", "batch_size", "timesteps", "seed", "device", "budget",
    "torch_version", "code_version", "data_checksum", "device_name", "started_at", "failure",
)  # fmt: skip
"""Columns of every runs frame, whatever was measured."""
RUN_COLUMNS = (*WHAT_RAN, *(metric.column for metric in measured() if not metric.optional))
"""Columns that the metrics of a plan without metrics of its own need."""
EPOCH_COLUMNS = ("cell", "epoch", "cumulative_seconds", "validation_accuracy")

PERCENT = 100.0

ONE_BY_ONE = "one by one"


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """What must be equal for two runs to be compared at all."""

    device: str
    torch_version: str
    budget: str
    execution: str = ONE_BY_ONE
    """What tells apart times that were taken otherwise, such as "side by side"."""


@dataclass(frozen=True, slots=True)
class Run:
    """One training run. `timesteps` is `None` for a method without T.

    `batch_size` is `None` for all runs of a frame that knows none.

    `values` maps a metric's column to a finite number, or to `None` where the run failed or the
    number is unusable; accuracy is in percent, everything else in the unit of its column. Time and
    operations to the target accuracy are added by `targets`, infinite for a run that never got
    there.
    """

    cell: str
    status: str
    method: str
    embedding: str
    dataset: str
    batch_size: int | None
    timesteps: int | None
    seed: int
    condition: Condition
    provenance: Mapping[str, str]
    started_at: str
    failure: str
    values: Mapping[str, float | None]
    configuration: str = ""
    """How it differs from what the study declares; empty where it does not."""
    node: str = ""
    """Which machine it ran on, and of which kind that is; empty where nobody has said."""
    machine: str = ""
    flops_per_epoch: float | None = None
    """Floating-point operations of one pass over the training data; `None` where not counted."""
    stacked: bool = False
    """Whether its seed was computed together with others: then no time and no memory is its own."""
    resolution: float | None = None
    """Step between test accuracies (percent) on this data set; `None` where there is no grid."""

    @property
    def ok(self) -> bool:
        """Whether the run finished."""
        return self.status == "ok"

    def unusable(self, metrics: Iterable[Metric]) -> tuple[str, ...]:
        """Columns of `metrics` that a finished run should have, and has not."""
        return tuple(
            metric.column
            for metric in metrics
            if self.ok
            and not metric.optional
            and self.values[metric.column] is None
            # What nobody could measure is not missing.
            and not (self.stacked and metric.units in (SECONDS, BYTES))
        )


@dataclass(frozen=True, slots=True)
class Curve:
    """One run's validation accuracy (percent) after each epoch, against training seconds.

    Seconds are NaN where an epoch has none, as in runs whose seeds were computed as one.
    """

    epochs: tuple[int, ...]
    seconds: tuple[float, ...]
    accuracy: tuple[float, ...]

    @property
    def timed(self) -> "Curve":
        """The epochs that have seconds."""
        points = zip(self.epochs, self.seconds, self.accuracy, strict=True)
        kept = [point for point in points if math.isfinite(point[1])]
        return Curve(*map(tuple, zip(*kept, strict=True))) if kept else Curve((), (), ())


def read_runs(frame: pd.DataFrame, metrics: Sequence[Metric] = METRICS) -> tuple[Run, ...]:
    """Read the runs of `frame`, in an order that does not depend on the order of its rows.

    A frame without `cell` or `started_at` has none: every row is a run of its own. Raises
    `FrameError` if another column of `WHAT_RAN` or of a metric that is not optional is missing, or
    holds what it cannot.
    """
    frame = with_names(frame)
    found = measured(metrics)
    needed = (metric.column for metric in found if not metric.optional)
    _require(frame, (*WHAT_RAN, *needed), "runs")
    check_runs(frame, found)
    # `embedding` tells variants of a method apart where it is known; nothing else needs it.
    optional = (
        "embedding", "configuration", "execution", "node", "machine", "stacked", FLOPS_COLUMN,
    )  # fmt: skip
    columns = (*WHAT_RAN, *optional, *(metric.column for metric in found))
    known = [c for c in columns if c in frame.columns]
    runs = (_run(row, found) for row in frame[known].to_dict("records"))
    accuracy = next((metric.column for metric in found if metric.is_accuracy), None)
    return _with_resolution(sorted(runs, key=_order), accuracy)


Row = Mapping[str, object]
"""A row of the runs frame, with whatever columns it has."""


def rows_by_run(frame: pd.DataFrame) -> dict[tuple[str, str], Row]:
    """Return the rows of `frame` by cell and start."""
    rows = with_names(frame).to_dict("records")
    return {(_text(r["cell"]), _text(r["started_at"])): r for r in rows}  # type: ignore[misc]


def row_of(run: Run, rows: Mapping[tuple[str, str], Row]) -> Row:
    """Return a run's row among `rows`."""
    return rows[run.cell, run.started_at]


def as_declared(
    runs: Iterable[Run], *, all_configurations: bool = False
) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Split runs into those to analyse and those to set aside, which the study does not declare.

    With `all_configurations` none is set aside: another configuration of a method is an arm of its
    own, such as `name [width=0.25]`, so that unlike runs are never pooled.
    """
    runs = tuple(runs)
    if all_configurations:
        return tuple(_as_arm(run) for run in runs), ()
    declared = tuple(run for run in runs if not run.configuration)
    return declared, tuple(run for run in runs if run.configuration)


def _with_resolution(runs: Iterable[Run], column: str | None) -> tuple[Run, ...]:
    """Give every run the resolution of its data set's accuracies, which `column` holds."""
    runs = tuple(runs)
    if column is None:
        return runs
    shares: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        accuracy = run.values[column]
        if accuracy is not None:
            shares[run.dataset].append(accuracy / PERCENT)
    steps = {dataset: grid_step(values) for dataset, values in shares.items()}
    return tuple(
        replace(run, resolution=step * PERCENT) if (step := steps.get(run.dataset)) else run
        for run in runs
    )


def _as_arm(run: Run) -> Run:
    if not run.configuration:
        return run
    return replace(run, method=f"{run.method} [{run.configuration}]")


def latest_per_seed(runs: Iterable[Run]) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Split runs into the latest of each seed and the older ones it replaces.

    The seed is the unit of analysis: two records of the same method, setting and seed are one
    observation. The latest counts whatever its status, so that a rerun cannot hide a failure.
    """
    by_seed: dict[tuple[object, ...], list[Run]] = defaultdict(list)
    for run in runs:
        key = (run.method, run.dataset, run.batch_size, run.timesteps, run.seed, run.condition)
        by_seed[key].append(run)
    kept, older = [], []
    for same in by_seed.values():
        same.sort(key=lambda run: (run.started_at, run.cell))
        kept.append(same[-1])
        older.extend(same[:-1])
    return tuple(kept), tuple(older)


def read_curves(frame: pd.DataFrame) -> dict[str, Curve]:
    """Read learning curves by cell; epochs without a finite accuracy are left out.

    Raises `FrameError` if a column of `EPOCH_COLUMNS` is missing.
    """
    _require(frame, EPOCH_COLUMNS, "epochs")
    check_epochs(frame)
    columns = frame[list(EPOCH_COLUMNS)].drop_duplicates(["cell", "epoch"], keep="last")
    points: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
    for row in columns.to_dict("records"):
        seconds = _number(row["cumulative_seconds"])
        accuracy = _number(row["validation_accuracy"])
        if accuracy is not None:
            elapsed = math.nan if seconds is None else seconds
            points[str(row["cell"])].append((int(row["epoch"]), elapsed, accuracy * PERCENT))
    return {
        cell: Curve(*(tuple(column) for column in zip(*sorted(rows), strict=True)))
        for cell, rows in points.items()
    }


def _run(row: Mapping[object, object], metrics: Sequence[Metric]) -> Run:
    status = _text(row["status"])
    timesteps, batch_size = _number(row["timesteps"]), _number(row["batch_size"])
    return Run(
        cell=_text(row["cell"]),
        status=status,
        method=_text(row["method"]),
        embedding=_text(row.get("embedding")),
        configuration=_text(row.get("configuration")),
        node=_text(row.get("node")),
        machine=_text(row.get("machine")),
        stacked=_text(row.get("stacked")).lower() == "true",
        dataset=_text(row["dataset"]),
        batch_size=None if batch_size is None else int(batch_size),
        timesteps=None if timesteps is None else int(timesteps),
        seed=int(row["seed"]),  # type: ignore[call-overload]
        condition=Condition(
            _text(row["device"]),
            _text(row["torch_version"]),
            _text(row["budget"]),
            _text(row.get("execution")) or ONE_BY_ONE,
        ),
        provenance={
            name: _text(row[name]) for name in ("data_checksum", "code_version", "device_name")
        },
        started_at=_text(row["started_at"]),
        failure=_text(row["failure"]),
        flops_per_epoch=_number(row.get(FLOPS_COLUMN)) or None,  # 0 operations were not counted
        values={
            metric.column: _measured(metric, row.get(metric.column)) if status == "ok" else None
            for metric in metrics
        },
    )


def metrics_in(
    groups: Iterable[Iterable[Run]], metrics: Sequence[Metric] = METRICS
) -> tuple[Metric, ...]:
    """Return those of `metrics` that these runs have: all but optional ones that no run has."""
    found = {c for runs in groups for run in runs for c, v in run.values.items() if v is not None}
    return tuple(m for m in metrics if not m.optional or m.column in found)


def _measured(metric: Metric, value: object) -> float | None:
    number = _number(value)
    if metric.is_difference:
        return None if number is None else number * metric.factor
    # A time or a size of 0 was not measured; its ratio would be infinite.
    return number * metric.factor if number is not None and number > 0 else None


def _number(value: object) -> float | None:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if type(value) is int and abs(value) > sys.float_info.max:
        return None
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def _text(value: object) -> str:
    missing = value is None or value is pd.NA or value is pd.NaT
    missing = missing or (isinstance(value, float) and math.isnan(value))
    return "" if missing else str(value)


def _order(run: Run) -> tuple[object, ...]:
    return (
        run.dataset, run.batch_size or 0, run.timesteps or 0, run.condition, run.method, run.seed,
        run.started_at, run.cell,
    )  # fmt: skip


def _require(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise FrameError(f"the {name} frame lacks {', '.join(missing)}")
