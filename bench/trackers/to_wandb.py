"""Runs into Weights & Biases, or into its offline files (`WANDB_MODE=offline`)."""

import re
from collections.abc import Iterable

import wandb

from bench.trackers.tracked import Tracked


def write(runs: Iterable[Tracked], target: str) -> int:
    """Write `runs` to `[[ENTITY/]PROJECT]`; return how many were not there.

    Without a project each study is one. A run that the server knows already is left alone.
    """
    entity, _, project = target.rpartition("/")
    return sum(_write(run, entity or None, project or run.study) for run in runs)


def _write(run: Tracked, entity: str | None, project: str) -> bool:
    told = wandb.init(
        entity=entity,
        project=project,
        id=re.sub(r"[^\w-]", "-", run.key),
        resume="allow",
        name=run.name,
        group=run.study,
        config={**run.parameters, **run.labels},
        settings=wandb.Settings(silent=True, console="off", x_disable_stats=True),
    )
    if told.resumed:
        told.finish()
        return False
    for point in run.curve:
        told.log({**point.values, "epoch": point.epoch}, step=point.epoch)
    told.summary.update({f"final/{column}": value for column, value in run.results.items()})
    told.finish(exit_code=0 if run.ok else 1)
    return True
