"""Runs that meet no partner: named here, for they are in no comparison and would vanish unseen."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from reports.display.limits import MOST_PLACES_NAMED
from reports.display.setting import condition_words
from reports.display.words import counted, join, levels, ranges
from reports.input.pairing import Setting, group_runs, meetings, runs_at
from reports.input.runs import Condition, Run
from reports.warnings.caveat import Caveat, Evidence


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
        named = join([f"{counted(n, 'run')} of {method}" for method, n in self.runs])
        where = f" on {self.dataset}" if self.dataset else ""
        if self.elsewhere:
            there = join([condition_words(c) for c in self.elsewhere])
            why = f"these ran with {condition_words(self.condition)}, {self.baseline} with {there}"
        else:
            why = f"{self.baseline} has no run there"
        return (
            f"{named}{where} meet no run of {self.baseline} and are compared with nothing: {why}."
        )


@dataclass(frozen=True, slots=True)
class OneSided(Caveat):
    """Settings or seeds that only one of two methods ran, although they meet elsewhere."""

    sections = ("effects", "seeds")

    candidate: str
    baseline: str
    settings: tuple[tuple[Setting, str], ...]
    """Where one side has no run at all, and which has."""
    seeds: Mapping[str, tuple[int, ...]]
    """Seeds that one side alone ran, by that side."""

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
        for candidate in sorted(lone.keys() | alone.keys()):
            seeds = {name: tuple(sorted(own)) for name, own in alone[candidate].items()}
            yield cls(candidate, baseline, tuple(lone[candidate]), seeds)

    def sentence(self) -> str:
        """Name settings and seeds."""
        parts = []
        if self.settings:
            named = _places(self.settings)
            shown = named[:MOST_PLACES_NAMED]
            if len(named) > len(shown):
                shown.append(f"{len(named) - len(shown)} more")
            parts.append(f"settings that one side alone ran: {join(shown)}")
        parts += [
            f"seeds that {name} alone ran: {ranges(own)}" for name, own in self.seeds.items() if own
        ]
        return (
            f"{self.candidate} and {self.baseline} do not meet everywhere; left out of their "
            f"comparison are {'; '.join(parts)}."
        )


def _places(settings: Iterable[tuple[Setting, str]]) -> list[str]:
    """Name settings, those that differ in T alone together."""
    steps: dict[tuple[str, int | None, str], list[int]] = defaultdict(list)
    for setting, name in settings:
        own = steps[setting.dataset, setting.batch_size, name]
        own += [] if setting.timesteps is None else [setting.timesteps]
    return [
        f"{_place(dataset, batch_size, levels(own))} ({name} alone)"
        for (dataset, batch_size, name), own in steps.items()
    ]


def _place(dataset: str, batch_size: int | None, steps: str) -> str:
    batch = "" if batch_size is None else f"batch size {batch_size}"
    parts = (dataset, batch, f"T = {steps}" if steps else "")
    return ", ".join(filter(None, parts)) or "the one setting"
