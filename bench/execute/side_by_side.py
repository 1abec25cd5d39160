"""Several cells at once on this machine, each on cores of its own or on a GPU of its own.

Each has a process forked from one that has imported everything, as `fork_server` has it. What
neighbours share all the same (memory bandwidth, caches, heat) costs time, so that such runs say so
in their identity and are compared only with their like.
"""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator

from bench.execute.executor import Needs
from bench.execute.own_cores import cores_available
from bench.execute.seed_stacks import in_smaller_stacks
from bench.execute.server import Server
from bench.measure.quota import cores_allowed
from bench.study.ranges import parse_names
from noprop_core.errors import InvalidSetting

if TYPE_CHECKING:
    from bench.measure.job import Job
    from bench.records.record import Record


def _jobs(text: str) -> int | None:
    if text != "auto" and not (text.isdecimal() and 1 <= int(text) < 10_000):
        raise ValueError("is neither a number of cells nor auto")
    return None if text == "auto" else int(text)


class SideBySideSettings(BaseModel):
    """What `--jobs` and `--devices` say; None is "auto"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jobs: Annotated[int | None, BeforeValidator(_jobs)] = None
    devices: Annotated[tuple[str, ...], BeforeValidator(lambda text: tuple(parse_names(text)))] = ()

    @field_validator("devices")
    @classmethod
    def _a_gpu_each(cls, devices: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in devices if not re.fullmatch(r"cuda:\d{1,4}", name)]
        if wrong:
            raise ValueError(f"'{wrong[0]}' is no GPU such as cuda:0")
        if len(set(devices)) < len(devices):
            raise ValueError("a GPU is named twice")
        return devices


class SideBySide:
    """Runs as many jobs at once as fit; its context is the life of the server that forks them."""

    Settings = SideBySideSettings

    def __init__(self, settings: SideBySideSettings) -> None:
        """Nothing happens before the context is entered."""
        self.settings = settings
        self.server = Server()
        self.slots = 1
        self.cores: int | None = None
        """Of each cell its own; None where nothing is pinned."""

    def __enter__(self) -> Self:
        """Start the server, without waiting for its imports."""
        self.server.start()
        return self

    def __exit__(self, *error: object) -> None:
        """End the server; it ends the cells that are still running."""
        self.server.stop()
        if hasattr(self, "pool"):
            self.pool.shutdown(cancel_futures=True)

    def fit(self, needs: Needs) -> None:
        """Settle how many cells run at once; raises `InvalidSetting` for more than fit."""
        cores = len(cores_available())
        allowed = cores_allowed()
        why = ""
        if cores and allowed is not None and allowed < cores:
            cores = max(1, int(allowed))
            why = f", for this container's limit on processor time is {allowed:.3g}"
        devices = self._devices() if needs.device.startswith("cuda") else ()
        if devices:
            self.slots = len(devices)
        elif self.settings.devices:
            raise InvalidSetting(f"--devices: are GPUs, and --device is {needs.device}")
        elif self.settings.jobs is None:
            self.slots = max(1, cores // (needs.threads or 1))
        else:
            self.slots = self.settings.jobs
        if cores:
            threads = needs.threads or (1 if devices else max(1, cores // self.slots))
            if threads * self.slots > cores and self.slots > 1:
                raise InvalidSetting(
                    f"--jobs: {self.slots} cells of {threads} threads each need "
                    f"{threads * self.slots} cores, and {cores} can be used here{why}"
                )
            self.cores = threads if self.slots > 1 else None
        self.free: SimpleQueue[str] = SimpleQueue()
        for device in devices:
            self.free.put(device)
        self.pool = ThreadPoolExecutor(self.slots, thread_name_prefix="cell")
        if self.slots > 1:
            needs.say(f"{self.slots} cells run side by side, each on {self._place()}")

    def submit(self, job: "Job") -> "Future[Record]":
        """Run `job` beside others; there is a place for it, as long as `slots` is heeded."""
        beside = {"cores": self.cores, "at_once": self.slots}
        return self.pool.submit(self._run, job.model_copy(update=beside))

    def submit_stack(self, jobs: "Sequence[Job]") -> "Future[list[Record]]":
        """Run `jobs` as one in the place of one job."""
        return self.pool.submit(self._run_stack, jobs)

    def _run(self, job: "Job") -> "Record":
        from bench.execute.isolated_run import IsolatedRun  # imports torch
        from bench.measure.driven import run_cell

        with self._place_of_its_own() as place:
            return run_cell(IsolatedRun(self.server, job.model_copy(update=place)))

    def _run_stack(self, jobs: "Sequence[Job]") -> "list[Record]":
        from bench.execute.isolated_stack import run_isolated  # imports torch

        with self._place_of_its_own() as place:
            at = [job.model_copy(update={"cores": self.cores, **place}) for job in jobs]
            return in_smaller_stacks(at, lambda some: run_isolated(self.server, some))

    @contextmanager
    def _place_of_its_own(self) -> Iterator[dict[str, str]]:
        """Hold one of the GPUs, if there are any, as a job says it."""
        if self.free.empty():
            yield {}
            return
        device = self.free.get_nowait()
        try:
            yield {"device": device}
        finally:
            self.free.put(device)

    def _devices(self) -> Sequence[str]:
        if self.settings.devices:
            if self.settings.jobs not in (None, len(self.settings.devices)):
                raise InvalidSetting("--jobs: a cell runs on each of --devices, no more, no less")
            return self.settings.devices
        import torch

        count = torch.cuda.device_count()
        jobs = count if self.settings.jobs is None else self.settings.jobs
        if jobs > count:
            raise InvalidSetting(f"--jobs: {jobs} cells need a GPU each, and torch sees {count}")
        return [f"cuda:{index}" for index in range(jobs)]

    def _place(self) -> str:
        if not self.free.empty():
            return f"a GPU and {self.cores} cores of its own" if self.cores else "a GPU of its own"
        if self.cores is None:
            return "no cores of its own: this system pins no process"
        return "a core of its own" if self.cores == 1 else f"{self.cores} cores of its own"
