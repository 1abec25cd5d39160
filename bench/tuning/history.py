"""What has been tried of a method: the trials that are over, in their order."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bench.records.record import Record
from bench.records.store import RecordStore
from bench.study.cells import Cell
from bench.tuning.judging import Judged, best_of, judge
from bench.tuning.trials import Searched, Trial


@dataclass
class History:
    """A method's trials that are over, and what each was judged to be.

    `device` and `side_by_side` are how its runs are executed, which is a part of their identity.
    """

    searched: Searched
    store: RecordStore
    device: str
    side_by_side: bool
    trials: list[Trial] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)

    @property
    def method(self) -> str:
        """Whose it is."""
        return self.searched.method

    @property
    def best(self) -> int:
        """Number of the trial whose options are chosen; 0, the study's own, if none finished."""
        return best_of(self.judged)

    @property
    def chosen(self) -> dict[str, Any]:
        """The options that are chosen, by dotted name."""
        return self.trials[self.best].options

    def cells(self, trial: Trial) -> list[list[Cell]]:
        """Return a trial's runs, by seed."""
        return self.searched.cells(trial, self.device, side_by_side=self.side_by_side)

    def verdict(self, trial: Trial) -> Judged | None:
        """Judge the trial that comes next by its records; `None` if it needs more runs."""
        cells = self.cells(trial)
        records = self.store.found(cell for each in cells for cell in each)
        asked = partial(_is_pruned, self.judged) if self.searched.tuning.pruning else None
        return judge(cells, records, asked)

    def add(self, trial: Trial, judged: Judged) -> None:
        """Count a trial that is over."""
        self.trials.append(trial)
        self.judged.append(judged)

    def records(self) -> list[Record]:
        """Return every record of the trials that are over."""
        cells = [cell for trial in self.trials for each in self.cells(trial) for cell in each]
        return list(self.store.found(cells).values())

    def read(self, most: int) -> None:
        """Count the trials on record that are over, up to `most`; runs nothing."""
        while len(self.trials) < most:
            trial = self.searched.kept(len(self.trials))
            judged = None if trial is None else self.verdict(trial)
            if trial is None or judged is None:
                return
            self.add(trial, judged)


def _is_pruned(past: Sequence[Judged], losses: Sequence[float]) -> bool:
    from bench.tuning.sampling import is_above_median

    finished = [each.losses for each in past if each.state == "finished"]
    return not math.isfinite(losses[-1]) or is_above_median(finished, losses)
