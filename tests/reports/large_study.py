"""Seeded studies of any size with every column that a run can have, made column by column.

`synthetic` makes small studies one run at a time, for tests that change single numbers. Here whole
columns are drawn at once, so that ten thousand records take a fraction of a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from bench.records.columns import (
    CONTROL_COLUMNS,
    EPOCH_COLUMNS,
    RUN_COLUMNS,
)
from bench.records.record import MemoryParts

METHODS = ("backprop", "noprop-dt", *(f"method-{i:02}" for i in range(2, 24)))
CONTROLS = ("first block alone", "last block alone", "ensemble of blocks")
FAILURES = {
    "diverged": "loss is not finite in epoch 3",
    "out-of-memory": "CUDA out of memory",
    "timeout": "stopped after 600 s",
    "error": "RuntimeError: a bug",
}
RERUN_EVERY = 624  # so that the large study has 10,000 records
MIB = 2.0**20


@dataclass(frozen=True)
class Design:
    """What is crossed: every method on every data set, at every batch size, T and seed."""

    methods: Sequence[str] = METHODS
    without_t: frozenset[str] = frozenset(METHODS[20:])
    datasets: Sequence[str] = ("digits", "fashion-mnist", "mnist")
    batch_sizes: Sequence[int] = (32, 64, 128, 256)
    timesteps: Sequence[int] = (2, 5, 10, 20, 40)
    seeds: int = 8
    epochs: int = 10
    releases: Sequence[str] = ("2.11.0",)


LARGE = Design()
"""10,000 records: as many seeds as the small one, so that runs and settings grow alike."""
SMALL = Design(batch_sizes=(64,), timesteps=(2, 5))
"""1,058 records of the same methods and data sets."""


@dataclass(frozen=True)
class Frames:
    """A study as the runner would hand it to the report."""

    runs: pd.DataFrame
    epochs: pd.DataFrame
    controls: pd.DataFrame


def large_study(design: Design = LARGE, random_seed: int = 20_260) -> Frames:
    """Make the frames of `design`; the same arguments give the same numbers."""
    rng = np.random.default_rng(random_seed)
    keys = _keys(design)
    measured = _measured(keys, design, rng)
    runs = pd.concat([keys, measured], axis=1).assign(
        study="large", device="cpu", budget=f"{design.epochs} epochs", code_version="abc1234",
        data_checksum="d00d", device_name="a processor", processor="a processor", cuda="",
        driver="", threads=1, isolation="process", stacked=False, parameters=100_000,
        position=np.arange(len(keys)), embedding="one-hot", options="{}", idle_options="",
        configuration="", node="a node", machine="a processor, 2 cores",
    )  # fmt: skip
    runs["started_at"] = pd.date_range("2026-01-01", periods=len(runs), freq="min").strftime(
        "%Y-%m-%dT%H:%M:%S+00:00"
    )
    epochs = _epochs(runs, design, rng)
    controls = _controls(runs, design, rng)
    again = runs[::RERUN_EVERY].assign(
        cell=lambda f: f["cell"] + "-again", started_at="2026-12-31T00:00:00+00:00"
    )
    return Frames(
        _typed(pd.concat([runs, again], ignore_index=True), RUN_COLUMNS),
        _typed(epochs, EPOCH_COLUMNS),
        _typed(controls, CONTROL_COLUMNS),
    )


def _keys(design: Design) -> pd.DataFrame:
    cells = [
        (dataset, batch, method, t)
        for dataset, batch, method in product(design.datasets, design.batch_sizes, design.methods)
        for t in ([None] if method in design.without_t else design.timesteps)
    ]
    rows = [
        (*cell, seed, release)
        for cell, seed, release in product(cells, range(design.seeds), design.releases)
    ]
    names = ["dataset", "batch_size", "method", "timesteps", "seed", "torch_version"]
    keys = pd.DataFrame(rows, columns=names).astype({"timesteps": "Int64"})
    keys["cell"] = [f"{position:012x}" for position in range(len(keys))]
    return keys


def _measured(keys: pd.DataFrame, design: Design, rng: np.random.Generator) -> pd.DataFrame:
    count = len(keys)
    method = keys["method"].map({name: i for i, name in enumerate(design.methods)}).to_numpy()
    dataset = keys["dataset"].map({name: i for i, name in enumerate(design.datasets)}).to_numpy()
    steps = keys["timesteps"].fillna(1).to_numpy(float)
    batch = keys["batch_size"].to_numpy(float)
    shared = rng.normal(0, 0.004, design.seeds)[keys["seed"]]  # what a seed does to all alike
    skill = rng.normal(0, 0.01, len(design.methods))[method]
    accuracy = 0.95 - 0.06 * dataset + skill + shared + 0.003 * np.log2(steps)
    accuracy = np.clip(accuracy + rng.normal(0, 0.003, count), 0.1, 1.0)
    speed = rng.uniform(0.7, 1.6, len(design.methods))[method]
    seconds = speed * (0.2 + 0.05 * steps) * np.sqrt(64 / batch) * (1 + dataset)
    seconds = seconds * np.exp(rng.normal(0, 0.03, count))
    memory = MIB * (20 + speed * 5 * steps + batch / 16)
    status = _status(count, rng)
    ok = status == "ok"
    unusable = ok & (rng.random(count) < 0.005)  # finished, but a number is not there
    parts_known = ok & (rng.random(count) > 0.02)
    parts = _memory_parts(memory, steps, parts_known)
    return pd.DataFrame(
        {
            "status": status,
            "failure": pd.Series(status).map(FAILURES).fillna(""),
            "test_accuracy": np.where(ok & ~unusable, accuracy, np.nan),
            "validation_accuracy": np.where(ok, accuracy - 0.002, np.nan),
            "validation_loss": np.where(ok, 1 - accuracy, np.nan),
            "ended_by": np.where(ok, "epochs", ""),
            "train_seconds": np.where(ok, seconds * design.epochs, np.nan),
            "epoch_seconds": np.where(ok, seconds, np.nan),
            "first_epoch_seconds": np.where(ok, 1.2 * seconds, np.nan),
            "drift": np.where(ok, rng.normal(0, 0.02, count), np.nan),
            "steady": pd.Series(rng.random(count) > 0.01, dtype="boolean").mask(~ok),
            "slow_epochs": pd.Series(rng.poisson(0.01, count), dtype="Int64").mask(~ok),
            "peak_memory_bytes": pd.Series(memory.astype("int64"), dtype="Int64").mask(~ok),
            **parts,
            "flops_per_epoch": np.where(ok, 7e9 * steps, np.nan),
            "flops_per_second": np.where(ok, 7e9 * steps / seconds, np.nan),
            "energy_joules": np.nan,
            "execution": "",
            "division": "none",
            "ranks": 1,
            "sent_bytes": np.nan,
            "gathered_bytes": np.nan,
            "padding": "none",
            "label_readable": 1.0,
            "label_leaked": 0.1,
            "embedding_distance_kept": np.nan,
            "disturbed": np.where(rng.random(count) < 0.01, "others used 1.5 of 2 cores", ""),
            "epochs_run": np.where(ok, design.epochs, min(3, design.epochs)),
            "examples_seen": 60_000,
            "wall_seconds": seconds * design.epochs + 1,
        }
    )


def _status(count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(["ok", *FAILURES], count, p=[0.98, 0.008, 0.004, 0.004, 0.004])


def _memory_parts(memory: np.ndarray, steps: np.ndarray, known: np.ndarray) -> dict[str, pd.Series]:
    activations = MIB * (2 + steps)
    held = memory - activations
    sizes = dict.fromkeys(MemoryParts.model_fields, 1.1 * memory)
    sizes |= {
        "parameters_bytes": held / 4, "gradients_bytes": held / 4, "optimizer_bytes": held / 2,
        "other_bytes": 0 * held, "activations_bytes": activations,
    }  # fmt: skip
    return {
        name: pd.Series(size.astype("int64"), dtype="Int64").mask(~known)
        for name, size in sizes.items()
    }


def _epochs(runs: pd.DataFrame, design: Design, rng: np.random.Generator) -> pd.DataFrame:
    rows = runs.loc[runs.index.repeat(runs["epochs_run"])].reset_index(drop=True)
    rows["epoch"] = rows.groupby("cell", sort=False).cumcount() + 1
    progress = 1 - 0.85 * np.exp(-rows["epoch"] / 2.5)
    last = rows["validation_accuracy"].fillna(0.5)
    typical = (rows["wall_seconds"] - 1) / design.epochs
    rows["seconds"] = typical * np.exp(rng.normal(0, 0.03, len(rows)))
    rows["cumulative_seconds"] = rows.groupby("cell", sort=False)["seconds"].cumsum()
    rows["train_loss"] = 1 - progress
    rows["validation_loss"] = 1.1 * rows["train_loss"]
    rows["validation_accuracy"] = last * progress + rng.normal(0, 0.004, len(rows))
    return rows


def _controls(runs: pd.DataFrame, design: Design, rng: np.random.Generator) -> pd.DataFrame:
    with_parts = runs[runs["method"].isin(design.methods[1:9]) & (runs["status"] == "ok")]
    tables = [with_parts.assign(control=name) for name in CONTROLS]
    rows = pd.concat(tables, ignore_index=True)
    shift = rows["control"].map(dict(zip(CONTROLS, (0.1, 0.02, 0.0), strict=True)))
    rows["control_accuracy"] = rows["test_accuracy"] - shift + rng.normal(0, 0.004, len(rows))
    return rows


def _typed(frame: pd.DataFrame, columns: Sequence[object]) -> pd.DataFrame:
    types = {column.name: column.dtype for column in columns}  # type: ignore[attr-defined]
    return frame[[*types]].astype(types)
