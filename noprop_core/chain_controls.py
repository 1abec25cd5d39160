"""Controls that separate what a chain of blocks does from what its blocks know.

A sampled chain *draws* a class, about as often as the blocks hold it probable; the most probable
class is right more often than a draw. Averages over many chains tell the two apart (docs/chain.md).
Shapes: `B` batch, `K` classes.
"""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn.functional import one_hot

CHAINS = 15
"""How many chains are averaged; odd, so that two classes cannot tie."""


class Average:
    """The mean of class probabilities, one `(B, K)` at a time."""

    def __init__(self) -> None:
        """Start without any."""
        self.count, self.total_BK = 0, torch.zeros(())

    def add(self, probabilities_BK: Tensor) -> None:
        """Count one more."""
        self.total_BK = probabilities_BK if self.count == 0 else self.total_BK + probabilities_BK
        self.count += 1

    @property
    def mean(self) -> Tensor:
        """The mean so far, `(B, K)`."""
        return self.total_BK / self.count


def majority(outcomes: Iterable[Tensor]) -> Tensor:
    """Return the class `(B,)` that most of the chains' logits `(B, K)` put first.

    Ties go to the class that the chains hold more probable on average.
    """
    votes, confidence = Average(), Average()
    for logits_BK in outcomes:
        votes.add(one_hot(logits_BK.argmax(dim=1), logits_BK.shape[1]))
        confidence.add(logits_BK.softmax(dim=1))
    return (votes.total_BK + confidence.mean / 2).argmax(dim=1)
