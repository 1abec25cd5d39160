"""What tuning gained: on its own seeds by validation, and on the comparison's by the test set."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import fmean

from reports.input.metrics import TEST_ACCURACY
from reports.input.runs import Run
from reports.input.tuning import TunedMethod, Tuning
from reports.statistics.estimate import Estimate, mean_interval

Arm = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class TuningGain:
    """What the trials of a method came to, in percent and points of accuracy.

    `best` is the best score so far after every trial, `None` before the first that finished.
    `gain`, on the tuning's own seeds, is the highest of several noisy scores less one of them, and
    so is never below 0. `elsewhere` is free of that: test accuracy with the options chosen less
    that with those from before, paired by seed and setting on the comparison's seeds; without
    values where nobody ran both.
    """

    tuned: TunedMethod
    best: tuple[float | None, ...]
    gain: float | None
    elsewhere: Estimate


def tuning_gains(
    tuning: Tuning | None, runs: Iterable[Run], before: Iterable[Run], confidence: float
) -> tuple[TuningGain, ...]:
    """Return what each method gained; `before` are runs with the options from before."""
    if tuning is None:
        return ()
    now, then = _accuracies(runs), _accuracies(before)
    return tuple(
        TuningGain(
            tuned=each,
            best=best_so_far(each.scores),
            gain=_gain(each),
            elsewhere=mean_interval(_by_seed(now[each.method], then[each.method]), confidence),
        )
        for each in tuning.methods
    )


def best_so_far(scores: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return the highest of the scores up to each; `None` where none has finished."""

    def higher(one: float | None, other: float | None) -> float | None:
        return max((score for score in (one, other) if score is not None), default=None)

    return tuple(accumulate(scores, higher))


def _gain(tuned: TunedMethod) -> float | None:
    first, chosen = tuned.scores[0], tuned.scores[tuned.chosen]
    return None if first is None or chosen is None else chosen - first


def _accuracies(runs: Iterable[Run]) -> dict[str, dict[Arm, float]]:
    """Return test accuracies (percent) by method, and by setting, condition and seed."""
    found: dict[str, dict[Arm, float]] = defaultdict(dict)
    for run in runs:
        accuracy = run.values.get(TEST_ACCURACY.column)
        if accuracy is not None:
            place = (run.dataset, run.batch_size, run.timesteps, run.condition, run.seed)
            found[run.method][place] = accuracy
    return found


def _by_seed(now: dict[Arm, float], then: dict[Arm, float]) -> list[float]:
    """Return differences averaged over the settings that both have, by seed."""
    differences: dict[object, list[float]] = defaultdict(list)
    for place in sorted(now.keys() & then.keys(), key=str):
        differences[place[-1]].append(now[place] - then[place])
    return [fmean(values) for values in differences.values()]
