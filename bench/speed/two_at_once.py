"""The study `quick` with two cells side by side, against one at a time."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.execute.executor import Executor
from bench.execute.launch import Launch
from bench.execute.own_cores import cores_available
from bench.execute.side_by_side import SideBySide, SideBySideSettings
from bench.records.store import RecordStore
from bench.runner import run_study
from bench.speed.row import Row, at_most, figure_row
from bench.speed.setting import Setting
from bench.study.study import Study, load_study

JOBS = 2
JOBS_GOAL = at_most(0.6)


def rows(setting: Setting, study: Study | None = None) -> Iterator[Row]:
    """Yield the wall time with `--jobs 2` over that without; nothing where two cells do not fit."""
    study = study or load_study("quick", {"seeds": [0, 1]})
    if setting.device.type != "cpu" or len(cores_available()) < JOBS * (study.threads or 1):
        setting.say("jobs: not measured, for two cells find no cores of their own here")
        return
    shares = []
    with SideBySide(SideBySideSettings.model_validate({"jobs": str(JOBS)})) as together:
        one = {"methods": study.methods[:1], "seeds": study.seeds[:1]}
        for executor in (setting.executor, together):
            _wall(setting, study.model_copy(update=one), executor)  # waits for imports
        for _ in range(setting.at_most(2)):
            alone = _wall(setting, study, setting.executor)
            shares.append(_wall(setting, study, together) / alone)
    what = f"wall time of {study.name}, {len(study.seeds)} seeds: --jobs {JOBS} / one at a time"
    yield figure_row("jobs", what, shares, JOBS_GOAL)


def _wall(setting: Setting, study: Study, executor: Executor) -> float:
    launch = Launch(study.name, setting.device, Path("data"))
    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        outcome = run_study(study, RecordStore(Path(scratch)), launch, executor)
        taken = time.perf_counter() - start
    assert not outcome.failed
    return taken
