"""One cell in a process of its own: it does what it is told over a socket, line by line.

The first line in says when it was asked for, the second is the job; every other names one thing to
do, and is answered by one line. Where the second is a list of jobs, they are run as one, and the
answer is all of their records. What comes from the other side is data and never code.
"""

import importlib
import json
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import torch

from bench.execute import orders
from bench.execute.own_cores import own_cores
from bench.measure import environment
from bench.measure.cell_run import CellRun
from bench.measure.job import Job
from bench.measure.stacked_run import StackedRun
from noprop_core import registry
from noprop_core.datasets import loading
from noprop_core.errors import UserError

IMPORTED_LATE = ("torch.nested._internal.nested_tensor", "torch.utils._device")
"""What torch imports only when it takes a gradient, or tells its default device, the first time."""


def preload() -> None:
    """Import what a cell will need; compute nothing."""
    registry.built_in()
    for name in IMPORTED_LATE:
        with suppress(ImportError):  # torch's own business, which may end
            importlib.import_module(name)
    loading.preload()
    environment.describe("cpu", 1, environment.code_in_use())  # much of it is looked up only once


def serve_cell(channel: socket.socket, before_timed: Callable[[], None] = lambda: None) -> int:
    """Run one cell as told over `channel`; return the process's exit code.

    `before_timed` is called once all is prepared, before anything in it is timed.
    """
    lines = channel.makefile("r", encoding="utf-8")
    asked_at = float(lines.readline())
    asked_for = json.loads(lines.readline())
    if isinstance(asked_for, list):
        before_timed()
        answer = _stack([Job.from_json(text) for text in asked_for])
        channel.sendall(json.dumps(answer).encode() + b"\n")
        return 0
    job = Job.model_validate(asked_for)
    if job.visible_gpus is not None:  # CUDA, which looks only once, has not been asked yet
        os.environ["CUDA_VISIBLE_DEVICES"] = job.visible_gpus
    with own_cores(job.cores) as cores:
        if cores:
            torch.set_num_threads(len(cores))
        run = CellRun(job, asked_at, cores)
        me = os.getpid()
        for line in lines:
            answer = _obeyed(run, line.strip())
            if os.getpid() != me:  # a copy that the method's code has made: nobody asked it
                return 1
            if line.strip() == orders.ENTER:
                before_timed()
            channel.settimeout(None)  # its code may have set a time limit for all sockets
            channel.sendall(json.dumps(answer).encode() + b"\n")
            if "record" in answer:
                return 0
    return 1  # whoever asked has gone


def _stack(jobs: list[Job]) -> dict[str, Any]:
    with own_cores(jobs[0].cores):
        try:
            records = StackedRun(jobs, "process").run()
        except UserError as error:
            return {"hopeless": str(error)}
    return {"records": [record.model_dump(mode="json") for record in records]}


def _obeyed(run: CellRun, order: str) -> dict[str, Any]:
    try:
        match order:
            case orders.ENTER:
                run.__enter__()
                # Told now, for it cannot be asked any more if this process should die.
                return {
                    "environment": run.environment().model_dump(),
                }
            case orders.ADVANCE:
                told = len(run.epochs)
                goes_on = run.advance()
                new = [epoch.model_dump() for epoch in run.epochs[told:]]
                return {"goes_on": goes_on, "epochs": new}
            case orders.EPOCH:
                run.epoch()
            case _:
                trouble = json.loads(order.removeprefix(orders.LEAVE))
                run.__exit__(None, None, None)
                if trouble:  # with whoever drives the run, not with the run
                    run.status = "error"
                    run.failure, run.traceback = trouble["failure"], trouble["traceback"]
                return {"record": run.record().model_dump(mode="json")}
    except Exception as error:
        # `__enter__` has kept its failure itself, with the same words.
        run.__exit__(type(error), error, error.__traceback__)
        return {
            "record": run.record().model_dump(mode="json"),
            "failure": run.failure,
            "hopeless": str(error) if run.is_hopeless(error) else "",
        }
    return {}
