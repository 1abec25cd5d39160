"""Every column of the frames: meaning, unit, and which way is better. One table, read by all."""

from dataclasses import dataclass
from typing import Literal

from bench.records.record import MemoryParts

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
    Column(
        "execution",
        "str",
        "",
        "side by side, CUDA graphs, tf32, ...: unlike times; empty: none of them",
    ),
    Column("configuration", "str", "", "what differs from the study's declaration; empty: nothing"),
    Column("embedding", "str", "", "class embeddings; empty if the method has no such option"),
    Column("options", "str", "", "the method's configuration, as JSON"),
    Column("idle_options", "str", "", "options without effect beside the others, but on noise"),
    Column("test_accuracy", "float64", "fraction", "mean over inference repeats", "higher"),
    Column("validation_accuracy", "float64", "fraction", "of the weights tested", "higher"),
    Column(
        "validation_loss", "float64", "nats", "of the weights tested, if there are logits", "lower"
    ),
    Column("train_seconds", "float64", "s", "training alone, all epochs", "lower"),
    Column("epoch_seconds", "float64", "s", "median epoch, the first left out", "lower"),
    Column("first_epoch_seconds", "float64", "s", "the first epoch, which may still warm up"),
    Column("drift", "float64", "", "change of epoch time from second to last, per median epoch"),
    Column("steady", "boolean", "", "whether epoch times neither drift nor scatter; missing: few"),
    Column("slow_epochs", "Int64", "", "epochs whose time lies far from the others'"),
    Column("peak_memory_bytes", "Int64", "bytes", "peak of tensors while training", "lower"),
    *(
        Column(name, "Int64", "bytes", field.description or "", "lower")
        for name, field in MemoryParts.model_fields.items()
    ),
    Column("flops_per_epoch", "float64", "FLOP", "operations of one epoch, by torch's counter"),
    Column("flops_per_second", "float64", "FLOP/s", "reached in the median epoch", "higher"),
    Column("energy_joules", "float64", "J", "used by the whole card while training", "lower"),
    Column("disturbed", "str", "", "what else the machine did; empty if nothing is known"),
    Column("isolation", "str", "", "process if the run had one of its own, else none"),
    Column("stacked", "bool", "", "whether seeds were computed as one: then no time, no memory"),
    Column("padding", "str", "", "of the convolutions, none or same; empty if there are none"),
    Column("label_readable", "float64", "fraction", "true labels that z_T, noised, still tells"),
    Column("label_leaked", "float64", "fraction", "true labels that z_0 tells; chance is 1 / K"),
    Column(
        "embedding_distance_kept",
        "float64",
        "fraction",
        "smallest distance of trained class embeddings, of that at the start",
    ),
    Column("division", "str", "", "over processes: none, blocks, data or pipeline"),
    Column("ranks", "int64", "", "processes that shared the run"),
    Column("sent_bytes", "float64", "bytes", "over TCP, by all ranks, in an epoch's training"),
    Column("gathered_bytes", "float64", "bytes", "over TCP, by all ranks, between two epochs"),
    Column("parameters", "Int64", "", "trained parameters"),
    Column("epochs_run", "int64", "", "epochs finished"),
    Column("ended_by", "str", "", "epochs, seconds, patience or cap; empty: it failed before"),
    Column("examples_seen", "Int64", "images", "training images processed, every pass counted"),
    Column("wall_seconds", "float64", "s", "the whole run, set-up and evaluation included"),
    Column("torch_version", "str", "", "torch"),
    Column("code_version", "str", "", "git commit of this project, or its version"),
    Column("data_checksum", "str", "", "SHA-256 of every image and label"),
    Column("device_name", "str", "", "card or processor"),
    Column("processor", "str", "", "processor, with family and model where known"),
    Column("node", "str", "", "which machine; empty: not recorded"),
    Column("machine", "str", "", "kind of machine: card, processor and cores"),
    Column("cuda", "str", "", "CUDA version of torch; empty on the CPU"),
    Column("driver", "str", "", "NVIDIA's driver; empty on the CPU"),
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

GRADIENT_COLUMNS = (
    *(c for c in RUN_COLUMNS if c.name in {"cell", "method", "dataset", "batch_size"}),
    *(c for c in RUN_COLUMNS if c.name in {"timesteps", "seed"}),
    Column("epoch", "int64", "", "from 1; the norm is from before it"),
    Column("block", "int64", "", "from 1, in the order the data passes the blocks"),
    Column("blocks", "int64", "", "how many there are"),
    Column("gradient_norm", "float64", "", "L2, all weights of the block; missing: not finite"),
)

EPOCH_COLUMNS = (
    *(c for c in RUN_COLUMNS if c.name in {"cell", "method", "dataset", "batch_size"}),
    *(c for c in RUN_COLUMNS if c.name in {"timesteps", "seed"}),
    Column("epoch", "int64", "", "from 1"),
    Column("seconds", "float64", "s", "training alone", "lower"),
    Column("cumulative_seconds", "float64", "s", "training alone, up to this epoch's end"),
    Column("train_loss", "float64", "", "mean over the epoch's steps; not comparable over methods"),
    Column("validation_accuracy", "float64", "fraction", "after this epoch", "higher"),
    Column("validation_loss", "float64", "nats", "after this epoch, if there are logits", "lower"),
)
