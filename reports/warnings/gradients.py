"""A warning about gradient norms that no ratio can be made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from reports.display.words import join
from reports.warnings.caveat import Caveat, Evidence
from reports.warnings.naming import named


@dataclass(frozen=True, slots=True)
class NormsWithoutRatio(Caveat):
    """Norms that are not finite, or exactly 0, and have no logarithm."""

    concerns_answer: ClassVar[bool] = False
    sections: ClassVar[tuple[str, ...]] = ("gradients",)

    unfinite: int
    zero: int
    counted: int
    methods: tuple[str, ...]

    @classmethod
    def find(cls, evidence: Evidence) -> Iterator[Self]:
        """Find whether any norm is left out."""
        found = evidence.gradients
        if found is not None and found.unfinite + found.zero:
            yield cls(found.unfinite, found.zero, found.counted, found.methods)

    def sentence(self) -> str:
        """Count them, and say what they mean."""
        counts = [
            f"{count} {'is' if count == 1 else 'are'} {what}"
            for count, what in ((self.unfinite, "not finite"), (self.zero, "exactly 0"))
            if count
        ]
        return (
            f"Of {self.counted} gradient norms {join(counts)} ({named(self.methods)}). They "
            "have no place in ratios, slopes and figure, so that gradients that vanish or explode "
            "wholly do so more often than these say."
        )
