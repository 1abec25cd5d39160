"""Every job in this process: no start to wait for, and nothing to protect one from another."""

from collections.abc import Sequence

from bench.execute.executor import OneAtATime
from bench.measure.cell_run import CellRun
from bench.measure.job import Job
from bench.measure.stacked_run import StackedRun
from bench.records.record import Record
from noprop_core.errors import InvalidSetting


class InProcess(OneAtATime):
    """Runs jobs here, one after the other."""

    def run(self, job: Job) -> CellRun:
        """Return the run of `job`, which has not begun; raises `InvalidSetting`."""
        _without_limit(job)
        return CellRun(job)

    def stack(self, jobs: Sequence[Job]) -> list[Record]:
        """Run `jobs` as one; return their records in order; raises `InvalidSetting`."""
        _without_limit(jobs[0])
        return StackedRun(jobs).run()


def _without_limit(job: Job) -> None:
    if job.time_limit is not None:
        raise InvalidSetting("--time-limit: needs --isolation process, to end a cell from out")
