"""What a warning is: found in the evidence, and said in one sentence."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from reports.comparisons.estimates import Comparison
from reports.comparisons.gated import Family
from reports.comparisons.pooled import PooledComparison
from reports.gradients.estimates import Gradients
from reports.input.plan import Plan
from reports.input.runs import Row, Run
from reports.input.tuning import Tuning
from reports.input.twins import Twins


@dataclass(frozen=True, slots=True)
class Evidence:
    """What warnings are found in.

    `runs` are those analysed, `superseded` the older records of the same seed, `set_aside` those of
    configurations that the study does not declare, which `hint` says how to see. `rows` are the
    finished runs with their rows of the frame. `tuning` is how the options were chosen, `gradients`
    what was made of the blocks' gradient norms. `beside` are runs under other budgets than the
    first, of which all else is.
    """

    plan: Plan
    runs: tuple[Run, ...]
    superseded: tuple[Run, ...] = ()
    set_aside: tuple[Run, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    families: tuple[Family, ...] = ()
    pooled: tuple[PooledComparison, ...] = ()
    rows: Sequence[tuple[Run, Row]] = ()
    hint: str = ""
    tuning: Tuning | None = None
    gradients: Gradients | None = None
    twins: tuple[Twins, ...] = ()
    beside: tuple[Run, ...] = ()


class Caveat(ABC):
    """One kind of warning; an instance is one that was found."""

    __slots__ = ()

    concerns_answer: ClassVar[bool] = True
    """Whether it changes how the answer is read, and stands at the top of the page."""
    sections: ClassVar[tuple[str, ...]] = ()
    """Sections, by slug, whose reading it changes, and in which it stands."""

    @classmethod
    @abstractmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find every warning of this kind."""

    @abstractmethod
    def sentence(self) -> str:
        """Say in plain words what is the matter, and what was done about it."""


def methods_of(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the methods of `runs`, in order."""
    return tuple(sorted({run.method for run in runs}))
