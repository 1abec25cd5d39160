"""The harness's own share of a study's wall time."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch

from bench.arguments import overrides
from bench.execute.executor import Executor
from bench.execute.launch import Launch
from bench.measure.job import Job
from bench.records.record import Phases, Record
from bench.records.store import RecordStore
from bench.runner import run_study
from bench.speed.row import Row, at_most
from bench.speed.setting import Setting
from bench.speed.turns import Interval
from bench.study.cells import expand
from bench.study.loading import load_study
from bench.study.study import Study

OVERHEAD_GOAL = at_most(0.08)
"""The harness is to spend at most this part of a study's wall time on itself."""

PHASE_WORDS = {
    "start": "a process for each cell",
    "device": "starting the device",
    "data": "data sets",
    "warm_up": "a throwaway model, its memory measured",
    "counting": "counting FLOPs",
    "building": "building models",
}


@dataclass(frozen=True)
class Overhead:
    """Where a study's wall time went: phases over all cells, and the server's imports."""

    phases: Phases
    server_seconds: float
    cells: int

    @property
    def share(self) -> float:
        """The part of wall time outside training and evaluation."""
        return 1 - (self.phases.training + self.phases.evaluation) / self.phases.wall


class _Noting:
    """An executor that notes when it was given each seed's first cell."""

    def __init__(self, executor: Executor) -> None:
        self.executor, self.slots = executor, executor.slots
        self.begun: dict[int, float] = {}

    def submit(self, job: Job) -> Future[Record]:
        self.begun.setdefault(job.cell.seed, time.perf_counter())
        return self.executor.submit(job)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.executor, name)


def rows(setting: Setting, study: Study | None = None) -> Iterator[Row]:
    """Yield the share of `quick` as a whole, those of its seeds, and where it went."""
    study = study or load_study("quick", overrides({"seeds": setting.seeds}))
    each = measure_overhead(setting.device, study, setting.executor)
    shares = parts(each)
    of_seeds = [overhead.share for overhead in each]
    figure = Interval(sum(shares.values()), min(of_seeds), max(of_seeds))
    what = f"wall time of {study.name} outside training and evaluation; [its seeds' extremes]"
    note = ", ".join(f"{words} {share:.1%}" for words, share in shares.items())
    yield Row("overhead", what, figure, len(each), OVERHEAD_GOAL, "%", note=note)


def parts(each: Sequence[Overhead]) -> dict[str, float]:
    """Return where the harness's share of wall time went, over all seeds."""
    wall = sum(overhead.phases.wall for overhead in each)
    spent = {
        words: sum(getattr(overhead.phases, phase) for overhead in each)
        for phase, words in PHASE_WORDS.items()
    }
    spent["imports of the processes' server"] = each[-1].server_seconds
    inside = sum(spent.values()) + sum(o.phases.training + o.phases.evaluation for o in each)
    return {
        words: s / wall for words, s in (spent | {"records and the rest": wall - inside}).items()
    }


def measure_overhead(device: torch.device, study: Study, executor: Executor) -> list[Overhead]:
    """Run `study` in a scratch folder; return where each seed's wall time went.

    The seeds run as one study, which learns from the first what does not depend on a seed.
    """
    launch, noting = Launch(study.name, device, Path("data")), _Noting(executor)
    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        outcome = run_study(study, RecordStore(Path(scratch)), launch, cast("Executor", noting))
        end = time.perf_counter()
    assert len(outcome.made) == len(expand(study, device.type))
    ends = [*list(noting.begun.values())[1:], end]
    waited = getattr(executor, "seconds_waited", 0.0)
    each = []
    for seed, begin, until in zip(noting.begun, [start, *ends[:-1]], ends, strict=True):
        records = [record for record in outcome.made if record.cell.seed == seed]
        spent = {
            phase: sum(getattr(record.phases, phase) for record in records)
            for phase in Phases.model_fields
        }
        phases = Phases.model_validate(spent | {"wall": until - begin})
        each.append(Overhead(phases, waited, len(records)))
    return each
