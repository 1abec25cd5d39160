"""What the options of a command line stand for: where a study runs, and where its records go."""

import re
from pathlib import Path

import torch

from bench.records.store import RecordStore
from bench.study.calls import Call
from bench.study.problems import InvalidInput
from bench.study.study import Study
from noprop_core.errors import InvalidSetting


def store_of(study: str, results: Path, *, per_torch: bool) -> RecordStore:
    """Return the store of a study's records, as the command line says."""
    return RecordStore(results / study, f"torch-{torch.__version__}" if per_torch else "")


def store_it_left(call: Call, results: Path, *, per_torch: bool) -> RecordStore | None:
    """Return the store of the study whose declaration `call` leaves; None if it leaves none."""
    return store_of(call.of, results, per_torch=per_torch) if call.study.name != call.of else None


def declaration_in(store: RecordStore, call: Call) -> Study:
    """Return what the folder of `store` is to declare once the runs of `call` go there."""
    try:
        return call.declaration(store.load_study() if store.has_study else None)
    except InvalidInput:  # of another version: this call's declaration replaces it
        return call.declared


def resolve_device(name: str, option: str = "--device") -> torch.device:
    """Return the device called `name`; "auto" is a GPU if there is one.

    Raises `InvalidSetting`, which names the `option` that says so.
    """
    if name == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    match = re.fullmatch(r"cuda(?::(\d{1,4}))?", name)
    if match is None:
        raise InvalidSetting(f"{option}: '{name}' is none of auto, cpu, cuda:N")
    index, count = int(match[1] or 0), torch.cuda.device_count()
    if index >= count:
        raise InvalidSetting(f"{option}: '{name}' is not there; torch sees {count} CUDA devices")
    return torch.device("cuda", index)
