"""Divided runs under `torchrun`: every process has each job, and rank 0 makes its record.

Rank 0 is the one runner; the others take from it which job comes next. A run that is not divided
is rank 0's alone. A rank that dies ends the study: what had begun has a failed record, and the
command says so in one line.
"""

import signal
import sys
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Literal, Self

from bench.execute.executor import OneAtATime
from bench.measure.cell_run import CellRun
from bench.measure.job import Job
from noprop_core.errors import ChangedTorch, Diverged, InvalidSetting, UserError
from noprop_core.parallel.ranks import Ranks

MET_BY_ALL = (Diverged, InvalidSetting, ChangedTorch)
"""What every rank finds by itself, at the same point of the run, or after all that ranks do
together; anything else is one rank's."""


class RankLost(RuntimeError):
    """Another process of a divided run has ended."""


class OverRanks(OneAtATime):
    """Runs jobs here and on the other ranks, one after the other; rank 0's executor."""

    def __init__(self) -> None:
        """Be ready to meet the others."""
        self.lost = False
        """Whether the other ranks have ended, or wait for what this one will never send."""
        self.divided: DividedRun | None = None

    def __enter__(self) -> Self:
        """Meet the other ranks."""
        self.before = signal.signal(signal.SIGTERM, self._told_to_end)
        self.ranks = Ranks.join()
        return self

    def __exit__(self, *error: object) -> None:
        """Send the other ranks home; where they cannot listen, the end of this one ends them."""
        if not self.lost:
            with suppress(RuntimeError):  # they have died while they had nothing to do
                self.ranks.from_first(None)
                self.ranks.leave()
        signal.signal(signal.SIGTERM, self.before)

    def run(self, job: Job) -> CellRun:
        """Return the run of `job`, which the other ranks begin too if it is divided."""
        if self.lost:
            raise UserError(
                "a process has died; its run has a failed record, and those after it are not made: "
                "start the study again"
            )
        if job.cell.execution.division == "none":
            return CellRun(job)
        try:
            self.ranks.from_first(job.to_json())
        except RuntimeError:  # one of them has died since the last run: this one has a record too
            self.lost = True
        self.divided = DividedRun(job, self.ranks, self)
        return self.divided

    def _told_to_end(self, number: int, frame: FrameType | None) -> None:
        """Take `torchrun`'s signal, which it sends when another rank has died."""
        if self.divided is not None and self.divided.under_way:
            raise RankLost("another process of the run has ended")
        if not self.lost:
            raise KeyboardInterrupt


class DividedRun(CellRun):
    """Rank 0's part of a run; a failure that the others have not met is the end of all."""

    def __init__(self, job: Job, ranks: Ranks, executor: OverRanks) -> None:
        """Tell `executor` when a rank is lost."""
        super().__init__(job, ranks=ranks)
        self.executor, self.under_way = executor, False

    def __enter__(self) -> Self:
        """Prepare, together with the other ranks."""
        self.under_way = True
        return super().__enter__()

    def _prepare(self) -> None:
        if self.executor.lost:
            raise RankLost("another process of the run has ended")
        super()._prepare()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Literal[False]:
        """Keep a failure for the record."""
        self.under_way = False
        if error is not None and not isinstance(error, MET_BY_ALL):
            self.executor.lost = True
        return super().__exit__(kind, error, trace)


def serve() -> int:
    """Take part in rank 0's runs until it has no more; return the exit code."""
    ranks = Ranks.join()
    nothing: str | None = None
    while (text := ranks.from_first(nothing)) is not None:
        run = CellRun(Job.from_json(text), ranks=ranks)
        try:
            with run:
                while run.advance():
                    run.epoch()
        except MET_BY_ALL:
            continue
        except Exception:
            # The others wait for this rank: only its end tells them. A bug keeps its traceback,
            # which rank 0's record does not have.
            print(f"{run.traceback}rank {ranks.rank}: {run.failure}", file=sys.stderr)
            return 1
    ranks.leave()
    return 0
