"""Runs that did not finish, as outcomes: how many on either side, and ranked as the worst."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from reports.input.metrics import Metric
from reports.input.runs import Run
from reports.statistics.finished import FailureAsWorst, Finished, failure_as_worst, finished_runs

Sides = Sequence[tuple[Mapping[int, Run], Mapping[int, Run]]]
"""Runs by seed of candidate and baseline, setting by setting."""


def finished_in(sides: Sides, *, seed: int = 0) -> Finished | None:
    """Count and test finished runs over settings; `None` where no seed was run by both.

    A seed counts in the settings where both sides ran it.
    """
    seeds = sorted({s for ours, theirs in sides for s in ours.keys() & theirs.keys()})
    if not seeds:
        return None
    both = np.array([[s in ours and s in theirs for ours, theirs in sides] for s in seeds])
    flags = [
        np.array([[s in side and side[s].ok for side in column] for s in seeds]) & both
        for column in zip(*sides, strict=True)
    ]
    found = finished_runs(flags[0], flags[1], seed=seed)
    return Finished(found.candidate, found.baseline, int(both.sum()), found.p)


def failures_as_worst(metric: Metric, sides: Sides, *, seed: int = 0) -> FailureAsWorst | None:
    """Test seeds with failures as the worst outcome; `None` where none failed.

    A seed's advantage is its mean over settings, and infinite for the side that failed less often.
    """
    advantages, failed = [], False
    for s in sorted({s for ours, theirs in sides for s in ours.keys() & theirs.keys()}):
        runs = [(ours[s], theirs[s]) for ours, theirs in sides if s in ours and s in theirs]
        balance = sum(int(x.ok) - int(y.ok) for x, y in runs)
        known = [value for x, y in runs if (value := _advantage(metric, x, y)) is not None]
        failed |= not all(run.ok for pair in runs for run in pair)
        if balance:
            advantages.append(math.copysign(math.inf, balance))
        elif known:
            advantages.append(sum(known) / len(known))
        elif not any(run.ok for pair in runs for run in pair):
            advantages.append(math.nan)
    return failure_as_worst(np.array(advantages), seed=seed) if failed else None


def _advantage(metric: Metric, ours: Run, theirs: Run) -> float | None:
    x, y = ours.values.get(metric.column), theirs.values.get(metric.column)
    if x is None or y is None:
        return None
    effect = x - y if metric.is_difference else math.log(x) - math.log(y)
    return effect if metric.higher_is_better else -effect
