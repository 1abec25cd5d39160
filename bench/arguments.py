"""The options of a study on a command line: the same for `python -m bench.run` and for pytest.

Imports nothing of torch's: help, a list, or a slip of the finger are answered at once.
"""

from argparse import BooleanOptionalAction
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import siblings  # noqa: F401  before what it settles
from bench.execute.executor import ISOLATIONS
from bench.parsing import a_path
from bench.saves import OPTIONS
from bench.study import torchrun
from bench.study.looks import MOST, until_decided
from bench.study.ranges import parse_integers, parse_names
from bench.study.settings import parse_settings
from bench.study.shards import Shard
from noprop_core.datasets import table
from noprop_core.errors import InvalidSetting
from noprop_core.words import one_line

STUDY_OPTIONS: dict[str, dict[str, Any]] = {
    "--study": {"default": "quick", "metavar": "NAME|FILE.toml", "help": "study to run [quick]"},
    "--methods": {"metavar": "A,B", "help": "only these methods"},
    "--dataset": {"metavar": "A,B", "help": f"data sets: {', '.join(table.DATASETS)}"},
    "--seeds": {"metavar": "0-5", "help": "seeds, as a range or a list"},
    "--batch-sizes": {"metavar": "64,128", "help": "images per batch"},
    "--timesteps": {"metavar": "2,5", "help": "values of T, for the methods that have it"},
    "--set": {
        "action": "append",
        "metavar": "[METHOD.]OPTION=VALUE",
        "help": "an option of a method's, or of all that have it: noprop-dt.eta=0.2; repeatable",
    },
    "--epochs": {"metavar": "N", "help": "passes over the training data"},
    "--budget": {
        "action": "append",
        "metavar": "KIND",
        "help": "epochs=7, seconds=30, or convergence,patience=5,min-gain=0.001,max-epochs=100; "
        "repeatable: every run under each of them, the report about the first and all compared",
    },
    "--keep": {"choices": ("last", "best"), "help": "whose weights to test: best validation loss?"},
    "--precision": {
        "choices": ("fp32", "tf32", "bf16"),
        "help": "of convolutions and matrix products [fp32: float32, and TF32 nowhere]",
    },
    "--deterministic": {
        "action": BooleanOptionalAction,
        "help": "on a GPU only algorithms that repeat bit for bit [they are]",
    },
    "--name": {
        "metavar": "NAME",
        "help": "folder for these runs, instead of the study's or of one named by what is changed",
    },
    "--device": {"default": "auto", "metavar": "auto|cpu|cuda:0", "help": "where to train [auto]"},
    "--results": {
        "default": Path("results"),
        "type": a_path,
        "metavar": "DIR",
        "help": "folder of results; each study has one of its own inside it [results]",
    },
    "--data-dir": {
        "default": Path("data"),
        "type": a_path,
        "metavar": "DIR",
        "help": "where data sets lie or are downloaded to [data]",
    },
    "--executor": {
        "default": "fork-server",
        "metavar": "NAME|MODULE:CLASS",
        "help": "what runs the cells: fork-server, in-process, ray, slurm, or one of your own "
        "[fork-server]",
    },
    "--isolation": {
        "choices": tuple(ISOLATIONS),
        "help": "process or none: the same as --executor fork-server or in-process",
    },
    "--time-limit": {
        "type": float,
        "metavar": "SECONDS",
        "help": "end a run that takes longer, and record it as a timeout [none]",
    },
    "--block-parallel": {
        "action": "store_true",
        "help": "share out the blocks of every run that allows it over the processes of torchrun",
    },
    "--per-torch": {
        "action": "store_true",
        "help": "a record made with another release of torch does not count: run its cell too",
    },
    "--rerun": {"action": "store_true", "help": "run cells again that have a good record"},
    **OPTIONS,
}

WHOLE_CELL_OPTIONS: dict[str, dict[str, Any]] = {
    "--jobs": {
        "metavar": "N|auto",
        "help": "cells that run side by side, each on cores or a GPU of its own; their times are "
        "compared only with their like [1]",
    },
    "--devices": {
        "metavar": "cuda:0,cuda:1",
        "help": "the GPUs of cells that run side by side, one on each",
    },
    "--address": {
        "metavar": "local|auto|HOST:PORT",
        "help": "of the Ray cluster, for --executor ray; local starts one here [local]",
    },
    "--slurm": {
        "metavar": "partition=P,time=60",
        "help": "what sbatch is told, for --executor slurm; cluster=local is this machine",
    },
    "--cpus-per-cell": {
        "metavar": "N",
        "help": "cores that a cell takes in a cluster [the study's threads, or 1]",
    },
    "--gpus-per-cell": {"metavar": "N", "help": "GPUs that a cell takes in a cluster [0]"},
    "--shard": {
        "metavar": "K/N",
        "help": "only part K of N; 1-3/4 is three of four parts. A seed's runs are in one part",
    },
    "--executor-options": {
        "metavar": "NAME=VALUE,...",
        "help": "what an executor of your own takes",
    },
}
"""Options of `bench.run` alone: pytest-benchmark runs its cells epoch by epoch, here, and all."""


STACKING: dict[str, dict[str, Any]] = {
    "--stack-seeds": {
        "nargs": "?",
        "const": "true",
        "metavar": "N",
        "help": "compute the seeds of a setting as one, at most N, where a method allows it: "
        "faster, and such runs have no times and no memory [one by one; without N: 16]",
    },
}
"""Of `python -m bench.run` alone: pytest-benchmark is there for times."""

UNTIL_DECIDED: dict[str, dict[str, Any]] = {
    "--until-decided": {
        "action": "store_true",
        "help": "add seeds, at planned looks, until every pooled verdict in the primary metric is "
        "decided; alpha is spent over the looks",
    },
    "--max-seeds": {
        "metavar": "N",
        "help": f"with --until-decided: the last look, and the most seeds [{MOST}]",
    },
}
"""Of `python -m bench.run` alone: pytest has to know its items before the first one runs."""


def executor_of(given: Mapping[str, Any]) -> str:
    """Return the executor that the command line asks for; raises `InvalidSetting`."""
    isolation = given["isolation"]
    name = str(given["executor"] if isolation is None else ISOLATIONS[isolation])
    if name == "in-process" and given["time_limit"] is not None:
        raise InvalidSetting("--time-limit: needs --isolation process, to end a cell from out")
    many = given.get("devices") is not None or given.get("jobs") not in (None, "1")
    return "side-by-side" if name == "fork-server" and many else name


def executor_settings(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the executor's own options, by name, as text; raises `InvalidSetting`."""
    names = [flag.removeprefix("--").replace("-", "_") for flag in WHOLE_CELL_OPTIONS]
    settings = {name: given[name] for name in names if given.get(name) is not None}
    settings.pop("shard", None)
    for part in filter(None, settings.pop("executor_options", "").split(",")):
        name, equals, value = (word.strip() for word in part.partition("="))
        if not (name and equals):
            raise InvalidSetting(f"--executor-options: '{part}' is no setting such as workers=4")
        settings[name.replace("-", "_")] = value
    if executor_of(given) in ISOLATIONS.values() and settings.get("jobs") == "1":
        del settings["jobs"]  # which is what they do
    return settings


def shard_of(given: Mapping[str, Any]) -> Shard | None:
    """Return the part of the study that the command line asks for; raises `InvalidSetting`."""
    if given["shard"] is None:
        return None
    try:
        return Shard.parse(given["shard"])
    except ValueError as error:
        raise InvalidSetting(f"--shard: {one_line(error.args[0])}") from error


def _epochs(text: str) -> dict[str, int]:
    epochs = parse_integers(text)
    if len(epochs) != 1 or epochs[0] < 1:
        raise ValueError(f"'{text}' is not one whole number from 1 on")
    return {"epochs": epochs[0]}


def _budget(text: str) -> dict[str, Any]:
    """Read `epochs=7`, `seconds=30` or `convergence,patience=5` as the entries of [budget]."""
    kind, _, rest = (part.strip() for part in text.partition(","))
    if kind == "convergence":
        return {kind: dict(_setting(part) for part in rest.split(",") if part.strip())}
    name, value = _setting(kind)
    if rest or name not in ("epochs", "seconds"):
        raise ValueError(f"'{text}' is none of epochs=N, seconds=S, convergence,patience=N,...")
    return {name: value}


def _budgets(given: str | Sequence[str]) -> dict[str, Any]:
    """Read one budget, or the first and those beside it."""
    first, *others = [given] if isinstance(given, str) else given
    return _budget(first) | ({"also": [_budget(text) for text in others]} if others else {})


def _setting(text: str) -> tuple[str, int | float]:
    name, equals, value = (part.strip() for part in text.partition("="))
    try:
        number = int(value) if value.isdecimal() else float(value)
    except ValueError:
        equals = ""
    if not equals:
        raise ValueError(f"'{text}' is no setting such as epochs=7")
    return name.replace("-", "_"), number


def _stack_seeds(text: str) -> bool | int:
    if text == "true":
        return True
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"'{text}' is no number of seeds from 1 on")
    return int(text)


_OVERRIDES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "methods": ("methods", parse_names),
    "dataset": ("datasets", parse_names),
    "seeds": ("seeds", parse_integers),
    "batch_sizes": ("batch_sizes", parse_integers),
    "timesteps": ("timesteps", parse_integers),
    "set": ("set", parse_settings),
    "epochs": ("budget", _epochs),
    "budget": ("budget", _budgets),
    "keep": ("budget.keep", str),
    "precision": ("precision", str),
    "deterministic": ("deterministic", bool),
    "stack_seeds": ("stack_seeds", _stack_seeds),
}


def overrides(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the command line replaces in a study; raises `InvalidSetting`."""
    replaced: dict[str, Any] = {}
    problems = []
    if given.get("epochs") is not None and given.get("budget") is not None:
        problems.append("--epochs and --budget exclude each other: --epochs N is a budget")
    try:
        replaced |= until_decided(given)
    except InvalidSetting as error:
        problems.append(str(error))
    for option, (entry, parse) in _OVERRIDES.items():
        text = given.get(option)
        if text is None:
            continue
        try:
            replaced[entry] = parse(text)
        except ValueError as error:
            problems.append(f"--{option.replace('_', '-')}: {one_line(error.args[0])}")
    if problems:
        raise InvalidSetting("\n".join(problems))
    return replaced | _division(given)


def _division(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `torchrun` and --block-parallel replace in a study."""
    here = torchrun.place()
    if here is None:
        if given.get("block_parallel"):
            raise InvalidSetting(
                "--block-parallel: needs several processes, as torchrun starts them: "
                "torchrun --nproc-per-node 2 -m bench.run --block-parallel"
            )
        return {}
    return {"ranks": here[1]} | ({"division": "blocks"} if given.get("block_parallel") else {})
