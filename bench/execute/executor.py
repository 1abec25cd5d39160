"""The contract of whatever runs jobs, and how an executor is found by name.

A package offers executors under the entry-point group `noprop_bench.executors`; anyone may name a
class directly as `package.module:Class`. It is made without arguments, or, where it has a pydantic
model `Settings`, with one of those.

Imports nothing of torch's: an executor may start its own processes while this one still imports.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from bench.execute.seed_stacks import in_smaller_stacks
from noprop_core.errors import InvalidSetting
from noprop_core.words import one_line, shortened

if TYPE_CHECKING:
    from bench.measure.driven import DrivenRun
    from bench.measure.job import Job
    from bench.records.record import Record

GROUP = "noprop_bench.executors"

BUILT_IN = {
    "fork-server": "bench.execute.fork_server:ForkServer",
    "in-process": "bench.execute.in_process:InProcess",
    "ray": "bench.execute.ray_cluster:RayCluster",
    "slurm": "bench.execute.slurm:Slurm",
    "side-by-side": "bench.execute.side_by_side:SideBySide",
    "over-ranks": "bench.execute.ranks:OverRanks",
}

ISOLATIONS = {"process": "fork-server", "none": "in-process"}
"""What `--isolation` calls the two of ours."""


@dataclass(frozen=True)
class Needs:
    """What is known of a study's cells before the first is submitted."""

    threads: int | None
    """CPU threads of each; None: torch's choice."""
    device: str
    """Where they train, as torch calls it: `cpu`, `cuda:0`."""
    folder: Path
    """The study's folder of results."""
    say: Callable[[str], None] = print
    """Shows a line to whoever watches, from any thread and at any time."""


class Executor(Protocol):
    """Runs jobs as long as its context lasts; leaving it ends what still runs.

    More is asked of one that has it. `fit(needs)` is called before the first job
    with what is known of the study; it may settle `slots`, and raises `InvalidSetting` for what
    cannot be. `side_by_side` tells whether jobs that run at once share a machine, which is a part
    of a run's identity; where it is missing they do if there is more than one slot. `device`, of
    one that trains on other machines, is where cells train there, whatever this machine has.
    `submit_stack(jobs)` runs jobs that differ in seed alone as one, for a study with `stack_seeds`;
    its future holds their records, in order.
    """

    slots: int
    """How many jobs it runs at once; it may change."""

    def __enter__(self) -> Self:
        """Begin what is needed to run jobs."""

    def __exit__(self, *error: object) -> None:
        """End every job that still runs, and let go of everything."""

    def submit(self, job: "Job") -> "Future[Record]":
        """Run `job`; the future holds its record, whatever the outcome.

        It holds a `UserError` instead where every job would fail alike: data that are missing.
        """


class OneAtATime:
    """An executor that runs a job while it is submitted, and lets others drive one instead."""

    slots = 1

    def __enter__(self) -> Self:
        """Begin what is needed to run jobs: nothing here."""
        return self

    def __exit__(self, *error: object) -> None:
        """Let go of it."""

    def run(self, job: "Job") -> "DrivenRun":
        """Return the run of `job`, which has not begun."""
        raise NotImplementedError

    def stack(self, jobs: "Sequence[Job]") -> "list[Record]":
        """Run `jobs`, which differ in seed alone, as one; return their records in order."""
        raise NotImplementedError

    def submit_stack(self, jobs: "Sequence[Job]") -> "Future[list[Record]]":
        """Run `jobs` as one, to their end; the future is done when this returns."""
        future: Future[list[Record]] = Future()
        try:
            future.set_result(in_smaller_stacks(jobs, self.stack))
        except Exception as error:
            future.set_exception(error)
        return future

    def submit(self, job: "Job") -> "Future[Record]":
        """Run `job` to its end; the future is done when this returns."""
        from bench.measure.driven import run_cell  # imports torch

        future: Future[Record] = Future()
        try:
            future.set_result(run_cell(self.run(job)))
        except Exception as error:
            future.set_exception(error)
        return future


def fitted(executor: Executor, needs: Needs) -> bool:
    """Tell `executor` what a study needs; return whether its jobs run side by side."""
    fit = getattr(executor, "fit", None)
    if fit is not None:
        fit(needs)
    return bool(getattr(executor, "side_by_side", executor.slots > 1))


def make(name: str, settings: Mapping[str, str] | None = None) -> Executor:
    """Return a new executor: one of ours, one by entry point, or the class at a path.

    `settings` are options of its own, as text. Raises `InvalidSetting`.
    """
    external = entry_points(group=GROUP)
    path = BUILT_IN.get(name) or (external[name].value if name in external.names else name)
    module, _, attribute = path.partition(":")
    if not attribute:
        known = ", ".join([*BUILT_IN, *sorted(external.names)])
        raise InvalidSetting(f"--executor: '{name}' is none of {known}, package.module:Class")
    try:
        kind = getattr(importlib.import_module(module), attribute)
        known_settings = getattr(kind, "Settings", None)
    except (Exception, SystemExit) as error:  # other people's code, which may fail in any way
        raise _unloadable(name, error) from error
    validated = _validated(name, known_settings, settings or {})
    try:
        executor: Executor = kind(*validated)
    except InvalidSetting:
        raise
    except (Exception, SystemExit) as error:  # as above
        raise _unloadable(name, error) from error
    # Of a cluster it may be told only once that has been asked.
    has_slots = hasattr(type(executor), "slots") or hasattr(executor, "slots")
    if not (callable(getattr(executor, "submit", None)) and has_slots):
        raise InvalidSetting(f"--executor: '{name}' lacks submit or slots")
    return executor


def _unloadable(name: str, error: BaseException) -> InvalidSetting:
    return InvalidSetting(f"--executor: '{name}' cannot be loaded: {one_line(error)}")


def _validated(name: str, model: Any, settings: Mapping[str, str]) -> list[Any]:
    """Return what an executor is made with: its settings if it has any, else nothing."""
    known = [] if model is None else list(model.model_fields)
    for unknown in [setting for setting in settings if setting not in known]:
        takes = f"takes {', '.join(map(_flag, known))}" if known else "takes no options"
        raise InvalidSetting(f"{_flag(unknown)}: no option of executor '{name}', which {takes}")
    if model is None:
        return []
    from pydantic import ValidationError

    try:
        return [model.model_validate(dict(settings))]
    except ValidationError as error:
        first = error.errors()[0]
        where = str(first["loc"][0]) if first["loc"] else ""
        said = first["msg"].removeprefix("Value error, ")
        given = settings.get(where, "")
        said = one_line(f"{shortened(given, 80)!r}: {said}")
        raise InvalidSetting(f"{_flag(where)}: {said}") from error


def _flag(setting: str) -> str:
    return f"--{setting.replace('_', '-')}"
