"""Kill a study at random moments, again and again: in the end nothing is lost and nothing double.

A hundred kills take about fifteen minutes: `tox run -e soak`. Here it is a few.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.records.record import Record
from bench.records.store import RecordStore
from bench.study.cells import expand

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("NOPROP_SOAK_KILLS", "3"))
LONGEST = 15.0
"""Seconds after which even a slow machine is in the middle of its cells."""


def start(path, results):
    return subprocess.Popen(
        [sys.executable, "-m", "bench.run", "--study", path, "--results", results,
         "--device", "cpu"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def good(store):
    """Return the cells with a good record, each file read and checked."""
    if not store.records_folder.is_dir():
        return {}
    return {r.cell_id: r for r in store.load()} if any(store.records_folder.glob("*.json")) else {}


@pytest.mark.slow
def test_a_study_survives_being_killed_at_any_moment(study_file, study, tmp_path):
    draw = random.Random(0)
    # As many cells as there are kills and more, so that there is always one to hit.
    seeds = list(range(max(4, KILLS // 2)))
    path, store = study_file(seeds=seeds), RecordStore(tmp_path / "r" / "tiny")
    cells = {cell.id for cell in expand(study(seeds=seeds), "cpu")}
    kept: dict[str, Record] = {}
    landed = 0
    while landed < KILLS:
        runner = start(path, tmp_path / "r")
        began = time.monotonic()
        # Half the kills come at any moment of the start, half among the cells.
        if draw.random() < 0.5:
            time.sleep(draw.uniform(0, LONGEST))
        else:
            while len(good(store)) == len(kept) < len(cells) and runner.poll() is None:
                time.sleep(0.05)
            time.sleep(draw.uniform(0, 0.5))
        finished = runner.poll() is not None
        runner.kill()
        runner.communicate(timeout=60)  # all that hold its end of the pipe end with it
        now = good(store)
        assert kept.items() <= now.items(), "a finished run was lost or run again"
        kept = now
        landed += 1
        print(
            f"kill {landed} after {time.monotonic() - began:.1f} s: {len(kept)} records", flush=True
        )
        if finished and len(kept) == len(cells):  # all done: the folder starts from nothing
            for record in store.records_folder.iterdir():
                record.unlink()
            kept = {}
    runner = start(path, tmp_path / "r")
    _, err = runner.communicate()
    assert runner.returncode == 0, err
    records = store.load()
    assert {record.cell_id for record in records} == cells
    assert len(records) == len(cells)
    assert {record.status for record in records} == {"ok"}
    assert not store.superseded_folder.exists()
    names = {p.name for p in store.folder.iterdir()}
    assert names == {"claims", "records", "study.json"}
    assert all(p.suffix == ".json" for p in store.records_folder.iterdir())
