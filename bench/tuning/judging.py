"""What validation says of a trial's runs. Nothing of the test set is looked at here or after it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from bench.records.record import Record
from bench.study.cells import Cell

State = Literal["finished", "failed", "pruned"]


@dataclass(frozen=True)
class Seen:
    """What is seen of a good run: accuracy (0 to 1) and loss (nats; infinite where there is none).

    Both on the validation images, of the weights that the run's budget keeps.
    """

    accuracy: float
    loss: float


@dataclass(frozen=True)
class Judged:
    """A trial that is over: means over its runs, and the loss after each of its seeds.

    A pruned trial has those of the seeds that it got; a failed one has none.
    """

    state: State
    accuracy: float = 0.0
    loss: float = math.inf
    losses: tuple[float, ...] = ()

    @property
    def rank(self) -> tuple[float, float]:
        """What makes a finished trial the better one: accuracy, and where that is equal the loss.

        Accuracies of few validation images are often equal.
        """
        return self.accuracy, -self.loss


def seen(record: Record) -> Seen | None:
    """Return what is seen of a run; `None` if it failed."""
    if record.status != "ok":
        return None
    loss = record.tested.validation_loss
    return Seen(record.tested.validation_accuracy, math.inf if loss is None else loss)


def judge(
    cells_by_seed: Sequence[Sequence[Cell]],
    records: Mapping[str, Record],
    is_pruned: Callable[[Sequence[float]], bool] | None = None,
) -> Judged | None:
    """Judge a trial by the `records` (by cell id) of its cells; `None` if it needs more runs.

    Where `is_pruned` is asked, after every seed but the last, a trial gets no further seeds once it
    says so or a run has failed. Otherwise all are run, and any failure is the trial's.
    """
    found: list[list[Seen | None]] = []
    for number, cells in enumerate(cells_by_seed, start=1):
        if any(cell.id not in records for cell in cells):
            return None
        found.append([seen(records[cell.id]) for cell in cells])
        if is_pruned is None or number == len(cells_by_seed):
            continue
        if None in found[-1]:
            return Judged("failed")
        so_far = _mean_of("finished", found)
        if is_pruned(so_far.losses):
            return _mean_of("pruned", found)
    return _mean_of("finished", found)


def best_of(judged: Sequence[Judged]) -> int:
    """Return the number of the best finished trial, the earlier of equals; 0 if none finished."""
    finished = [n for n, each in enumerate(judged) if each.state == "finished"]
    return max(finished, key=lambda n: (judged[n].rank, -n), default=0)


def _mean_of(state: State, found: Sequence[Sequence[Seen | None]]) -> Judged:
    by_seed = [[each for each in runs if each is not None] for runs in found]
    if any(len(good) < len(runs) for good, runs in zip(by_seed, found, strict=True)):
        return Judged("failed")
    losses = tuple(fmean(each.loss for each in runs) for runs in by_seed)
    accuracy = fmean(each.accuracy for runs in by_seed for each in runs)
    return Judged(state, accuracy, fmean(losses), losses)
