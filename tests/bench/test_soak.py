"""Kill a study at random moments, again and again: in the end nothing is lost and nothing double.

A hundred kills of one runner, and a hundred of one of four, take about half an hour: `tox run -e
soak`. Here it is a few of one.
"""

import os
import random
import signal
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


def start_one_of_four(number, path, results):
    """Start a runner with a process group of its own: the first two `bench.run`, then pytest."""
    command = ["bench.run"] if number < 2 else ["pytest", "bench", "--benchmark-only", "-q"]
    return subprocess.Popen(
        [sys.executable, "-m", *command, "--study", path, "--results", results, "--device", "cpu"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST")},
    )  # fmt: skip


def kill(runner):
    """End a runner with all its processes, as a machine does that loses power."""
    if runner.poll() is None:
        os.killpg(runner.pid, signal.SIGKILL)
    runner.wait(timeout=60)


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


@pytest.mark.slow
def test_four_runners_on_one_folder_survive_the_loss_of_any(study_file, study, tmp_path):
    """Two of `bench.run` and two of pytest; the kills fall on one after the other at random."""
    if "NOPROP_SOAK_KILLS" not in os.environ:
        pytest.skip("four runners at once for minutes: tox run -e soak")
    draw, seeds = random.Random(1), list(range(max(4, KILLS // 2)))
    path, results = study_file(seeds=seeds), tmp_path / "r"
    store, cells = RecordStore(results / "tiny"), {c.id for c in expand(study(seeds=seeds), "cpu")}
    runners = [start_one_of_four(number, path, results) for number in range(4)]
    kept: dict[str, Record] = {}
    try:
        for killed in range(1, KILLS + 1):
            if draw.random() < 0.5:
                time.sleep(draw.uniform(0, LONGEST / 2))
            else:  # among the cells
                while len(good(store)) == len(kept) and any(r.poll() is None for r in runners):
                    time.sleep(0.05)
                time.sleep(draw.uniform(0, 0.5))
            hit = draw.randrange(4)
            kill(runners[hit])
            now = good(store)
            assert kept.items() <= now.items(), "a finished run was lost or run again"
            kept = now
            print(f"kill {killed}, of runner {hit}: {len(kept)} records", flush=True)
            if len(kept) == len(cells):  # all done: the folder starts from nothing
                for runner in runners:
                    kill(runner)
                assert not store.superseded_folder.exists()
                for record in store.records_folder.iterdir():
                    record.unlink()
                runners, kept = [start_one_of_four(n, path, results) for n in range(4)], {}
            else:
                runners[hit] = start_one_of_four(hit, path, results)
        for runner in runners:
            assert runner.wait(timeout=1800) == 0
    finally:
        for runner in runners:
            kill(runner)
    records = store.load()
    assert {record.cell_id for record in records} == cells
    assert len(records) == len(cells)
    assert {record.status for record in records} == {"ok"}
    assert not store.superseded_folder.exists()
