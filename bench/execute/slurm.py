"""Cells as jobs of Slurm, by submitit: arrays with a cap on how many run at once.

What is submitted within a moment becomes one array. The driver, on a login node say, waits for
the jobs, claims cells and writes records; with `--slurm cluster=local` the same goes on in
processes of this machine.
"""

from concurrent.futures import Future
from dataclasses import dataclass
from importlib.util import find_spec
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bench.execute.executor import Needs
from noprop_core.errors import InvalidSetting

if TYPE_CHECKING:
    from bench.execute.lost import Asked
    from bench.measure.job import Job
    from bench.records.record import Record

LARGEST_ARRAY = 1000
"""Jobs; Slurm's own limit is 1001 unless a site has changed it."""
LOOK_AGAIN = {"local": 0.2, "slurm": 5.0}
"""Seconds between looks at what has been submitted and what has ended."""
AT_ONCE = 16


def _settings(text: str) -> dict[str, str]:
    """Read `partition=gpu,time=60`."""
    parts = [part.partition("=") for part in text.split(",") if part.strip()]
    wrong = [name for name, equals, value in parts if not (name.strip() and equals and value)]
    if wrong:
        raise ValueError(f"'{wrong[0]}' is no setting such as partition=gpu")
    return {name.strip(): value.strip() for name, _, value in parts}


class SlurmSettings(BaseModel):
    """What the command line says of Slurm and of the part of it that a cell takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slurm: Annotated[dict[str, str], BeforeValidator(_settings)] = {}
    """`partition=gpu,time=60` (minutes), and whatever else sbatch has; `cluster=local` is none."""
    cpus_per_cell: int | None = Field(None, ge=1)
    """None: as many as the study's threads, or one."""
    gpus_per_cell: int = Field(0, ge=0)
    jobs: int = Field(AT_ONCE, ge=1, le=LARGEST_ARRAY)
    """Cells that run at once at most."""
    retries: int = Field(3, ge=0)
    """How often a cell is tried again whose job was lost."""


@dataclass
class _Asked:
    """A job that somebody waits for; `task` is submitit's, once it has been submitted."""

    job: "Job"
    future: "Future[Record]"
    since: "Asked"
    lost: int = 0
    task: Any = None


class Slurm:
    """Runs jobs as Slurm's; leaving its context cancels those that still wait or run."""

    Settings = SlurmSettings

    def __init__(self, settings: SlurmSettings) -> None:
        """Nothing is submitted yet; raises `InvalidSetting` without submitit."""
        if find_spec("submitit") is None:
            raise InvalidSetting(
                "--executor slurm: needs submitit: pip install 'noprop-bench[submitit]'"
            )
        self.settings = settings
        self.cluster = settings.slurm.get("cluster", "slurm")
        if self.cluster not in LOOK_AGAIN:
            raise InvalidSetting(f"--slurm: cluster '{self.cluster}' is neither slurm nor local")
        self.device = "cuda:0" if settings.gpus_per_cell else None
        # An array is capped by Slurm; local processes begin as soon as they are submitted.
        self.slots = settings.jobs if self.cluster == "local" else LARGEST_ARRAY
        self.side_by_side = settings.jobs > 1 and "exclusive" not in settings.slurm
        self.asked: list[_Asked] = []
        self.lock, self.leaving = Lock(), Event()

    def __enter__(self) -> Self:
        """Do nothing yet: where logs go is known with the study."""
        return self

    def __exit__(self, *error: object) -> None:
        """Cancel every job."""
        self.leaving.set()
        if hasattr(self, "thread"):
            self.thread.join()
        for asked in self.asked:
            if asked.task is not None:
                asked.task.cancel(check=False)

    def fit(self, needs: Needs) -> None:
        """Declare what a cell takes; raises `InvalidSetting` for what submitit does not know."""
        import submitit

        from bench.execute.elsewhere import Known

        self.say, self.known = needs.say, Known()
        self.cpus = self.settings.cpus_per_cell or needs.threads or 1
        gpus = self.settings.gpus_per_cell or int(needs.device.startswith("cuda"))
        given = {k: v for k, v in self.settings.slurm.items() if k not in ("cluster", "time")}
        try:
            self.submitit = submitit.AutoExecutor(needs.folder / "slurm", cluster=self.cluster)
            self.submitit.update_parameters(
                name="noprop-bench",
                cpus_per_task=self.cpus,
                gpus_per_node=gpus,
                timeout_min=int(self.settings.slurm.get("time", "60")),
                slurm_array_parallelism=self.settings.jobs,
                **{f"slurm_{name}": value for name, value in given.items()},
            )
        except (ValueError, TypeError, RuntimeError, NameError) as error:
            said = " ".join(str(error).split())[:300]
            raise InvalidSetting(f"--slurm: {said}") from error
        self.say(f"Slurm ({self.cluster}) runs {self.settings.jobs} cells at once at most")
        self.thread = Thread(target=self._watch, name="slurm", daemon=True)
        self.thread.start()

    def submit(self, job: "Job") -> "Future[Record]":
        """Have `job` submitted with others, within a moment."""
        from bench.execute.lost import Asked

        if self.side_by_side:
            beside = {"cores": self.cpus, "at_once": self.settings.jobs}
            job = job.model_copy(update=beside)
        asked = _Asked(job, Future(), Asked())
        with self.lock:
            self.asked.append(asked)
        return asked.future

    def _watch(self) -> None:
        """Submit what was asked for and hear what has ended, until the context is left."""
        while not self.leaving.wait(LOOK_AGAIN[self.cluster]):
            with self.lock:
                asked = list(self.asked)
            try:
                self._submit([one for one in asked if one.task is None])
                for one in [one for one in asked if one.task is not None and one.task.done()]:
                    self._end(one)
            except Exception as error:  # sbatch refuses, say: nothing will come of any of them
                for one in asked:
                    if not one.future.done():
                        one.future.set_exception(error)
                return

    def _submit(self, new: list[_Asked]) -> None:
        """Submit `new` as one array."""
        from bench.execute.elsewhere import run_alone

        if not new:
            return
        with self.submitit.batch():
            tasks = [self.submitit.submit(run_alone, self.known.sent(one.job)) for one in new]
        for one, task in zip(new, tasks, strict=True):
            one.task = task

    def _end(self, one: _Asked) -> None:
        """Hand on what became of a job, or let it be tried again."""
        from bench.execute.lost import lost_record

        error = one.task.exception()
        if error is None:
            self._answer(one, lambda: self.known.received(one.job, one.task.result()))
            return
        one.lost += 1
        why = f"{type(error).__name__}: {_first_line(str(error))}"
        if one.lost > self.settings.retries:
            failure = f"its job was lost {one.lost} times; the last time, {why}"
            self._answer(
                one, lambda: lost_record(one.job, one.since, "error", failure, elsewhere=True)
            )
            return
        self.say(
            f"{one.job.cell.label}: its job {one.task.job_id} was lost ({why}); tried again, "
            f"{one.lost} of {self.settings.retries} times"
        )
        one.task = None

    def _answer(self, one: _Asked, answer: Any) -> None:
        with self.lock:
            self.asked.remove(one)
        try:
            one.future.set_result(answer())
        except Exception as error:
            one.future.set_exception(error)


def _first_line(text: str) -> str:
    """Return the first line of what submitit has to say; the job's whole output follows it."""
    return " ".join(text.partition("\n")[0].split())[:200]
