"""Runs into TensorBoard: a folder of event files for each, with curves and hyperparameters."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import tensorboard  # noqa: F401 - torch's writer needs it, and says so less clearly
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams

from bench.trackers.tracked import Tracked


def write(runs: Iterable[Tracked], target: str) -> int:
    """Write `runs` to `target/STUDY/RUN`; return how many were not there. `OSError` is passed on.

    A folder appears whole or not at all, and one that is there is left alone.
    """
    root, new = Path(target).expanduser(), 0
    for run in runs:
        folder = root / _safe(run.study) / _safe(f"{run.name} {run.key}")
        if folder.exists():
            continue
        half = folder.with_name(f".{folder.name}.tmp")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        _write(run, half)
        half.rename(folder)
        new += 1
    return new


def _write(run: Tracked, folder: Path) -> None:
    with SummaryWriter(str(folder)) as writer:
        final = {f"final/{column}": value for column, value in run.results.items()}
        for part in hparams(dict(run.parameters), dict(final)):  # type: ignore[no-untyped-call]
            writer.file_writer.add_summary(part)
        for point in run.curve:
            for column, value in point.values.items():
                writer.add_scalar(column, value, point.epoch, point.at)
        for column, value in final.items():
            writer.add_scalar(column, value, len(run.curve), run.ended)
        for label, text in run.labels.items():
            writer.add_text(label, text, walltime=run.started)


def _safe(name: str) -> str:
    """Return a name that every file system takes."""
    return re.sub(r"[^\w.=+-]+", "_", name)[:200]
