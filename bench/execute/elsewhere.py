"""A job on another machine: text goes there, text comes back, and what is lost is tried again."""

import json
import os
import time
from functools import cache

from bench.execute.isolated_run import IsolatedRun
from bench.execute.own_cores import own_cores
from bench.execute.server import Server
from bench.measure.cell_run import CellRun
from bench.measure.driven import DrivenRun, run_cell
from bench.measure.job import Job
from bench.records.record import Record
from noprop_core.errors import UserError


def run_forked(text: str) -> str:
    """Run the job that `text` is, in a process forked from one that this process keeps.

    Returns text that `record_in` reads. For a worker that is given one job after another.
    """
    job = Job.from_json(text)
    if job.device != "cpu":  # the worker's GPUs are those of this job, and change with the job
        gpus = os.environ.get("CUDA_VISIBLE_DEVICES")
        job = job.model_copy(update={"visible_gpus": gpus})
    return _answer(IsolatedRun(_server(), job))


def run_alone(text: str) -> str:
    """Run the job that `text` is in this process, which is there for it alone, as `run_forked`."""
    asked_at = time.perf_counter()
    job = Job.from_json(text)
    if job.time_limit is not None:  # which somebody else has to keep
        return run_forked(text)
    with own_cores(job.cores) as cores:
        return _answer(CellRun(job, asked_at, cores))


def record_in(answer: str) -> Record:
    """Return the record in an answer; raises `UserError` for what would fail every cell."""
    content = json.loads(answer)
    if "hopeless" in content:
        raise UserError(content["hopeless"])
    return Record.model_validate(content["record"])


class Known:
    """Checksums of data that records hold, by which a machine finds what it has kept."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.checksums: dict[tuple[str, int | None], str] = {}

    def sent(self, job: Job) -> str:
        """Return `job` as text for another machine, whose working folder is another."""
        at_hand = job.cell.dataset == "digits"  # every process has them in memory
        checksum = None if at_hand else self.checksums.get(_data(job), "")
        elsewhere: dict[str, object] = {
            "data_dir": job.data_dir.absolute(),
            "data_checksum": checksum,
        }
        if job.saves is not None:
            where = job.saves.record.absolute()
            elsewhere["saves"] = job.saves.model_copy(update={"record": where})
        return job.model_copy(update=elsewhere).to_json()

    def received(self, job: Job, answer: str) -> Record:
        """Return the record in the answer to `job`, and learn from it; raises as `record_in`."""
        record = record_in(answer)
        if record.data_checksum:
            self.checksums[_data(job)] = record.data_checksum
        return record


def _data(job: Job) -> tuple[str, int | None]:
    return job.cell.dataset, job.cell.train_images


def _answer(run: DrivenRun) -> str:
    try:
        return json.dumps({"record": run_cell(run).model_dump(mode="json")})
    except UserError as error:
        return json.dumps({"hopeless": str(error)})


@cache
def _server() -> Server:
    """Return this process's own server, which ends with it."""
    server = Server()
    server.start()
    return server
