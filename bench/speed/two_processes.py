"""A training step shared out over two processes of this machine, to be asked for again and again.

They are the project's own divisions of a run (`noprop_core.parallel`), as `torchrun` would start
them. Each process has half of the threads.
"""

import multiprocessing
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import torch
from torch import distributed
from torch.distributed import FileStore  # type: ignore[attr-defined]

from bench.speed.images_of_noise import mnist_of_noise
from noprop_core import registry
from noprop_core.division import Way
from noprop_core.freed_memory import keep_freed_memory
from noprop_core.parallel.ranks import Ranks
from noprop_core.parallel.ways import division_of
from noprop_core.seeding import Streams
from noprop_core.training import train_epoch

COUNT = 2
CPU = torch.device("cpu")

Step = Callable[[], object]


@dataclass(frozen=True)
class Shared:
    """What is trained, and how it is shared out: one batch of noise of MNIST's size."""

    method: str
    way: Way
    options: dict[str, Any]
    batch: int
    timesteps: int


@contextmanager
def two_processes(shared: Shared) -> Iterator[Step]:
    """Give out a function that returns when both processes have taken their part of a step.

    Raises `RuntimeError` where one of them has ended; what it died of is on standard error.
    """
    # Executed anew: a forked process would have this one's memory.
    fresh = multiprocessing.get_context("spawn")
    processes: list[SpawnProcess] = []
    ends: list[Connection] = []

    def step(*, ask: bool = True) -> None:
        try:
            for end in ends if ask else ():
                end.send("step")
            for end in ends:
                end.recv()
        except (EOFError, OSError) as error:
            ended = wait([process.sentinel for process in processes])
            first = next(process for process in processes if process.sentinel in ended)
            first.join()
            raise RuntimeError(
                f"a process of {shared.method}, divided by {shared.way}, ended with exit code "
                f"{first.exitcode}"
            ) from error

    with tempfile.TemporaryDirectory() as scratch:
        try:
            threads = max(1, torch.get_num_threads() // COUNT)
            for rank in range(COUNT):
                mine, its = fresh.Pipe()
                told = (shared, rank, Path(scratch, "ranks"), its, threads)
                process = fresh.Process(target=_serve, args=told, daemon=True)
                process.start()
                its.close()
                processes.append(process)
                ends.append(mine)
            step(ask=False)  # they are ready
            yield step
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.join()


def _serve(shared: Shared, rank: int, meeting: Path, end: Connection, threads: int) -> None:
    """Take this process's part of a step for every word."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other end hears of Ctrl-C, and ends this
    keep_freed_memory(CPU)
    torch.set_num_threads(threads)
    store = FileStore(str(meeting), COUNT)
    distributed.init_process_group("gloo", store=store, rank=rank, world_size=COUNT)
    step = _step(shared)
    while True:
        end.send("ready")
        end.recv()
        step()


def _step(shared: Shared) -> Step:
    """Return this process's part of a step."""
    task, division = mnist_of_noise(CPU, shared.batch), division_of(shared.way, Ranks.join())
    kind = registry.find(shared.method)
    config = kind.Config.model_validate(shared.options)
    method = kind(config, task, shared.timesteps, division.streams(Streams(0)))
    stages = division.stages(method)
    indices_B = torch.arange(len(task.train))

    def step() -> None:
        train_epoch(method, stages, task, division.batches((indices_B,)))

    return step
