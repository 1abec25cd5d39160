"""The harness's own share of a study's wall time."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.table import Table

from bench.execute.executor import Executor
from bench.execute.launch import Launch
from bench.records.record import Phases
from bench.records.store import RecordStore
from bench.runner import run_study
from bench.study.cells import expand
from bench.study.study import Study

OVERHEAD_TARGET = 0.10
"""The harness is to spend at most this part of a study's wall time on itself."""

PHASE_WORDS = {
    "start": "a process for each cell",
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


def measure_overhead(device: torch.device, study: Study, executor: Executor) -> Overhead:
    """Run `study` in a scratch folder; return where its wall time went, over all cells."""
    launch = Launch(study.name, device, Path("data"))
    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        outcome = run_study(study, RecordStore(Path(scratch)), launch, executor)
        wall = time.perf_counter() - start
    spent = {
        phase: sum(getattr(record.phases, phase) for record in outcome.made)
        for phase in Phases.model_fields
    }
    assert len(outcome.made) == len(expand(study, device.type))
    phases = Phases.model_validate(spent | {"wall": wall})
    return Overhead(phases, getattr(executor, "seconds_waited", 0.0), len(outcome.made))


def overhead_table(overhead: Overhead, seeds: str) -> Table:
    """Show where a study's wall time went."""
    spent = overhead.phases
    table = Table(
        title=f"study quick, seeds {seeds}: where {spent.wall:.1f} s of wall time went, "
        f"{overhead.cells} cells"
    )
    for heading in ("", "seconds", "share", "target"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    inside = spent.model_dump(exclude={"wall"})
    rest = spent.wall - sum(inside.values()) - overhead.server_seconds
    rows = {
        "imports of the processes' server, once": overhead.server_seconds,
        **{PHASE_WORDS.get(phase, phase): seconds for phase, seconds in inside.items()},
        "records and the rest": rest,
    }
    for words, seconds in rows.items():
        table.add_row(words, f"{seconds:.2f}", f"{seconds / spent.wall:.1%}")
    table.add_row(
        "harness: all but training and evaluation",
        f"{overhead.share * spent.wall:.2f}",
        f"{overhead.share:.1%}",
        f"<= {OVERHEAD_TARGET:.0%}",
    )
    return table
