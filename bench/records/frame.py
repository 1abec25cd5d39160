"""Records become pandas frames: one row per run, and one row per epoch.

Columns, units and meanings are in `bench.records.columns`. The metrics of a run that failed are
missing, but its row is there.
"""

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import pandas as pd

from bench.records.columns import (
    CONTROL_COLUMNS,
    EPOCH_COLUMNS,
    GRADIENT_COLUMNS,
    RUN_COLUMNS,
    Column,
)
from bench.records.configuration import configurations
from bench.records.disturbance import why_disturbed
from bench.records.packed import readable
from bench.records.record import MemoryParts, Record
from bench.records.steadiness import steadiness, typical
from bench.records.store import RecordStore
from bench.study.study import Study
from noprop_core import registry
from noprop_core.errors import InvalidSetting
from noprop_core.facts import DISTANCE, DISTANCE_AT_START, PADDING, READ_FIRST, READ_LAST
from noprop_core.options import restored
from reports.files.output import whole_file
from reports.files.spreadsheets import as_text


def load(folder: str | Path) -> pd.DataFrame:
    """Return the runs recorded in a study's folder, such as `results/quick`, packed or not.

    Runs that differ from what the folder's study declares say so in the column `configuration`;
    raises `InvalidInput` for a declaration that cannot be read.
    """
    with readable(Path(folder)) as place:
        store = RecordStore(place)
        return runs_frame(store.load(), store.load_study() if store.has_study else None)


def load_epochs(folder: str | Path) -> pd.DataFrame:
    """Return the epochs of every run recorded in a study's folder."""
    return epochs_frame(_records(folder))


def load_controls(folder: str | Path) -> pd.DataFrame:
    """Return the controls of every run recorded in a study's folder."""
    return controls_frame(_records(folder))


def load_gradients(folder: str | Path) -> pd.DataFrame:
    """Return the gradient norms of every run recorded in a study's folder."""
    return gradients_frame(_records(folder))


def _records(folder: str | Path) -> list[Record]:
    with readable(Path(folder)) as place:
        return RecordStore(place).load()


def runs_frame(records: Iterable[Record], study: Study | None = None) -> pd.DataFrame:
    """Return one row per record, with the columns of `RUN_COLUMNS`.

    `study` is what was declared; without it every configuration is empty.
    """
    records = list(records)
    words = configurations(records, study) if study else [""] * len(records)
    rows = [
        _run_row(record) | {"configuration": configuration}
        for record, configuration in zip(told_apart(records), words, strict=True)
    ]
    return _frame(rows, RUN_COLUMNS)


def epochs_frame(records: Iterable[Record]) -> pd.DataFrame:
    """Return one row per finished epoch, with the columns of `EPOCH_COLUMNS`."""
    rows = [row for record in told_apart(records) for row in _epoch_rows(record)]
    return _frame(rows, EPOCH_COLUMNS)


def controls_frame(records: Iterable[Record]) -> pd.DataFrame:
    """Return one row per run and control, with the columns of `CONTROL_COLUMNS`."""
    rows = [row for record in told_apart(records) for row in _control_rows(record)]
    return _frame(rows, CONTROL_COLUMNS)


def gradients_frame(records: Iterable[Record]) -> pd.DataFrame:
    """Return one row per run, epoch and block, with the columns of `GRADIENT_COLUMNS`.

    Only runs that were made with `gradient_norms` have any.
    """
    rows = [row for record in told_apart(records) for row in _gradient_rows(record)]
    return _frame(rows, GRADIENT_COLUMNS)


def told_apart(records: Iterable[Record]) -> list[Record]:
    """Give runs of one cell under several releases of torch ids of their own."""
    records = list(records)
    releases: dict[str, set[str]] = defaultdict(set)
    for record in records:
        releases[record.cell_id].add(record.environment.torch)
    return [
        record.model_copy(update={"cell_id": f"{record.cell_id}@{record.environment.torch}"})
        if len(releases[record.cell_id]) > 1
        else record
        for record in records
    ]


def export(runs: pd.DataFrame, path: Path) -> None:
    """Write a frame to a .csv or .parquet file; raises `InvalidSetting` for any other ending."""
    if path.suffix not in (".csv", ".parquet"):
        raise InvalidSetting(
            f"--export: '{path}' must end in .csv or .parquet, or begin with mlflow:, "
            "tensorboard: or wandb:"
        )
    try:
        with whole_file(path) as written:
            if path.suffix == ".csv":
                as_text(runs).to_csv(written, index=False, errors="backslashreplace")
            else:
                runs.to_parquet(written, index=False)
    except OSError as error:
        raise InvalidSetting(f"--export: cannot write '{path}': {error}") from error


def _run_row(record: Record) -> dict[str, Any]:
    cell, ok = record.cell, record.status == "ok"
    seconds = seconds_of(record)
    timed = ok and bool(seconds)
    return {
        "study": record.study,
        "cell": record.cell_id,
        "status": record.status,
        "method": cell.method,
        "dataset": cell.dataset,
        "batch_size": cell.batch_size,
        "timesteps": cell.timesteps,
        "seed": cell.seed,
        "device": cell.execution.device,
        "budget": cell.budget.label_on(cell.train_images),
        "execution": cell.execution.words,
        "embedding": _embedding(cell.options),
        "options": (options := json.dumps(cell.options, sort_keys=True)),
        "idle_options": _idle_options(cell.method, options),
        "test_accuracy": statistics.fmean(record.test_accuracies) if ok else None,
        "validation_accuracy": record.tested.validation_accuracy if ok else None,
        "validation_loss": record.tested.validation_loss if ok else None,
        "train_seconds": sum(seconds) if timed else None,
        "epoch_seconds": typical(seconds) if timed else None,
        **_steadiness_columns(seconds if timed else []),
        "peak_memory_bytes": record.memory.peak_bytes if ok and record.memory else None,
        **_memory_columns(record if ok else None),
        **_rate_columns(record if ok else None),
        "disturbed": _disturbed(record),
        "isolation": record.isolation,
        "stacked": cell.execution.stacked,
        **_fact_columns(record),
        **_communication_columns(record),
        "parameters": record.parameters,
        "epochs_run": len(record.epochs),
        "ended_by": record.ended_by or "",
        "examples_seen": record.examples_seen,
        "wall_seconds": record.phases.wall if record.phases else None,
        "torch_version": record.environment.torch,
        "code_version": record.environment.code_version,
        "data_checksum": record.data_checksum,
        "device_name": record.environment.device,
        "processor": record.environment.which_processor,
        "node": record.environment.node,
        "machine": record.environment.kind_of_machine,
        "cuda": record.environment.cuda,
        "driver": record.environment.driver,
        "threads": record.environment.threads,
        "started_at": record.started_at,
        "position": record.position,
        "failure": record.failure,
    }


def seconds_of(record: Record) -> list[float]:
    """Return the time of every epoch; none of a run whose seed was stacked with others."""
    return [epoch.seconds for epoch in record.epochs if epoch.seconds is not None]


def _communication_columns(record: Record) -> dict[str, Any]:
    found, epochs = record.communication, len(record.epochs)

    def per_epoch(sent: list[int] | None) -> float | None:
        return None if sent is None or not epochs else sum(sent) / epochs

    return {
        "division": record.cell.execution.division,
        "ranks": record.cell.execution.ranks,
        "sent_bytes": per_epoch(found.training_bytes) if found else None,
        "gathered_bytes": per_epoch(found.gathering_bytes) if found else None,
    }


def _embedding(options: Mapping[str, Any]) -> str:
    """Return the kind of class embeddings; another package's option may be called so too."""
    table = options.get("embedding")
    return str(table.get("kind", "")) if isinstance(table, Mapping) else ""


def _steadiness_columns(seconds: list[float]) -> dict[str, Any]:
    found = steadiness(seconds)
    return {
        "first_epoch_seconds": seconds[0] if seconds else None,
        "drift": found.drift,
        "steady": found.steady,
        "slow_epochs": found.outliers,
    }


def _memory_columns(record: Record | None) -> dict[str, Any]:
    parts = None if record is None else record.memory_parts
    return dict.fromkeys(MemoryParts.model_fields) if parts is None else parts.model_dump()


def _rate_columns(record: Record | None) -> dict[str, Any]:
    flops = None if record is None else record.flops_per_epoch
    seconds = typical(known) if record and (known := seconds_of(record)) else 0.0
    return {
        "flops_per_epoch": flops,
        "flops_per_second": None if flops is None or seconds <= 0 else flops / seconds,
        "energy_joules": None if record is None else record.energy_joules,
    }


@lru_cache(maxsize=1000)
def _idle_options(method: str, options: str) -> str:
    """Return what the method says of its options; "" for one from another package."""
    known = registry.built_in().get(method.partition("/")[0])
    if known is None:
        return ""
    try:
        return ", ".join(known.idle_options(restored(known.Config, json.loads(options))))
    except ValueError:  # a record of options that exist no more
        return ""


def _fact_columns(record: Record) -> dict[str, Any]:
    facts = record.facts
    start, now = (facts.get(name) for name in (DISTANCE_AT_START, DISTANCE))
    kept = now / start if isinstance(now, float) and isinstance(start, float) and start else None
    return {
        "padding": str(facts.get(PADDING, "")),
        "label_readable": _number(facts.get(READ_LAST)),
        "label_leaked": _number(facts.get(READ_FIRST)),
        "embedding_distance_kept": kept,
    }


def _number(value: float | str | None) -> float | None:
    """Return a fact as a number; another package's method may give text that name."""
    return value if isinstance(value, float) else None


def _disturbed(record: Record) -> str:
    return "" if record.load is None else why_disturbed(record.load, record.watched_cores)


def _of_which_run(record: Record) -> dict[str, Any]:
    """Return what every row about a part of a run begins with."""
    cell = record.cell
    return {
        "cell": record.cell_id,
        "method": cell.method,
        "dataset": cell.dataset,
        "batch_size": cell.batch_size,
        "timesteps": cell.timesteps,
        "seed": cell.seed,
    }


def _epoch_rows(record: Record) -> Iterable[dict[str, Any]]:
    elapsed = accumulate(math.nan if e.seconds is None else e.seconds for e in record.epochs)
    for number, (epoch, cumulative) in enumerate(zip(record.epochs, elapsed, strict=True), start=1):
        yield {
            **_of_which_run(record),
            "epoch": number,
            "seconds": epoch.seconds,
            "cumulative_seconds": cumulative,
            "train_loss": epoch.train_loss,
            "validation_accuracy": epoch.validation_accuracy,
            "validation_loss": epoch.validation_loss,
        }


def _gradient_rows(record: Record) -> Iterable[dict[str, Any]]:
    for epoch, norms in enumerate(record.gradient_norms, start=1):
        for block, norm in enumerate(norms, start=1):
            yield {
                **_of_which_run(record),
                "epoch": epoch,
                "block": block,
                "blocks": len(norms),
                "gradient_norm": norm,
            }


def _control_rows(record: Record) -> Iterable[dict[str, Any]]:
    for name, accuracies in record.controls.items():
        yield {
            **_of_which_run(record),
            "test_accuracy": statistics.fmean(record.test_accuracies),
            "control": name,
            "control_accuracy": statistics.fmean(accuracies),
        }


def _frame(rows: list[dict[str, Any]], columns: Sequence[Column]) -> pd.DataFrame:
    types = {column.name: column.dtype for column in columns}
    return pd.DataFrame(rows, columns=[*types]).astype(types)
