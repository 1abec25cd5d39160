"""The study `quick` with two cells side by side, against one at a time."""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from math import log
from pathlib import Path
from statistics import stdev

from bench.execute.executor import Executor
from bench.execute.launch import Launch
from bench.execute.own_cores import cores_available
from bench.execute.side_by_side import SideBySide, SideBySideSettings
from bench.records.record import Record
from bench.records.store import RecordStore
from bench.runner import run_study
from bench.speed.row import Row, at_most, figure_row
from bench.speed.setting import Setting
from bench.study.loading import load_study
from bench.study.study import Study

JOBS = 2
JOBS_GOAL = at_most(0.6)


def rows(setting: Setting, study: Study | None = None) -> Iterator[Row]:
    """Yield the wall time with `--jobs 2` over that without; nothing where two cells do not fit."""
    study = study or load_study("quick", {"seeds": [0, 1]})
    if setting.device.type != "cpu" or len(cores_available()) < JOBS * (study.threads or 1):
        setting.say("jobs: not measured, for two cells find no cores of their own here")
        return
    shares, slower, unlike = [], [], []
    with SideBySide(SideBySideSettings.model_validate({"jobs": str(JOBS)})) as together:
        one = {"methods": study.methods[:1], "seeds": study.seeds[:1]}
        for executor in (setting.executor, together):
            _wall(setting, study.model_copy(update=one), executor)  # waits for imports
        for _ in range(setting.at_most(2)):
            seconds, alone = _wall(setting, study, setting.executor)
            seconds_together, beside = _wall(setting, study, together)
            shares.append(seconds_together / seconds)
            found = times_beside(alone, beside, study.baseline)
            slower += found[0]
            unlike += found[1]
    ways = f"--jobs {JOBS} / one at a time"
    what = f"wall time of {study.name}, {len(study.seeds)} seeds: {ways}"
    yield figure_row("jobs", what, shares, JOBS_GOAL)
    yield figure_row("jobs/times", f"seconds of training, cell by cell: {ways}", slower)
    what = f"seconds of training / those of {study.baseline}: {ways}"
    spread = stdev(map(log, unlike)) if len(unlike) > 1 else 0.0
    note = f"a bias of comparisons if it is not 1; spread {spread:.1%} of a pair"
    yield figure_row("jobs/comparisons", what, unlike, note=note)


def times_beside(
    alone: Sequence[Record], beside: Sequence[Record], baseline: str
) -> tuple[list[float], list[float]]:
    """Return how many times longer cells train beside others, and then relative to the baseline.

    The second is of every cell of another method, against the baseline's at the same seed and
    batch size: what they have in common cancels, as it does in the report's comparisons.
    """
    ratio = {
        _where(record): _training(record) / _training(other)
        for record in beside
        for other in alone
        if _where(record) == _where(other)
    }
    relative = [
        value / of_baseline
        for (method, batch, timesteps, seed), value in ratio.items()
        if method != baseline
        for of_baseline in [_of_baseline(ratio, baseline, batch, timesteps, seed)]
    ]
    return list(ratio.values()), relative


Where = tuple[str, int, int | None, int]


def _training(record: Record) -> float:
    assert record.phases is not None, "seeds that are stacked have no times"
    return record.phases.training


def _where(record: Record) -> Where:
    cell = record.cell
    return cell.method, cell.batch_size, cell.timesteps, cell.seed


def _of_baseline(
    ratio: Mapping[Where, float], baseline: str, batch: int, timesteps: int | None, seed: int
) -> float:
    """Return the baseline's ratio at the same T; of a method without T, at every T's mean."""
    found = [
        value
        for (method, b, t, s), value in ratio.items()
        if (method, b, s) == (baseline, batch, seed) and timesteps in (None, t)
    ]
    return sum(found) / len(found)


def _wall(setting: Setting, study: Study, executor: Executor) -> tuple[float, list[Record]]:
    launch = Launch(study.name, setting.device, Path("data"))
    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        outcome = run_study(study, RecordStore(Path(scratch)), launch, executor)
        taken = time.perf_counter() - start
    assert not outcome.failed
    return taken, outcome.made
