"""A method against itself under another name: nothing differs, beyond what chance makes of times.

Twenty repetitions take minutes: `tox run -e soak`. Here it is one, which shows that the two names
train alike; that times differ by no more than chance takes the twenty.
"""

import os

import numpy as np
import pytest
from scipy import stats

from bench.records import frame
from bench.records.store import RecordStore

REPETITIONS = int(os.environ.get("NOPROP_A_A", "1"))
ALPHA = 0.05


@pytest.mark.slow
def test_a_method_does_not_differ_from_itself(study, run_of, tmp_path):
    same = study(
        methods=["noprop-dt", "noprop-dt/again"], method={"noprop-dt/again": {}},
        baseline="noprop-dt", seeds=list(range(10)), train_images=256, budget={"epochs": 6},
    )  # fmt: skip
    differing = 0
    for repetition in range(REPETITIONS):
        store = RecordStore(tmp_path / str(repetition))
        run_of(same, store, isolation="process")
        runs = frame.load(store.folder).sort_values("seed")
        one, other = (runs[runs["method"] == name] for name in same.methods)
        for column in ("test_accuracy", "peak_memory_bytes", "flops_per_epoch"):
            assert list(one[column]) == list(other[column])
        ratios = np.log(one["epoch_seconds"].to_numpy() / other["epoch_seconds"].to_numpy())
        found = stats.ttest_1samp(ratios, 0.0)
        interval = found.confidence_interval(1 - ALPHA)
        low, high = np.exp([interval.low, interval.high])
        print(f"time ratio {low:.3f} to {high:.3f}, p = {found.pvalue:.3f}", flush=True)
        differing += found.pvalue < ALPHA
    # One set of repetitions in a thousand has more by chance.
    assert differing <= stats.binom.ppf(0.999, REPETITIONS, ALPHA)
