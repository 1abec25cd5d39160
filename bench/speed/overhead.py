"""The harness's own share of a study's wall time."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from bench.arguments import overrides
from bench.execute.executor import Executor
from bench.execute.launch import Launch
from bench.records.record import Phases
from bench.records.store import RecordStore
from bench.runner import run_study
from bench.speed.row import Row, at_most, figure_row
from bench.speed.setting import Setting
from bench.study.cells import expand
from bench.study.study import Study, load_study

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


def rows(setting: Setting, study: Study | None = None) -> Iterator[Row]:
    """Yield the share of `quick`, a round for each seed, and where it went."""
    study = study or load_study("quick", overrides({"seeds": setting.seeds}))
    each = [
        measure_overhead(
            setting.device, study.model_copy(update={"seeds": [seed]}), setting.executor
        )
        for seed in study.seeds
    ]
    what = f"wall time of {study.name} outside training and evaluation, seed by seed"
    note = ", ".join(f"{words} {share:.1%}" for words, share in parts(each).items())
    yield figure_row("overhead", what, [o.share for o in each], OVERHEAD_GOAL, unit="%", note=note)


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
