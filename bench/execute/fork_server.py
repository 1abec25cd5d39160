"""Every job in a process of its own, forked from one that has imported everything.

A cell pays for no other's warm-up and takes no other down. Cells run one at a time: side by side
they would disturb each other's times.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from bench.execute.executor import OneAtATime
from bench.execute.server import Server

if TYPE_CHECKING:
    from bench.execute.isolated_run import IsolatedRun
    from bench.measure.job import Job
    from bench.records.record import Record


class ForkServer(OneAtATime):
    """Runs each job in a new process; its context is the life of the server that forks them."""

    def __init__(self) -> None:
        """Nothing happens before the context is entered."""
        self.server = Server()

    def __enter__(self) -> Self:
        """Start the server, without waiting for its imports."""
        self.server.start()
        return self

    def __exit__(self, *error: object) -> None:
        """End the server; it ends a cell that is still running."""
        self.server.stop()

    def run(self, job: "Job") -> "IsolatedRun":
        """Return the run of `job`, which has not begun."""
        from bench.execute.isolated_run import IsolatedRun  # imports torch

        return IsolatedRun(self.server, job)

    def stack(self, jobs: "Sequence[Job]") -> "list[Record]":
        """Run `jobs` as one in a new process; return their records in order."""
        from bench.execute.isolated_stack import run_isolated  # imports torch

        return run_isolated(self.server, jobs)

    @property
    def seconds_waited(self) -> float:
        """How long the server made everybody wait with its imports."""
        return self.server.seconds_waited
