"""Every job in this process: no start to wait for, and nothing to protect one from another."""

from bench.execute.executor import OneAtATime
from bench.measure.cell_run import CellRun
from bench.measure.job import Job
from noprop_core.errors import InvalidSetting


class InProcess(OneAtATime):
    """Runs jobs here, one after the other."""

    def run(self, job: Job) -> CellRun:
        """Return the run of `job`, which has not begun; raises `InvalidSetting`."""
        if job.time_limit is not None:
            raise InvalidSetting("--time-limit: needs --isolation process, to end a cell from out")
        return CellRun(job)
