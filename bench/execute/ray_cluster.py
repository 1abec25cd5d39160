"""Cells on the machines of a Ray cluster, each a task that declares the cores and GPUs it takes.

Ray places tasks and notices lost machines. The driver alone claims cells and writes records, so
that the folder need not be shared and may be one that another executor began.
"""

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from bench.execute.executor import Needs
from noprop_core.errors import InvalidSetting

if TYPE_CHECKING:
    from bench.measure.job import Job
    from bench.records.record import Record

MOST_AT_ONCE = 4096
CAPACITY_HOLDS = 1.0
"""Seconds for which the number of places in the cluster is believed."""


class RaySettings(BaseModel):
    """What the command line says of a cluster and of the part of it that a cell takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str = "local"
    """`local` starts Ray on this machine, `auto` finds what runs here, else HOST:PORT."""
    cpus_per_cell: int | None = Field(None, ge=1)
    """None: as many as the study's threads, or one."""
    gpus_per_cell: int = Field(0, ge=0)
    jobs: int | None = Field(None, ge=1, le=MOST_AT_ONCE)
    """Cells asked for at once, which an autoscaler sees; None: as many as there is room for."""
    retries: int = Field(3, ge=0)
    """How often a cell is tried again whose worker was lost."""


class RayCluster:
    """Runs jobs as Ray tasks; its context is a connection to the cluster."""

    Settings = RaySettings

    def __init__(self, settings: RaySettings) -> None:
        """Nothing happens before the context is entered; raises `InvalidSetting` without Ray."""
        if find_spec("ray") is None:
            raise InvalidSetting("--executor ray: needs Ray: pip install 'noprop-bench[ray]'")
        self.settings = settings
        self.device = "cuda:0" if settings.gpus_per_cell else None
        self.running: set[Any] = set()
        self.is_leaving = False
        self.seen = (-CAPACITY_HOLDS, [0])

    def __enter__(self) -> Self:
        """Connect to the cluster or start one; raises `InvalidSetting` where there is none."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        ray: Any = import_module("ray")
        start, address = time.perf_counter(), self.settings.address
        own: dict[str, Any] = {"include_dashboard": False} if address == "local" else {}
        try:
            ray.init(address=address, log_to_driver=False, logging_level="ERROR", **own)
        except (ConnectionError, RuntimeError, ValueError, AssertionError) as error:
            said = " ".join(str(error).split())[:200]
            raise InvalidSetting(f"--address: no Ray cluster at '{address}': {said}") from error
        self.ray = ray
        self.seconds_to_start = time.perf_counter() - start
        self.pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="cell")
        return self

    def __exit__(self, *error: object) -> None:
        """Cancel what still runs, and leave the cluster; one that was started here ends."""
        self.is_leaving = True
        for task in list(self.running):
            self.ray.cancel(task, force=True)
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.ray.shutdown()

    def fit(self, needs: Needs) -> None:
        """Declare what a cell takes; raises `InvalidSetting` where no machine has as much."""
        from bench.execute.elsewhere import Known, run_forked

        self.cpus = self.settings.cpus_per_cell or needs.threads or 1
        self.gpus = self.settings.gpus_per_cell or int(needs.device.startswith("cuda"))
        self.say, self.known = needs.say, Known()
        places = self._places()
        if not self.settings.jobs and not any(places):
            raise InvalidSetting(
                f"--executor ray: no machine of the cluster has {self.cpus} CPUs and "
                f"{self.gpus} GPUs for a cell; --jobs N waits for one"
            )
        self.side_by_side = max(places, default=0) > 1
        self.task = ray_task(self.ray, run_forked, self.cpus, self.gpus)
        gpus = f" and {self.gpus} GPUs" if self.gpus else ""
        self.say(
            f"Ray has {len(places)} machines with room for {sum(places)} cells of {self.cpus} CPUs"
            f"{gpus}; connected in {self.seconds_to_start:.1f} s"
        )

    @property
    def slots(self) -> int:
        """How many cells have room now: machines come and go."""
        return self.settings.jobs or max(1, sum(self._places()))

    def submit(self, job: "Job") -> "Future[Record]":
        """Run `job` on whichever machine has room; one that is lost is tried again."""
        return self.pool.submit(self._run, job)

    def _run(self, job: "Job") -> "Record":
        from bench.execute.lost import Asked, lost_record

        if self.side_by_side:
            beside = {"cores": self.cpus, "at_once": max(1, *self._places())}
            job = job.model_copy(update=beside)
        asked, lost = Asked(), 0
        while True:
            task = self.task.remote(self.known.sent(job))
            self.running.add(task)
            try:
                return self.known.received(job, self.ray.get(task))
            except self.ray.exceptions.RayTaskError:
                raise  # our own code's failure, with its traceback
            except self.ray.exceptions.RayError as error:
                if self.is_leaving:  # cancelled; to try again would start another Ray
                    raise
                lost += 1
                why = f"{type(error).__name__}: {_sentence(str(error))}"
            finally:
                self.running.discard(task)
            if lost > self.settings.retries:
                return lost_record(
                    job,
                    asked,
                    "error",
                    f"its worker was lost {lost} times; the last time, {why}",
                    elsewhere=True,
                )
            self.say(
                f"{job.cell.label}: its worker was lost ({why}); tried again, {lost} of "
                f"{self.settings.retries} times"
            )

    def _places(self) -> list[int]:
        """Return for every machine that is alive how many cells it has room for in all."""
        now = time.monotonic()
        if now - self.seen[0] > CAPACITY_HOLDS:
            alive = [node["Resources"] for node in self.ray.nodes() if node["Alive"]]
            self.seen = now, [self._room(resources) for resources in alive]
        return self.seen[1]

    def _room(self, resources: dict[str, float]) -> int:
        rooms = [int(resources.get("CPU", 0) // self.cpus)]
        if self.gpus:
            rooms.append(int(resources.get("GPU", 0) // self.gpus))
        return min(rooms)


def ray_task(ray: Any, function: Any, cpus: int, gpus: int) -> Any:
    """Return `function` as a task of Ray; a lost one is our affair, so that tries are counted."""
    return ray.remote(function).options(num_cpus=cpus, num_gpus=gpus, max_retries=0)


def _sentence(text: str) -> str:
    """Return the first sentence of what Ray has to say, which may be pages."""
    return " ".join(text.split()).partition(". ")[0][:200]
