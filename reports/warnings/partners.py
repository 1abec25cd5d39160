"""Runs that meet no partner: named here, for they are in no comparison and would vanish unseen."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from reports.display.limits import MOST_PLACES_NAMED
from reports.display.setting import condition_words
from reports.display.words import counted, join, levels, ranges
from reports.input.pairing import Setting, group_runs, meetings, runs_at
from reports.input.runs import Condition, Run
from reports.warnings.caveat import Caveat, Evidence
from reports.warnings.naming import alike, named, some


@dataclass(frozen=True, slots=True)
class NoBaselineThere(Caveat):
    """A data set, device, release of torch or budget that the baseline did not run."""

    sections = ("effects", "seeds")

    baseline: str
    dataset: str
    condition: Condition
    runs: tuple[tuple[str, int], ...]
    """Method and number of runs."""
    elsewhere: tuple[Condition, ...]
    """Conditions in which the baseline ran on that data set."""

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find the places without a baseline, if it ran anywhere."""
        baseline = evidence.plan.baseline
        places: dict[tuple[str, Condition], list[Run]] = defaultdict(list)
        for run in evidence.runs:
            places[run.dataset, run.condition].append(run)
        has = {place for place, runs in places.items() if any(r.method == baseline for r in runs)}
        for (dataset, condition), runs in sorted(places.items()):
            if has and (dataset, condition) not in has:
                counts = Counter(run.method for run in runs)
                others = tuple(sorted(c for d, c in has if d == dataset))
                yield cls(baseline, dataset, condition, tuple(sorted(counts.items())), others)

    def sentence(self) -> str:
        """Name the runs, and say where the baseline ran instead."""
        runs = some(
            [
                f"{counted(n, 'run')} {'each ' if len(methods) > 1 else ''}of {named(methods)}"
                for n, methods in alike(self.runs).items()
            ]
        )
        where = f" on {self.dataset}" if self.dataset else ""
        if self.elsewhere:
            there = join([condition_words(c) for c in self.elsewhere])
            why = f"these ran with {condition_words(self.condition)}, {self.baseline} with {there}"
        else:
            why = f"{self.baseline} has no run there"
        return f"{runs}{where} meet no run of {self.baseline} and are compared with nothing: {why}."


@dataclass(frozen=True, slots=True)
class OneSided(Caveat):
    """Settings or seeds that only one of two methods ran, although they meet elsewhere."""

    sections = ("effects", "seeds")

    candidates: tuple[str, ...]
    """Those of which the same is missing."""
    baseline: str
    settings: tuple[tuple[Setting, bool], ...]
    """Where one side has no run at all, and whether the baseline is the one that has."""
    seeds: tuple[tuple[bool, tuple[int, ...]], ...]
    """Seeds that one side alone ran, and whether that is the baseline."""

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find them, candidate by candidate."""
        baseline, groups = evidence.plan.baseline, group_runs(evidence.runs)
        lone: dict[str, list[tuple[Setting, str]]] = defaultdict(list)
        alone: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for candidate, setting in meetings(groups, baseline):
            sides = {name: runs_at(groups, name, setting) for name in (candidate, baseline)}
            for name, other in ((candidate, baseline), (baseline, candidate)):
                if not sides[other]:
                    lone[candidate].append((setting, name))
                elif sides[name].keys() - sides[other].keys():
                    alone[candidate][name] |= sides[name].keys() - sides[other].keys()
        missing = []
        for candidate in sorted(lone.keys() | alone.keys()):
            settings = tuple((setting, name == baseline) for setting, name in lone[candidate])
            seeds = alone[candidate].items()
            own = tuple((name == baseline, tuple(sorted(some))) for name, some in seeds)
            missing.append((candidate, (settings, own)))
        for (settings, own), candidates in alike(missing).items():
            yield cls(candidates, baseline, settings, own)

    def sentence(self) -> str:
        """Name settings and seeds."""
        parts = []
        if self.settings:
            places = [
                f"{place} ({self._side(is_baseline)} alone)"
                for place, is_baseline in _places(self.settings)
            ]
            shown = some(places, MOST_PLACES_NAMED)
            parts.append(f"settings that one side alone ran: {shown}")
        parts += [
            f"seeds that {self._side(is_baseline)} alone ran: {ranges(own)}"
            for is_baseline, own in self.seeds
            if own
        ]
        if len(self.candidates) == 1:
            who = f"{self.candidates[0]} and {self.baseline} do not meet everywhere"
            where = "their comparison"
        else:
            who = f"{named(self.candidates)} do not meet {self.baseline} everywhere"
            where = "their comparisons"
        return f"{who}; left out of {where} are {'; '.join(parts)}."

    def _side(self, is_baseline: bool) -> str:
        if is_baseline:
            return self.baseline
        return self.candidates[0] if len(self.candidates) == 1 else "these"


def _places(settings: Iterable[tuple[Setting, bool]]) -> Iterator[tuple[str, bool]]:
    """Name settings, those that differ in T alone together, with who has them."""
    steps: dict[tuple[str, int | None, bool], list[int]] = defaultdict(list)
    for setting, is_baseline in settings:
        own = steps[setting.dataset, setting.batch_size, is_baseline]
        own += [] if setting.timesteps is None else [setting.timesteps]
    for (dataset, batch_size, is_baseline), own in steps.items():
        yield _place(dataset, batch_size, levels(own)), is_baseline


def _place(dataset: str, batch_size: int | None, steps: str) -> str:
    batch = "" if batch_size is None else f"batch size {batch_size}"
    parts = (dataset, batch, f"T = {steps}" if steps else "")
    return ", ".join(filter(None, parts)) or "the one setting"
