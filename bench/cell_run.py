"""One cell, from nothing to its record, driven one epoch at a time.

Whoever drives it decides what stands around an epoch: `run_cell` nothing, the pytest entry
pytest-benchmark's own clock. `epoch` is the only timed part; `advance` does everything between
epochs; a failure on the way becomes a record like any other outcome.
"""

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import torch

from bench import environment, meters
from bench.cells import Cell
from bench.record import Epoch, Memory, Phases, Record, Status
from noprop_core import datasets, registry
from noprop_core.errors import Diverged, UserError
from noprop_core.method import Method
from noprop_core.seeding import Streams
from noprop_core.task import Task
from noprop_core.training import (
    EpochBegins,
    EpochEnds,
    EpochTrained,
    Event,
    RunEnds,
    train_epoch,
    training,
)

WARM_UP_BATCHES = 2
"""Batches per pass for the throwaway model: the first creates optimiser state, the second is a
step like all others, so peak memory has been reached."""


class CellRun:
    """A context around one training run; `record` tells what happened in it.

    Inside it call `advance`, `epoch`, `advance`, ... , `advance`. An exception that is a failure
    of the run itself is kept for the record and goes on to the caller, who may swallow it.
    """

    def __init__(
        self, cell: Cell, *, study: str, device: torch.device, data_dir: Path, position: int
    ) -> None:
        """Describe the run; nothing happens before the context is entered."""
        self.cell, self.study, self.device, self.position = cell, study, device, position
        self.data_dir = data_dir
        self.status: Status = "ok"
        self.failure = self.traceback = ""
        self.epochs: list[Epoch] = []
        self.test_accuracies: tuple[float, ...] = ()
        self.controls: dict[str, tuple[float, ...]] = {}
        self.memory: Memory | None = None
        self.parameters: int | None = None
        self.examples_seen: int | None = None
        self.data_checksum = ""
        self.seconds: dict[str, float] = {}

    def __enter__(self) -> Self:
        """Load the data, warm up on a throwaway model, build the real one."""
        self.started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.start = time.perf_counter()
        self.resources = ExitStack()
        self.resources.enter_context(meters.cpu_threads(self.cell.threads))
        self.threads = torch.get_num_threads()
        try:
            self._prepare()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Literal[False]:
        """Keep a failure for the record, and let go of the model."""
        if isinstance(error, Exception):
            self._fail(error)
        self.events: Iterator[Event] = iter(())
        self.resources.close()
        return False

    def epoch(self) -> None:
        """Train one epoch: the timed part, with the device idle at both ends."""
        meters.synchronise(self.device)
        start = time.perf_counter()
        event = next(self.events)
        meters.synchronise(self.device)
        self.last_epoch_seconds = time.perf_counter() - start
        assert isinstance(event, EpochTrained)

    def advance(self) -> None:
        """Do what is not timed, up to where the next epoch begins or the run has ended."""
        with self._phase("evaluation"):
            for event in self.events:
                match event:
                    case EpochBegins():
                        return
                    case EpochEnds():
                        self._count("training", self.last_epoch_seconds)
                        self.epochs.append(
                            Epoch(
                                seconds=self.last_epoch_seconds,
                                train_loss=event.train_loss,
                                validation_accuracy=event.validation_accuracy,
                            )
                        )
                    case RunEnds():
                        self.test_accuracies = event.test_accuracies
                        self.examples_seen, self.controls = event.examples_seen, event.controls

    def is_hopeless(self, error: Exception) -> bool:
        """Tell whether `error` would fail every cell alike: the data could not be loaded."""
        return isinstance(error, UserError) and not self.data_checksum

    def record(self) -> Record:
        """Return what is known of the run now."""
        return Record(
            study=self.study,
            cell_id=self.cell.id,
            cell=self.cell,
            status=self.status,
            failure=self.failure,
            traceback=self.traceback,
            epochs=self.epochs,
            test_accuracies=list(self.test_accuracies),
            controls={name: list(values) for name, values in self.controls.items()},
            memory=self.memory,
            parameters=self.parameters,
            examples_seen=self.examples_seen,
            data_checksum=self.data_checksum,
            phases=Phases(**self.seconds, wall=time.perf_counter() - self.start),
            started_at=self.started_at,
            position=self.position,
            environment=environment.describe(str(self.device), self.threads),
        )

    def _prepare(self) -> None:
        cell, streams = self.cell, Streams(self.cell.seed)
        with self._phase("data"):
            task = load_task(cell.dataset, self.data_dir, str(self.device), cell.train_images)
        self.data_checksum = task.checksum
        with self._phase("building"):
            method = self._build(task, streams)
        # After building: what a data set computes once, for the first model, is not measured.
        with self._phase("warm_up"):
            peak = meters.measure_peak(self.device, lambda: self._warm_up(task, streams))
        self.memory = Memory(peak_bytes=peak.peak_bytes, source=peak.source)
        self.parameters = method.parameter_count()
        self.events = training(
            method,
            task,
            streams,
            batch_size=cell.batch_size,
            epochs=cell.epochs,
            repeats=cell.inference_repeats,
        )

    def _build(self, task: Task, streams: Streams) -> Method:
        method = registry.find(self.cell.method)
        return method(self.cell.config(), task, self.cell.timesteps, streams)

    def _warm_up(self, task: Task, streams: Streams) -> None:
        """Take a few steps with a model that is thrown away: memory peaks, caches fill."""
        batches = task.epoch_indices(self.cell.batch_size, streams.generator("warm-up order"))
        train_epoch(self._build(task, streams), task, batches[:WARM_UP_BATCHES])

    def _fail(self, error: Exception) -> None:
        self.status = status_of(error)
        self.failure = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        if self.status == "error" and not isinstance(error, UserError):
            self.traceback = "".join(traceback.format_exception(error))

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self._count(name, time.perf_counter() - start)

    def _count(self, phase: str, seconds: float) -> None:
        self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds


def run_cell(run: CellRun, on_epoch: Callable[[Epoch], None] = lambda epoch: None) -> Record:
    """Drive a cell from start to end and return its record, whatever the outcome.

    `on_epoch` is told of every finished epoch, outside the timed part.
    Raises only a `UserError` about the data, which would fail every cell: no outcome of a run.
    """
    try:
        with run:
            for _ in range(run.cell.epochs):
                run.advance()
                for epoch in run.epochs[-1:]:
                    on_epoch(epoch)
                run.epoch()
            run.advance()
            on_epoch(run.epochs[-1])
    except Exception as error:  # the context has kept it, traceback included, for the record
        if run.is_hopeless(error):
            raise
    return run.record()


def status_of(error: Exception) -> Status:
    """Name the outcome that an exception stands for."""
    if isinstance(error, Diverged):
        return "diverged"
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return "out-of-memory"
    # The CPU's allocator has no exception of its own; its words differ between systems.
    cpu = ("not enough memory", "can't allocate memory", "Cannot allocate memory")
    if isinstance(error, RuntimeError) and any(words in str(error) for words in cpu):
        return "out-of-memory"
    return "error"


@lru_cache(maxsize=2)
def load_task(name: str, data_dir: Path, device: str, train_images: int | None) -> Task:
    """Load a data set once per process, however many cells use it."""
    return datasets.load(name, data_dir, device, train_images)
