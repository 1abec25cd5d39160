"""Data sets kept on a machine of a cluster, by checksum, so that each is read there once.

The folder of data may be on the other side of a network. The first run on a machine reads it and
keeps what it read; the others, who are told the checksum that earlier records hold, find it here
and hash it again: what does not fit is not used.
"""

import os
import pickle
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

import torch

from noprop_core.datasets.loading import build_task
from noprop_core.datasets.raw import Labelled
from noprop_core.datasets.task import Task


def folder() -> Path:
    """Return where this machine keeps data for its user."""
    return Path(tempfile.gettempdir()) / f"noprop-bench-data-{os.getuid()}"


def find(checksum: str, device: torch.device) -> Task | None:
    """Return the data of that checksum on `device`; None where this machine has not got them."""
    try:
        content = torch.load(folder() / f"{checksum}.pt", weights_only=True)
        train, validation, test = (Labelled(*part) for part in content["parts"])
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, KeyError, ValueError):
        return None
    parts = {"train": train, "validation": validation, "test": test}
    task = build_task(content["name"], content["classes"], **parts, device=device)
    return task if task.checksum == checksum else None


def keep(task: Task) -> None:
    """Keep the data of `task` for others on this machine, where there is room."""
    path = folder() / f"{task.checksum}.pt"
    if path.exists():
        return
    splits = (task.train, task.validation, task.test)
    parts = [(part.images_NCHW.cpu(), part.labels_N.cpu()) for part in splits]
    half = folder() / f".{secrets.token_hex(8)}"
    with suppress(OSError, RuntimeError):
        folder().mkdir(mode=0o700, exist_ok=True)
        try:
            content = {"name": task.name, "classes": task.classes, "parts": parts}
            with half.open("xb") as file:
                torch.save(content, file)
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
