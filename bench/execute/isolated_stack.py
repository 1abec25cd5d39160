"""A stack of seeds in a process of its own: one question, and all the records are the answer."""

import json
import time
from collections.abc import Sequence

from bench.execute.isolated_run import how_it_died
from bench.execute.lost import Asked, lost_record
from bench.execute.oom import killed_for_memory
from bench.execute.server import Server, patient_pair
from bench.measure.job import Job
from bench.records.record import Record, Status
from noprop_core.errors import UserError


def run_isolated(server: Server, jobs: Sequence[Job]) -> list[Record]:
    """Run `jobs` as one in a process forked by `server`; return their records, in order.

    A process that dies, or takes longer than the jobs may take one after the other, leaves a record
    of that for each. Raises a `UserError` for data that would fail every cell.
    """
    channel, theirs = patient_pair()
    with channel, channel.makefile("r", encoding="utf-8") as lines:
        with theirs:
            kills = killed_for_memory()
            server.wait()
            asked = Asked()
            process = server.begin(theirs)
        try:
            limit = jobs[0].time_limit
            if limit is not None:
                channel.settimeout(limit * len(jobs))
            stack = json.dumps([job.to_json() for job in jobs])
            try:
                channel.sendall(f"{asked.at!r}\n{stack}\n".encode())
                line = lines.readline() if server.answered(process, channel) else ""
            except TimeoutError:
                server.kill(process)
                server.end(process)
                spent = time.perf_counter() - asked.at
                return _lost(jobs, asked, "timeout", f"not done after {spent:.3g} s; ended")
            except OSError:
                line = ""
            if not line:
                return _lost(jobs, asked, *how_it_died(server.end(process), kills))
        except BaseException:
            server.kill(process)
            server.end(process)
            raise
        finally:
            server.leave(process)
    answer = json.loads(line)
    if "hopeless" in answer:
        raise UserError(answer["hopeless"])
    return [Record.model_validate(record) for record in answer["records"]]


def _lost(jobs: Sequence[Job], asked: Asked, status: Status, failure: str) -> list[Record]:
    return [lost_record(job, asked, status, failure) for job in jobs]
