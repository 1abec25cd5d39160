"""No verdict is reversed: every metric, both directions, one setting or several, by recomputing."""

import numpy as np
import pytest

from reports.page.analysis import analyse
from reports.statistics.equivalence import DIFFERENT, Verdict

COLUMNS = ("test_accuracy", "epoch_seconds", "train_seconds", "peak_memory_bytes")


@pytest.mark.parametrize("batches", [(64,), (64, 128)])
@pytest.mark.parametrize("more", [True, False])
def test_more_of_a_metric_is_better_just_where_it_says_so(study, plan, batches, more):
    runs, epochs = study(("backprop", "noprop-dt"), batches, (2,), seeds=8)
    rng = np.random.default_rng(7)
    own = runs.method == "noprop-dt"
    for column in COLUMNS:
        base = runs.loc[~own, column].astype(float).to_numpy() * 0.5
        runs[column] = runs[column].astype(float)
        factor = (1.3 if more else 0.7) * np.exp(rng.normal(0, 0.02, len(base)))
        runs.loc[~own, column] = base
        runs.loc[own, column] = base * factor
    analysis = analyse(runs, epochs, plan)
    claims = [*analysis.comparisons, *(p.comparison for p in analysis.pooled)]
    seen = set()
    for c in claims:
        if c.metric.column in COLUMNS:
            assert c.verdict in DIFFERENT
            assert (c.verdict is Verdict.BETTER) == (more == c.metric.higher_is_better)
            seen.add(c.metric.column)
    assert seen == set(COLUMNS)
