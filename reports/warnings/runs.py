"""Warnings about the runs: none there, of another kind, mixed, repeated, failed, unusable."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from reports.display.limits import MOST_METHODS_NAMED
from reports.display.setting import FIELD_WORDS
from reports.display.words import counted
from reports.input.runs import Run
from reports.warnings.caveat import Caveat, Evidence, methods_of
from reports.warnings.naming import alike, listed, named, some

FAILURE_WORDS = {
    "diverged": "diverged",
    "out-of-memory": "ran out of memory",
    "error": "ended in an error",
    "timeout": "ran out of time",
}


@dataclass(frozen=True, slots=True)
class NothingFinished(Caveat):
    """There is nothing to compare."""

    runs: int

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find whether no run finished."""
        if not any(run.ok for run in evidence.runs):
            yield cls(len(evidence.runs))

    def sentence(self) -> str:
        """Tell no runs from none that finished."""
        if not self.runs:
            return "There are no runs, so there is nothing to report yet."
        return f"None of the {counted(self.runs, 'run')} finished, so nothing can be compared."


@dataclass(frozen=True, slots=True)
class NoBaseline(Caveat):
    """The method that all others are compared with did not run."""

    baseline: str
    methods: tuple[str, ...]

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find whether runs finished, but none of the baseline is there."""
        methods, baseline = methods_of(evidence.runs), evidence.plan.baseline
        if baseline not in methods and any(run.ok for run in evidence.runs):
            yield cls(baseline, methods)

    def sentence(self) -> str:
        """Name the baseline and the methods that there are."""
        return (
            f"The declared baseline {self.baseline} has no runs, so nothing is compared. "
            f"Methods with runs: {some(self.methods, MOST_METHODS_NAMED)}."
        )


@dataclass(frozen=True, slots=True)
class OtherConfigurations(Caveat):
    """Runs that differ from what the study declares are not shown."""

    runs: tuple[tuple[str, str, int], ...]
    """Method, what differs, how many."""
    hint: str
    folder: str
    every: int = 0
    """Methods with runs, if that is known."""

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find the runs set aside."""
        if evidence.set_aside:
            every = len(methods_of((*evidence.runs, *evidence.set_aside)))
            yield replace(cls.among(evidence.set_aside, evidence.hint), every=every)

    @classmethod
    def among(cls, runs: Iterable[Run], hint: str, folder: str = "the folder") -> Self:
        """Count runs by method and configuration."""
        counts = Counter((run.method, run.configuration) for run in runs)
        return cls(tuple((*kind, n) for kind, n in sorted(counts.items())), hint, folder)

    def sentence(self) -> str:
        """Count and name them."""
        counts = {(method, what): count for method, what, count in self.runs}
        kinds = alike((method, what) for method, what in counts)
        said = some(
            [
                f"{counted(sum(counts[m, what] for m in methods), 'run')} of "
                f"{named(methods, self.every)} with {what}"
                for what, methods in kinds.items()
            ]
        )
        total = sum(count for *_, count in self.runs)
        hint = f"; {self.hint}" if self.hint else ""
        return (
            f"{said} {'is' if total == 1 else 'are'} in {self.folder} and not shown, because the "
            f"study does not declare them{hint}."
        )


@dataclass(frozen=True, slots=True)
class _Mixture(Caveat):
    """Runs on one data set differ in a field that must not be pooled silently."""

    fields: ClassVar[tuple[str, ...]]
    done: ClassVar[str]

    subject: str
    dataset: str
    values: tuple[str, ...]
    count: int
    """Groups of the same method, setting and seed that differ in this alone."""

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find the fields that have several values on one data set."""
        by_dataset: dict[str, list[Run]] = defaultdict(list)
        for run in (*evidence.runs, *evidence.superseded):
            by_dataset[run.dataset].append(run)
        for subject in cls.fields:
            for dataset, members in sorted(by_dataset.items()):
                values = tuple(sorted({_field(run, subject) for run in members}))
                if len(values) > 1:
                    yield cls(subject, dataset, values, _mixed_seeds(members, subject))

    def sentence(self) -> str:
        """Name the values, and say what was done with the runs."""
        seeds = (
            f" {counted(self.count, 'group')} of runs with the same method, setting and seed "
            f"{'differ' if self.count > 1 else 'differs'} in this alone."
            if self.count
            else ""
        )
        return (
            f"Runs on {self.dataset} come from different {FIELD_WORDS[self.subject]}: "
            f"{some(self.values)}. {self.done}{seeds}"
        )


@dataclass(frozen=True, slots=True)
class ComparedApart(_Mixture):
    """Conditions that are never pooled."""

    fields = ("device", "torch_version", "budget", "execution")
    done = "They are never pooled, and compared only among their own."


@dataclass(frozen=True, slots=True)
class MixedProvenance(_Mixture):
    """Origins that are pooled all the same."""

    fields = ("data_checksum", "code_version", "device_name")
    done = (
        "These runs are compared with each other all the same: differences may come from this and "
        "not from the method."
    )


@dataclass(frozen=True, slots=True)
class UnlikeMachines(Caveat):
    """Seeds of which runs were made on unlike kinds of machine: such runs are not paired."""

    dataset: str
    seeds: int
    of: int
    machines: tuple[str, ...]

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find the data sets with such seeds."""
        by_seed: dict[str, dict[tuple[object, ...], set[str]]] = defaultdict(
            lambda: defaultdict(set)
        )
        for run in evidence.runs:
            alike = (run.batch_size, run.condition, run.seed)
            by_seed[run.dataset][alike].add(run.machine)
        for dataset, found in sorted(by_seed.items()):
            mixed = [machines for machines in found.values() if len(machines) > 1]
            if mixed:
                yield cls(dataset, len(mixed), len(found), tuple(sorted(set.union(*mixed))))

    def sentence(self) -> str:
        """Name the kinds."""
        kinds = listed([machine or "(not recorded)" for machine in self.machines], "; ")
        return (
            f"In {self.seeds} of {counted(self.of, 'group')} of runs on {self.dataset} with the "
            f"same batch size and seed, the machines are of unlike kinds ({kinds}): runs on unlike "
            "machines make no pair."
        )


@dataclass(frozen=True, slots=True)
class Superseded(Caveat):
    """Of two records of a seed only the latest counts."""

    concerns_answer = False
    sections = ("results",)

    count: int
    of: int

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find whether records were set aside for later ones."""
        older = len(evidence.superseded)
        if older:
            yield cls(older, older + len(evidence.runs))

    def sentence(self) -> str:
        """Count them."""
        return (
            f"{counted(self.count, 'record')} of {self.of} {'was' if self.count == 1 else 'were'} "
            "set aside: a later record of the same method, setting and seed exists, and only the "
            "latest counts."
        )


@dataclass(frozen=True, slots=True)
class Failures(Caveat):
    """Runs that ended badly in the same way."""

    status: str
    count: int
    of: int
    methods: tuple[str, ...]
    every: int
    """Methods with runs."""

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find every way of failing."""
        yield from cls.among(evidence.runs)

    @classmethod
    def among(cls, runs: Sequence[Run]) -> Iterator[Self]:
        """Find every way of failing among `runs`."""
        by_status: dict[str, list[Run]] = defaultdict(list)
        for run in runs:
            if not run.ok:
                by_status[run.status].append(run)
        for status, failed in sorted(by_status.items()):
            yield cls(status, len(failed), len(runs), methods_of(failed), len(methods_of(runs)))

    @property
    def where(self) -> str:
        """Under which budget, where that is not the page's own."""
        return ""

    def sentence(self) -> str:
        """Count them, and say what that does to means."""
        ended = FAILURE_WORDS.get(self.status, self.status)
        return (
            f"{counted(self.count, 'run')} of {self.of}{self.where} {ended} "
            f"({named(self.methods, self.every)}). Means cover "
            "finished runs only, which flatters a method that fails; pairs need both runs."
        )


@dataclass(frozen=True, slots=True)
class FailuresBeside(Failures):
    """The same under another budget than the first, which the answer is about."""

    concerns_answer = False
    sections = ("budgets",)

    budget: str

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find every way of failing under each of these budgets."""
        for budget in evidence.plan.budgets:
            runs = [run for run in evidence.beside if run.condition.budget == budget]
            for failed in Failures.among(runs):
                known = failed.status, failed.count, failed.of, failed.methods, failed.every
                yield cls(*known, budget)

    @property
    def where(self) -> str:
        """Name the budget."""
        return f" under {self.budget}"


@dataclass(frozen=True, slots=True)
class Unusable(Caveat):
    """A number that finished runs should have, and have not."""

    concerns_answer = False
    sections = ("results",)

    metric: str
    count: int
    methods: tuple[str, ...]
    every: int

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find every metric with such runs."""
        plan = evidence.plan
        lacking: dict[str, list[Run]] = defaultdict(list)
        for run in evidence.runs:
            for column in run.unusable(plan.measured):
                lacking[column].append(run)
        for column, runs in sorted(lacking.items()):
            every = len(methods_of(evidence.runs))
            yield cls(plan.metric_of(column).name, len(runs), methods_of(runs), every)

    def sentence(self) -> str:
        """Count them, and say that they are left out."""
        return (
            f"{self.metric} is missing, infinite or zero in "
            f"{counted(self.count, 'finished run')} ({named(self.methods, self.every)}); "
            f"{'these values are' if self.count > 1 else 'this value is'} left out."
        )


def _mixed_seeds(runs: Iterable[Run], field: str) -> int:
    """Count the (method, batch size, T, seed) groups that hold more than one value of `field`."""
    seen = defaultdict(set)
    for run in runs:
        seen[run.method, run.batch_size, run.timesteps, run.seed].add(_field(run, field))
    return sum(len(values) > 1 for values in seen.values())


def _field(run: Run, field: str) -> str:
    value = run.provenance[field] if field in run.provenance else getattr(run.condition, field)
    return str(value) or "(not recorded)"
