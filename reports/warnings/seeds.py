"""Warnings about seeds: added after looking, or not looked at yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from reports.comparisons.looks import looks_in
from reports.display.words import counted
from reports.input.pairing import group_runs
from reports.warnings.caveat import Caveat, Evidence


@dataclass(frozen=True, slots=True)
class SeedsAdded(Caveat):
    """Seeds that a report had led to, in a study that declares no looks."""

    added: int
    before: int

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find seeds that an earlier report neither had nor knew to be declared."""
        seeds = {run.seed for run in evidence.runs}
        if evidence.plan.sequential is not None:
            return
        for earlier in evidence.plan.reported:
            if new := seeds - earlier:
                yield cls(len(new), len(earlier))
                return

    def sentence(self) -> str:
        """Say what that does, and what would not do it."""
        were = "was" if self.added == 1 else "were"
        return (
            f"{counted(self.added, 'seed')} {were} added after a report had been made with "
            f"{counted(self.before, 'seed')}: where seeds are added because of what was seen, "
            "false claims are more frequent than alpha. A study that declares its looks "
            "([sequential], or --until-decided) pays for them."
        )


@dataclass(frozen=True, slots=True)
class BeyondTheLook(Caveat):
    """Seeds of a sequential study that no look has seen."""

    seeds: int
    looked_at: int

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find whether there are more seeds than the last look saw."""
        if evidence.plan.sequential is None:
            return
        seeds = len({run.seed for run in evidence.runs})
        made = looks_in(group_runs(evidence.runs), evidence.plan)
        if seeds > (made[-1] if made else 0):
            yield cls(seeds - (made[-1] if made else 0), made[-1] if made else 0)

    def sentence(self) -> str:
        """Say where they are, and where they are not."""
        if not self.looked_at:
            return (
                "The first look has not been made, so nothing is decided yet: verdicts follow when "
                "its seeds are complete."
            )
        return (
            f"{counted(self.seeds, 'seed')} beyond the last look, at "
            f"{counted(self.looked_at, 'seed')}: in means and figures, and in no comparison until "
            "the next look."
        )
