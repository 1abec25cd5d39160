"""The runs of several seeds as one computation, from nothing to their records.

Nothing here is measured: no seed has a time or a memory of its own, and the records have none.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Literal

import torch

from bench.measure import card, environment
from bench.measure import clock as meters
from bench.measure.failures import exit_is_a_failure, failure_words, status_of, traceback_of
from bench.measure.job import Job
from bench.measure.precision import in_effect
from bench.measure.shared import Shared
from bench.records.record import Epoch, Numerics, Record
from bench.records.validity import sound
from bench.study.fitting import load_task
from noprop_core import registry
from noprop_core.datasets.task import Task
from noprop_core.errors import NopropError, UserError
from noprop_core.numerics import numerics
from noprop_core.outside import harmless
from noprop_core.seed_stack.stack import SeedStack
from noprop_core.seed_stack.training import RunInStack, train_stack
from noprop_core.seeding import Streams
from noprop_core.training import EpochEnds


class StackedRun:
    """The runs of cells that differ in seed alone; `records` tells what happened in each."""

    def __init__(self, jobs: Sequence[Job], isolation: Literal["process", "none"] = "none") -> None:
        """Nothing happens before `run`."""
        self.jobs, self.isolation = jobs, isolation
        self.cell, self.device = jobs[0].cell, torch.device(jobs[0].device)
        self.started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.threads = torch.get_num_threads()
        self.error: Exception | None = None
        self.runs: list[RunInStack] = []
        self.title = self.source = self.data_checksum = ""
        self.parameters: int | None = None
        self.numerics: Numerics | None = None

    def run(self) -> list[Record]:
        """Train all, and return their records in the order of the jobs.

        A failure of all, such as a lack of memory, is in every record. Raises only a `UserError`
        about the data, which would fail every cell.
        """
        with ExitStack() as resources:
            resources.enter_context(harmless())
            resources.enter_context(meters.cpu_threads(self.cell.execution.threads))
            self.threads = torch.get_num_threads()
            data_are_missing = False
            try:
                with exit_is_a_failure():
                    card.start(self.device)
                    try:
                        task = self._load_task()
                    except UserError:
                        data_are_missing = True
                        raise
                    self._train(task, resources)
            except Exception as error:
                if data_are_missing:
                    raise
                self.error = error
        return self.records()

    def records(self) -> list[Record]:
        """Return what is known of every run."""
        return [sound(self._record(number)) for number in range(len(self.jobs))]

    def _load_task(self) -> Task:
        cell = self.cell
        device = str(self.device)
        return load_task(cell.dataset, self.jobs[0].data_dir, device, cell.train_images)

    def _train(self, task: Task, resources: ExitStack) -> None:
        cell, how = self.cell, self.cell.execution
        switched = numerics(self.device, how.precision, how.deterministic)
        self.numerics = in_effect(self.device, resources.enter_context(switched))
        self.data_checksum, shared = task.checksum, Shared(task)
        resources.callback(shared.let_go)
        kind = registry.find(cell.method)
        self.title, self.source = kind.title, kind.source
        streams = [Streams(job.cell.seed) for job in self.jobs]
        template, *methods = (
            kind(cell.config(), task, cell.timesteps, own) for own in (streams[0], *streams)
        )
        self.parameters = template.parameter_count()
        stack = SeedStack(template, methods, task)
        self.runs = train_stack(
            stack,
            streams,
            batch_size=cell.batch_size,
            goes_on=lambda epochs: cell.budget.goes_on([_epoch(end) for end in epochs]),
            repeats=cell.inference_repeats,
            keep=cell.budget.keep,
        )
        try:
            shared.refuse_changes()
        except NopropError:  # nobody knows which seed's numbers they are in
            self.runs = []
            raise

    def _record(self, number: int) -> Record:
        job = self.jobs[number]
        run = self.runs[number] if self.runs else None
        error = run.error if run else self.error
        status = "ok" if error is None else status_of(error)
        epochs = [_epoch(end) for end in run.epochs] if run else []
        end = run.end if run else None
        is_bug = status == "error" and error is not None and not isinstance(error, UserError)
        return Record(
            study=job.study,
            cell_id=job.cell.id,
            cell=job.cell,
            method_title=self.title,
            method_source=self.source,
            status=status,
            failure="" if error is None else failure_words(error),
            traceback=traceback_of(error) if is_bug and error is not None else "",
            epochs=epochs,
            ended_by=job.cell.budget.ended_by(epochs),
            tested_epoch=end.tested_epoch if end else None,
            test_accuracies=list(end.test_accuracies) if end else [],
            controls={name: list(values) for name, values in end.controls.items()} if end else {},
            facts=end.facts if end else {},
            examples_seen=end.examples_seen if end else None,
            numerics=self.numerics,
            isolation=self.isolation,
            parameters=self.parameters,
            data_checksum=self.data_checksum,
            phases=None,
            started_at=self.started_at,
            position=job.position,
            environment=environment.describe(str(self.device), self.threads, job.code_version),
        )


def _epoch(end: EpochEnds) -> Epoch:
    return Epoch(
        seconds=None,
        train_loss=end.train_loss,
        validation_accuracy=end.validation_accuracy,
        validation_loss=end.validation_loss,
    )
