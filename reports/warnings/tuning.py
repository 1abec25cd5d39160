"""Warnings about how the options were chosen: not alike, or not as they are now."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from reports.display.words import join
from reports.warnings.caveat import Caveat, Evidence, methods_of
from reports.warnings.naming import alike, named


@dataclass(frozen=True, slots=True)
class UnequalTuning(Caveat):
    """Methods that had unlike numbers of trials; 0 for one that was not tuned."""

    trials: tuple[tuple[str, int], ...]

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find whether some of the methods that ran had more trials than others."""
        if evidence.tuning is None:
            return
        tuned = {each.method: len(each.scores) for each in evidence.tuning.methods}
        trials = tuple((method, tuned.get(method, 0)) for method in methods_of(evidence.runs))
        if len({count for _, count in trials}) > 1:
            yield cls(trials)

    def sentence(self) -> str:
        """Name every method with its trials, and what follows."""
        counts = join(
            [
                f"{named(methods)} with {count or 'no'} trials"
                for count, methods in alike(self.trials).items()
            ]
        )
        counts = counts.replace(" 1 trials", " 1 trial")
        return (
            f"The comparison is unfair: its methods were not tuned alike, {counts}. What lies "
            "between them may be the tuning and not the method."
        )


@dataclass(frozen=True, slots=True)
class NotAsChosen(Caveat):
    """A method that does not run with the options, or for the budget, that it was tuned at."""

    methods: tuple[str, ...]
    """Those of which the same is to be said."""
    options: tuple[str, ...]
    budgets: tuple[str, ...]
    tuned_at: str

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find methods whose options were changed after they had been chosen, or whose budget."""
        if evidence.tuning is None:
            return
        found = []
        for each in evidence.tuning.methods:
            runs = [run for run in evidence.runs if run.method == each.method]
            budgets = tuple(sorted({run.condition.budget for run in runs} - {each.budget}))
            if runs and (each.changed or budgets):
                found.append((each.method, (each.changed, budgets, each.budget)))
        for what, methods in alike(found).items():
            yield cls(methods, *what)

    def sentence(self) -> str:
        """Name what is not as it was."""
        said, several = [], len(self.methods) > 1
        if self.options:
            verb = "is" if len(self.options) == 1 else "are"
            said.append(f"{join(self.options)} {verb} not as chosen")
        if self.budgets:
            words = ("they were", "run") if several else ("it was", "runs")
            tuned = f"{words[0]} tuned at {self.tuned_at}"
            said.append(f"{tuned} and {words[1]} for {join(self.budgets)}")
        as_tuned = "are not as they were tuned" if several else "is not as it was tuned"
        return f"{named(self.methods)} {as_tuned}: {join(said)}."
