"""The contract of whatever runs jobs, and how an executor is found by name.

A package offers executors under the entry-point group `noprop_bench.executors`; anyone may name a
class directly as `package.module:Class`. It is made without arguments.

Imports nothing of torch's: an executor may start its own processes while this one still imports.
"""

import importlib
from concurrent.futures import Future
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol, Self

from noprop_core.errors import InvalidSetting

if TYPE_CHECKING:
    from bench.measure.driven import DrivenRun
    from bench.measure.job import Job
    from bench.records.record import Record

GROUP = "noprop_bench.executors"

BUILT_IN = {
    "fork-server": "bench.execute.fork_server:ForkServer",
    "in-process": "bench.execute.in_process:InProcess",
}

ISOLATIONS = {"process": "fork-server", "none": "in-process"}
"""What `--isolation` calls the two of ours."""


class Executor(Protocol):
    """Runs jobs as long as its context lasts; leaving it ends what still runs."""

    slots: int
    """How many jobs it runs at once."""

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

    def submit(self, job: "Job") -> "Future[Record]":
        """Run `job` to its end; the future is done when this returns."""
        from bench.measure.driven import run_cell  # imports torch

        future: Future[Record] = Future()
        try:
            future.set_result(run_cell(self.run(job)))
        except Exception as error:
            future.set_exception(error)
        return future


def make(name: str) -> Executor:
    """Return a new executor: one of ours, one by entry point, or the class at a path.

    Raises `InvalidSetting`.
    """
    external = entry_points(group=GROUP)
    path = BUILT_IN.get(name) or (external[name].value if name in external.names else name)
    module, _, attribute = path.partition(":")
    if not attribute:
        known = ", ".join([*BUILT_IN, *sorted(external.names)])
        raise InvalidSetting(f"--executor: '{name}' is none of {known}, package.module:Class")
    try:
        executor: Executor = getattr(importlib.import_module(module), attribute)()
    except (Exception, SystemExit) as error:  # other people's code, which may fail in any way
        said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise InvalidSetting(f"--executor: '{name}' cannot be loaded: {said}") from error
    if not (callable(getattr(executor, "submit", None)) and hasattr(executor, "slots")):
        raise InvalidSetting(f"--executor: '{name}' lacks submit or slots")
    return executor
