"""Every column of the frames: meaning, unit, and which way is better. One table, read by all."""

from dataclasses import dataclass
from typing import Literal

Direction = Literal["higher", "lower", ""]


@dataclass(frozen=True)
class Column:
    """One column: pandas dtype, unit ("" for none), meaning, and which way is better if any."""

    name: str
    dtype: str
    unit: str
    meaning: str
    better: Direction = ""


RUN_COLUMNS = (
    Column("study", "str", "", "name of the study the run was made for"),
    Column("cell", "str", "", "content id of the run: equal ids, equal configuration"),
    Column("status", "str", "", "ok, diverged, out-of-memory, error or timeout"),
    Column("method", "str", "", "training method"),
    Column("dataset", "str", "", "data set"),
    Column("batch_size", "int64", "images", "images per batch"),
    Column("timesteps", "Int64", "", "T; missing for methods that have none"),
    Column("seed", "int64", "", "root seed: the unit of analysis"),
    Column("device", "str", "", "kind of device, cpu or cuda"),
    Column("budget", "str", "", "what the comparison held equal"),
    Column("embedding", "str", "", "class embeddings; empty if the method has no such option"),
    Column("options", "str", "", "the method's configuration, as JSON"),
    Column("test_accuracy", "float64", "fraction", "mean over inference repeats", "higher"),
    Column("validation_accuracy", "float64", "fraction", "after the last epoch", "higher"),
    Column("train_seconds", "float64", "s", "training alone, all epochs", "lower"),
    Column("epoch_seconds", "float64", "s", "median epoch, the first left out", "lower"),
    Column("peak_memory_bytes", "Int64", "bytes", "peak of tensors while training", "lower"),
    Column("parameters", "Int64", "", "trained parameters"),
    Column("epochs_run", "int64", "", "epochs finished"),
    Column("examples_seen", "Int64", "images", "training images processed, every pass counted"),
    Column("wall_seconds", "float64", "s", "the whole run, set-up and evaluation included"),
    Column("torch_version", "str", "", "torch"),
    Column("code_version", "str", "", "git commit of this project, or its version"),
    Column("data_checksum", "str", "", "SHA-256 of every image and label"),
    Column("device_name", "str", "", "card or processor"),
    Column("threads", "int64", "", "threads per operation"),
    Column("started_at", "str", "", "UTC, ISO 8601"),
    Column("position", "int64", "", "place in the order of runs, from 0"),
    Column("failure", "str", "", "what went wrong; empty if nothing"),
)

CONTROL_COLUMNS = (
    *(c for c in RUN_COLUMNS if c.name in {"cell", "method", "dataset", "batch_size"}),
    *(c for c in RUN_COLUMNS if c.name in {"timesteps", "seed", "test_accuracy"}),
    Column("control", "str", "", "a cheap stand-in for the method's own prediction"),
    Column("control_accuracy", "float64", "fraction", "mean over inference repeats", "higher"),
)

EPOCH_COLUMNS = (
    *(c for c in RUN_COLUMNS if c.name in {"cell", "method", "dataset", "batch_size"}),
    *(c for c in RUN_COLUMNS if c.name in {"timesteps", "seed"}),
    Column("epoch", "int64", "", "from 1"),
    Column("seconds", "float64", "s", "training alone", "lower"),
    Column("cumulative_seconds", "float64", "s", "training alone, up to this epoch's end"),
    Column("train_loss", "float64", "", "mean over the epoch's steps; not comparable over methods"),
    Column("validation_accuracy", "float64", "fraction", "after this epoch", "higher"),
)
