"""What bounds a method's accuracy from outside its training: noise, and embeddings too close.

A column that the frame lacks, or a value that is missing, tells nothing against a run.
"""

from dataclasses import dataclass

from reports.input.runs import Row
from reports.warnings.measuring import Doubtful

CEILING = 0.999
"""Below this share of true labels read right off the last noised state, noise costs accuracy."""
CLOSE = 0.5
"""Class embeddings nearer to each other than this part of their distance at the start."""


@dataclass(frozen=True, slots=True)
class LowCeiling(Doubtful):
    """Runs whose last noised state cannot always be read, even where it is the true label's."""

    concerns_answer = False
    sections = ("results",)

    @classmethod
    def against(cls, row: Row) -> object:
        """Return the share of true labels that can be read, if too many cannot."""
        share = row.get("label_readable")
        return share if isinstance(share, float) and share < CEILING else ""

    def sentence(self) -> str:
        """Say how low the ceiling is."""
        lowest = min(float(str(share)) for share in self.told)
        return (
            f"{self.part} ({self.names}) end in a state so noisy that even the true label can be "
            f"read off it in {100 * lowest:.2f} % of cases at worst: no training brings accuracy "
            "above that."
        )


@dataclass(frozen=True, slots=True)
class CloseEmbeddings(Doubtful):
    """Runs whose trained class embeddings have moved together."""

    concerns_answer = False
    sections = ("results",)

    @classmethod
    def against(cls, row: Row) -> object:
        """Return what is left of the smallest distance, if it is less than half."""
        kept = row.get("embedding_distance_kept")
        return kept if isinstance(kept, float) and kept < CLOSE else ""

    def sentence(self) -> str:
        """Say how close they are."""
        least = min(float(str(kept)) for kept in self.told)
        return (
            f"In {self.part} ({self.names}) training drew class embeddings together, to as little "
            f"as {100 * least:.0f} % of their smallest distance at the start: their loss rewards "
            "labels that are easy to guess because they are alike."
        )
