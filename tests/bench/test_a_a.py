"""A method against itself under another name: nothing differs, beyond what chance makes of times.

Twenty repetitions take minutes: `tox run -e soak`. Here it is one, which shows that the two names
train alike; that times differ by no more than chance takes the twenty.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

from bench.execute.executor import make
from bench.execute.launch import Launch
from bench.execute.own_cores import cores_available
from bench.records import frame
from bench.records.store import RecordStore
from bench.runner import run_study

REPETITIONS = int(os.environ.get("NOPROP_A_A", "1"))
ALPHA = 0.05


@pytest.fixture
def run_on():
    """Run a study with so many cells at once, each in a process of its own."""

    def run(jobs, study, store):
        settings = {"jobs": str(jobs)} if jobs > 1 else {}
        with make("side-by-side" if jobs > 1 else "fork-server", settings) as executor:
            run_study(study, store, Launch(study.name, torch.device("cpu"), Path("none")), executor)

    return run


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_method_does_not_differ_from_itself(study, run_on, tmp_path, jobs):
    if jobs > max(1, len(cores_available())):
        pytest.skip(f"needs {jobs} cores, and a system that pins processes")
    same = study(
        methods=["noprop-dt", "noprop-dt/again"], method={"noprop-dt/again": {}},
        baseline="noprop-dt", seeds=list(range(10)), train_images=256, budget={"epochs": 6},
    )  # fmt: skip
    differing, every = 0, []
    for repetition in range(REPETITIONS):
        store = RecordStore(tmp_path / str(repetition))
        run_on(jobs, same, store)
        runs = frame.load(store.folder).sort_values("seed")
        one, other = (runs[runs["method"] == name] for name in same.methods)
        for column in ("test_accuracy", "peak_memory_bytes", "flops_per_epoch"):
            assert list(one[column]) == list(other[column])
        ratios = np.log(one["epoch_seconds"].to_numpy() / other["epoch_seconds"].to_numpy())
        found = stats.ttest_1samp(ratios, 0.0)
        interval = found.confidence_interval(1 - ALPHA)
        low, high = np.exp([interval.low, interval.high])
        print(f"{jobs} at once: {len(ratios)} pairs, spread {ratios.std(ddof=1):.3f}, ", end="")
        print(f"time ratio {low:.3f} to {high:.3f}, p = {found.pvalue:.3f}", flush=True)
        differing += found.pvalue < ALPHA
        every.extend(ratios)
    bias, error = np.mean(every), stats.sem(every)
    print(
        f"{jobs} at once, {len(every)} pairs: bias x{np.exp(bias):.4f} "
        f"[{np.exp(bias - 2 * error):.4f}, {np.exp(bias + 2 * error):.4f}], "
        f"spread of a pair {np.std(every, ddof=1):.3f}, "
        f"{differing} of {REPETITIONS} repetitions below p = {ALPHA}",
        flush=True,
    )
    # One set of repetitions in a thousand has more by chance.
    assert differing <= stats.binom.ppf(0.999, REPETITIONS, ALPHA)
