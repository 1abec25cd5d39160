"""The record of a run whose process is gone: nobody but its driver can tell of it."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import torch

from bench.measure import environment
from bench.measure.job import Job
from bench.records.record import Environment, Epoch, Phases, Record, Status


class Asked:
    """When a job was asked for, from which the record of a lost one takes its times."""

    def __init__(self) -> None:
        """Take the time now."""
        self.at = time.perf_counter()
        self.words = datetime.now(UTC).isoformat(timespec="seconds")


def lost_record(
    job: Job,
    asked: Asked,
    status: Status,
    failure: str,
    *,
    epochs: Sequence[Epoch] = (),
    surroundings: Environment | None = None,
    elsewhere: bool = False,
) -> Record:
    """Return the record of a run that can give none itself, with what it had told so far."""
    return Record(
        study=job.study,
        cell_id=job.cell.id,
        cell=job.cell,
        status=status,
        failure=failure,
        epochs=list(epochs),
        phases=None if job.cell.execution.stacked else _phases(asked, epochs),
        at_once=job.at_once,
        isolation="process",
        started_at=asked.words,
        position=job.position,
        environment=surroundings or _known_from_here(job, elsewhere=elsewhere),
    )


def _phases(asked: Asked, epochs: Sequence[Epoch]) -> Phases:
    training = sum(epoch.seconds or 0.0 for epoch in epochs)
    return Phases(training=training, wall=time.perf_counter() - asked.at)


def _known_from_here(job: Job, *, elsewhere: bool) -> Environment:
    """Return what is known of the surroundings without touching the device from here.

    Of a run that was lost `elsewhere` nobody knows which machine it was.
    """
    known = environment.describe("cpu", job.cell.execution.threads or torch.get_num_threads())
    known = known.model_copy(update={"node": ""} if elsewhere else {})
    device = job.device
    return known if device == "cpu" else known.model_copy(update={"device": device})
