"""Warnings about comparisons: too few pairs, seeds left out, tests that disagree or cannot tell."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from reports.comparisons.estimates import Comparison
from reports.display.numbers import p_text
from reports.display.words import counted, equation
from reports.statistics.multiplicity import smallest_exact_p
from reports.warnings.caveat import Caveat, Evidence
from reports.warnings.naming import named, some


@dataclass(frozen=True, slots=True)
class _Some(Caveat):
    """Some of the comparisons, and their candidates."""

    count: int
    of: int
    candidates: tuple[str, ...]
    every: int
    """Candidates there are."""

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find whether there are any."""
        found = [c for c in evidence.comparisons if cls.concerns(c)]
        if found:
            own, every = _candidates(found), _candidates(evidence.comparisons)
            yield cls(len(found), len(evidence.comparisons), own, len(every))

    @classmethod
    def concerns(cls, c: Comparison) -> bool:
        """Whether a comparison is one of them."""
        raise NotImplementedError

    @property
    def names(self) -> str:
        """The candidates."""
        return named(self.candidates, self.every)


@dataclass(frozen=True, slots=True)
class TooFewPairs(_Some):
    """Fewer pairs than a test or an interval needs."""

    concerns_answer = False
    sections = ("effects",)

    @classmethod
    def concerns(cls, c: Comparison) -> bool:
        """Leave out where nobody reached the target: a result, and no defect of the runs."""
        return c.n < 3 and not (c.paired.censoring and c.n + c.paired.censoring.neither >= 3)

    def sentence(self) -> str:
        """Say what is not given there."""
        return (
            f"{self.count} of {counted(self.of, 'comparison')} "
            f"{'have' if self.count > 1 else 'has'} fewer than 3 complete pairs "
            f"({self.names}): no test and no interval is given there."
        )


@dataclass(frozen=True, slots=True)
class LeftOut(_Some):
    """Seeds that only one side has."""

    concerns_answer = False
    sections = ("effects",)

    @classmethod
    def concerns(cls, c: Comparison) -> bool:
        """Whether seeds are left out of an effect that is given."""
        return bool(c.left_out) and c.n >= 3 and not c.paired.censoring

    def sentence(self) -> str:
        """Say what n counts."""
        return (
            f"In {self.count} of {counted(self.of, 'comparison')} some seeds have no complete pair "
            f"({self.names}) and are left out of the effect; n counts the pairs that "
            "remain."
        )


@dataclass(frozen=True, slots=True)
class Disagreement(_Some):
    """Tests on different sides of alpha."""

    concerns_answer = False
    sections = ("effects",)

    @classmethod
    def concerns(cls, c: Comparison) -> bool:
        """Whether a sensitivity test contradicts the primary one."""
        return c.disagrees

    def sentence(self) -> str:
        """Call these verdicts unsettled."""
        return (
            f"In {self.count} of {counted(self.of, 'comparison')} the primary test and a "
            f"sensitivity test fall on different sides of alpha ({self.names}): treat "
            "these verdicts as unsettled."
        )


@dataclass(frozen=True, slots=True)
class CannotReachAlpha(Caveat):
    """Families whose exact test cannot pass alpha; those in the same straits are told together.

    `n` is the largest that does not suffice: the others suffice even less.
    """

    families: tuple[str, ...]
    tests: int
    n: int
    needed: int
    exact: bool
    alpha: float

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find the families, by their number of candidates and pairs."""
        shapes: dict[tuple[int, int, int, bool], list[str]] = defaultdict(list)
        for family in evidence.families:
            short = [
                c.n
                for c in (p.comparison for p in evidence.pooled)
                if (c.metric, c.family) == (family.metric, family.members)
                and c.paired.tests is not None
                and not c.reachable
            ]
            if short:
                exact = family.metric.is_censored
                shape = family.candidates, max(short), family.seeds_needed, exact
                shapes[shape].append(", ".join((family.metric.name, *family.members)))
        for shape, names in shapes.items():
            yield cls(tuple(names), *shape, evidence.plan.alpha)

    def sentence(self) -> str:
        """Say how many seeds would do, and what verdicts rest on."""
        rest = (
            "The primary test is such a test: a difference cannot be shown here."
            if self.exact
            else "Verdicts rest on the paired t test, which can, but supposes roughly normal "
            "differences."
        )
        return (
            f"{some(self.families)}: over all settings the exact test cannot reach alpha with "
            f"{equation('n', self.n)}. The smallest p it can give is "
            f"{p_text(smallest_exact_p(self.n))}, too large for "
            f"{counted(self.tests, 'candidate')} that share alpha = {self.alpha:g}; "
            f"{self.needed} seeds would be needed. {rest}"
        )


def _candidates(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    return tuple(sorted({c.candidate for c in comparisons}))
