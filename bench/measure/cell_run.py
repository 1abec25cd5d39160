"""One cell, from nothing to its record, driven one epoch at a time.

Whoever drives it decides what stands around an epoch: `driven.run_cell` nothing, the pytest entry
pytest-benchmark's own clock. `epoch` is the only timed part; `advance` does everything between
epochs; a failure on the way becomes a record like any other outcome.
"""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Literal, Self

import torch
from pydantic import ValidationError

from bench.measure import card, environment, memory, node_data
from bench.measure import clock as meters
from bench.measure.energy import EnergyCounter
from bench.measure.failures import (
    InvalidTime,
    exit_is_a_failure,
    failure_words,
    status_of,
    traceback_of,
)
from bench.measure.flops import count_flops
from bench.measure.gpu_watch import GpuWatch
from bench.measure.job import Job
from bench.measure.load import MachineWatch
from bench.measure.precision import in_effect
from bench.measure.saving import Saving
from bench.measure.shared import Shared
from bench.measure.traffic import Traffic
from bench.measure.warm_up import warm_up
from bench.records.record import (
    Communication,
    Environment,
    Epoch,
    Load,
    Memory,
    MemoryParts,
    Numerics,
    Phases,
    Record,
    Status,
)
from bench.records.validity import sound
from bench.study.fitting import load_task
from noprop_core import registry
from noprop_core.datasets.task import Task
from noprop_core.division import UNDIVIDED
from noprop_core.errors import ChangedTorch, InvalidOutput, UserError
from noprop_core.freed_memory import keep_freed_memory
from noprop_core.method import Method
from noprop_core.numerics import autocast, in_precision, noting_what_varies, numerics
from noprop_core.outside import harmless
from noprop_core.parallel.ranks import Ranks
from noprop_core.parallel.ways import division_of
from noprop_core.seeding import Streams
from noprop_core.training import (
    EpochBegins,
    EpochEnds,
    EpochTrained,
    Event,
    GradientsSeen,
    RunEnds,
    training,
)


class CellRun:
    """A context around one training run; `record` tells what happened in it.

    Inside it: `while run.advance(): run.epoch()`. An exception that is a failure of the run
    itself is kept for the record and goes on to the caller, who may swallow it.
    """

    def __init__(
        self,
        job: Job,
        asked_at: float | None = None,
        cores: Sequence[int] = (),
        ranks: Ranks | None = None,
    ) -> None:
        """Nothing happens before the context is entered.

        `asked_at` is when (by `time.perf_counter`) somebody asked for a process to run this in, if
        so; then the job's time limit is that somebody's affair. `cores` are those that this
        process has to itself, if it is pinned to any. `ranks` are the processes that a divided run
        is shared with, each of which has this run.
        """
        self.cores, self.division = list(cores), division_of(job.cell.execution.division, ranks)
        self.traffic = Traffic(self.division)
        self.job, self.cell, self.device = job, job.cell, torch.device(job.device)
        self.flops_per_epoch, self.asked_at = job.flops_per_epoch, asked_at
        self.title = self.source = self.failure = self.traceback = ""
        self.status: Status = "ok"
        self.epochs: list[Epoch] = []
        self.test_accuracies: tuple[float, ...] = ()
        self.tested_epoch: int | None = None
        self.controls: dict[str, tuple[float, ...]] = {}
        self.facts: dict[str, float | str] = {}
        self.gradient_norms: list[list[float | None]] = []
        self.communication: Communication | None = None
        self.memory: Memory | None = None
        self.memory_parts: MemoryParts | None = None
        self.data_is_missing = self.at_an_epoch = False
        self.parameters: int | None = None
        self.examples_seen: int | None = None
        self.data_checksum = ""
        self.seconds: dict[str, float] = {}
        self.load: Load | None = None
        self.numerics: Numerics | None = None
        self.shared: Shared | None = None
        self.process_peak: int | None = None
        self.method: Method | None = None
        self.saving = Saving(job.saves)

    def __enter__(self) -> Self:
        """Load the data, warm up on a throwaway model, build the real one."""
        self.started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.start = time.perf_counter()
        self.watch = MachineWatch(cores=self.cores)
        if self.asked_at is not None:
            self._count("start", self.start - self.asked_at)
            self.start = self.asked_at
        self.resources = ExitStack()
        self.threads = torch.get_num_threads()
        try:
            self.resources.enter_context(harmless())
            self.resources.enter_context(meters.cpu_threads(self.cell.execution.threads))
            self.threads = torch.get_num_threads()
            with self._phase("device"):
                card.start(self.device)
                keep_freed_memory(self.device)
            self.energy, self.gpu = EnergyCounter(self.device), GpuWatch(self.device)
            with exit_is_a_failure():
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
        self.shared = None  # from here on it is others' affair
        self.events: Iterator[Event] = iter(())
        self.method = None
        self.saving.said.clear()
        self._end_measuring()
        self.resources.close()
        return False

    def epoch(self) -> None:
        """Train one epoch: the timed part, with the device idle at both ends.

        Only after `advance` has returned True.
        """
        assert self.at_an_epoch
        self.at_an_epoch = False
        self.division.align()
        self.traffic.training_begins()
        meters.synchronise(self.device)
        used = self.energy.read()
        with exit_is_a_failure():
            start = time.perf_counter()
            event = next(self.events)
            meters.synchronise(self.device)
            self.last_epoch_seconds = time.perf_counter() - start
        self.traffic.training_ends(self.last_epoch_seconds)
        self.energy.add(used)
        assert isinstance(event, EpochTrained)

    def advance(self) -> bool:
        """Do what is not timed; return whether another epoch is to be trained."""
        if self.at_an_epoch:
            return True
        if "evaluation" not in self.seconds:  # all is prepared, and nobody rehearses any more
            self.watch = MachineWatch(cores=self.cores)
        ended = False
        with self._phase("evaluation"), exit_is_a_failure():
            for event in self.events:
                match event:
                    case GradientsSeen():
                        self.gradient_norms.append(list(event.norms))
                    case EpochBegins():
                        self.at_an_epoch = True
                        return True
                    case EpochEnds():
                        self.gpu.look()
                        seconds = self.division.slowest(self.last_epoch_seconds)
                        if not 0 < seconds < math.inf:  # a budget in seconds would never end
                            raise InvalidTime(f"the clock says that the epoch took {seconds} s")
                        self._count("training", seconds)
                        self.epochs.append(
                            Epoch(
                                seconds=seconds,
                                train_loss=event.train_loss,
                                validation_accuracy=event.validation_accuracy,
                                validation_loss=event.validation_loss,
                            )
                        )
                    case RunEnds():
                        self.test_accuracies = event.test_accuracies
                        self.tested_epoch = event.tested_epoch
                        self.examples_seen, self.controls = event.examples_seen, event.controls
                        self.facts = event.facts
                        self._settle_ranks()
                        assert self.shared is not None
                        self.shared.refuse_changes()  # after what ranks do together
                        ended = True
        if ended and self.saving.kinds and self.method is not None:
            self._save(self.method)
        return False

    def is_hopeless(self, error: Exception) -> bool:
        """Return whether `error` would fail every cell alike: the data could not be loaded."""
        return isinstance(error, UserError) and self.data_is_missing

    def record(self) -> Record:
        """Return what is known of the run now, a failed one where it cannot be recorded."""
        try:
            return sound(self._record())
        except ValidationError as error:  # of what the method said: counts that are no numbers
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            self._fail(InvalidOutput(f"{where}: {first['msg']}, got {first['input']!r}"))
            self.facts, self.controls, self.test_accuracies = {}, {}, ()
            self.examples_seen = self.parameters = None
            return sound(self._record())

    def _record(self) -> Record:
        return Record(
            study=self.job.study,
            cell_id=self.cell.id,
            cell=self.cell,
            method_title=self.title,
            method_source=self.source,
            status=self.status,
            failure=self.failure,
            traceback=self.traceback,
            epochs=self.epochs,
            ended_by=self.cell.budget.ended_by(self.epochs),
            tested_epoch=self.tested_epoch,
            test_accuracies=list(self.test_accuracies),
            controls={name: list(values) for name, values in self.controls.items()},
            facts=self.facts,
            gradient_norms=self.gradient_norms,
            files=self.saving.files,
            memory=self.memory,
            memory_parts=self._memory_parts(),
            flops_per_epoch=self.flops_per_epoch,
            energy_joules=self.energy.joules if hasattr(self, "energy") else None,
            load=self.load,
            numerics=self.numerics,
            cores=self.cores or None,
            at_once=self.job.at_once,
            communication=self.communication,
            isolation="none" if self.asked_at is None else "process",
            parameters=self.parameters,
            examples_seen=self.examples_seen,
            data_checksum=self.data_checksum,
            phases=Phases(**self.seconds, wall=time.perf_counter() - self.start),
            started_at=self.started_at,
            position=self.job.position,
            environment=self.environment(),
        )

    def environment(self) -> Environment:
        """Return a description of this process's surroundings."""
        return environment.describe(str(self.device), self.threads, self.job.code_version)

    def _prepare(self) -> None:
        cell, streams = self.cell, Streams(self.cell.seed)
        how = cell.execution
        asked = self.resources.enter_context(
            numerics(self.device, how.precision, how.deterministic)
        )
        with self._phase("data"):
            task = self._load_task()
        self.data_checksum = task.checksum
        self.shared = Shared(task)  # as declared; from here on the method's code runs
        self.resources.callback(self.shared.let_go)
        with self._phase("building"):
            method = self._build(task, streams)
        # After building: what a data set computes once, for the first model, is not measured.
        with self._phase("warm_up"):
            batches = task.epoch_indices(cell.batch_size, streams.generator("warm-up order"))
            build = partial(self._build, task, streams)
            take_steps = partial(
                warm_up, build, task, batches, self.device, self.division, how.cuda_graphs
            )
            with noting_what_varies(asked):
                warm = in_precision(self.device, asked, take_steps)
            thrown_away, self.memory, self.memory_parts = warm
        self.shared.refuse_changes()
        self.resources.enter_context(autocast(self.device, asked))
        self.shared = Shared(task)  # autocast is a switch
        self.numerics = in_effect(self.device, asked)
        if self.flops_per_epoch is None:
            with self._phase("counting"):
                # A rank of a divided run has a part of it only; the count is of all.
                whole = thrown_away if self.division is UNDIVIDED else build()
                self.flops_per_epoch = count_flops(whole, task, batches[0])
                del whole
        del thrown_away
        self.parameters = method.parameter_count()
        self.events = training(
            method,
            task,
            streams,
            batch_size=cell.batch_size,
            # The records of the epochs, which say how long each took.
            goes_on=lambda _: cell.budget.goes_on(self.epochs),
            repeats=cell.inference_repeats,
            keep=cell.budget.keep,
            division=self.division,
            cuda_graphs=how.cuda_graphs,
            gradient_norms=how.gradient_norms,
            seen=self.saving.see,
        )
        self.method = method

    def _build(self, task: Task, streams: Streams) -> Method:
        method = registry.find(self.cell.method)
        self.title, self.source = method.title, method.source
        own = self.division.streams(streams)
        return method(self.cell.config(), task, self.cell.timesteps, own)

    def _save(self, method: Method) -> None:
        """Save what was asked for, in no phase: whether it is makes no difference to the record."""
        begun = time.perf_counter()
        self._end_measuring()
        self.saving.write(method, self.division, self.cell, self.environment().code_version)
        self.start += time.perf_counter() - begun

    def _end_measuring(self) -> None:
        """Note what the machine did besides, and the process's peak: once, at the end."""
        if self.load is None:
            self.load, self.process_peak = self.watch.load(), memory.process_peak_bytes()
            if hasattr(self, "gpu"):
                self.load = self.load.model_copy(update=self.gpu.load())

    def _settle_ranks(self) -> None:
        """Learn what every rank paid; what one device needs is what the largest rank needs."""
        self.communication = self.traffic.communication(self.division, self.memory, self.watch)
        if self.communication is not None and self.memory is not None:
            peak = max(self.communication.peak_bytes)
            self.memory = self.memory.model_copy(update={"peak_bytes": peak})

    def _memory_parts(self) -> MemoryParts | None:
        """Return the parts of memory with the high-water mark as it is now."""
        if self.memory_parts is None:
            return None
        peak = self.process_peak or memory.process_peak_bytes()
        return self.memory_parts.model_copy(update={"process_peak_bytes": peak})

    def _load_task(self) -> Task:
        cell, known = self.cell, self.job.data_checksum
        if known and (task := node_data.find(known, self.device)):
            return task
        try:
            task = load_task(cell.dataset, self.job.data_dir, str(self.device), cell.train_images)
        except UserError:
            self.data_is_missing = True
            raise
        if known is not None:
            node_data.keep(task)
        return task

    def _fail(self, error: Exception) -> None:
        self.status = status_of(error)
        self.failure = failure_words(error)
        changes = self.shared.changes() if self.shared else []
        if changes and not isinstance(error, ChangedTorch | UserError):
            self.failure = f"{self.failure}; {ChangedTorch(changes)}"  # perhaps that is why
        if self.status == "error" and not isinstance(error, UserError):
            self.traceback = traceback_of(error)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self._count(name, time.perf_counter() - start)

    def _count(self, phase: str, seconds: float) -> None:
        self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds
