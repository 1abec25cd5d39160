"""Methods that came to the same results run by run, and how they are shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from reports.display.words import join
from reports.warnings.caveat import Caveat, Evidence


@dataclass(frozen=True, slots=True)
class SameResults(Caveat):
    """Twins, and whether memory and FLOPs are equal too."""

    methods: tuple[str, ...]
    same_cost: bool

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Tell every class of twins."""
        for each in evidence.twins:
            yield cls(each.methods, each.same_cost)

    def sentence(self) -> str:
        """Name them, and say where they are shown once."""
        equal = "accuracy, loss and learning curve are equal run by run"
        if self.same_cost:
            return (
                f"{join(self.methods)} did the same computation: {equal}, and so are memory and "
                "FLOPs. They are shown once, with the times of the first; csv and json have all."
            )
        return (
            f"{join(self.methods)} came to the same results: {equal}. What shows accuracy shows "
            "them once, what shows time or memory each by itself."
        )
