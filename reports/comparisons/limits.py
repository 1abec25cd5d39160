"""What a verdict cannot know, said where verdicts are explained: the test set, skew, collapse."""

import math
from collections.abc import Sequence
from statistics import fmean

from reports.comparisons.estimates import Comparison
from reports.display.numbers import number
from reports.input.context import Context

LIMITS = (
    "A verdict speaks of these seeds, this test set and this machine. Every metric has an error "
    "budget of its own: four independent ones give some false verdict in 18 % of studies where "
    "nothing differs.",
    "Differences that are strongly skewed deceive a t test: with exponential ones of mean 0 a "
    "family of 12 alarms in a third of studies from 5 seeds on. Worst is rare collapse, a method "
    "a little better on nine seeds of ten that breaks down on the tenth: with the same mean, 6 "
    "seeds call it better nearly always, and their 95 % interval covers the truth in 47 % of "
    "studies. A test against skew makes such verdicts unsettled where it can tell; of a collapse "
    "that no seed has shown, none can.",
)
"""Figures by `python -m reports.calibrate`, see docs/statistics.md."""


def test_set_items(
    context: Context, comparisons: Sequence[Comparison]
) -> tuple[tuple[str, str], ...]:
    """Give the standard error of every test set whose number of images shows, beside the margin.

    That of one accuracy: what another draw of as many images would do to it.
    """
    metric = context.plan.accuracy
    found: dict[str, tuple[int, float]] = {}
    for c in comparisons:
        if c.metric is metric and c.paired.floor and c.pairs:
            # The floor is what rounding both sides to one image does, see `rounding_deviation`.
            images = round(100 / (c.paired.floor * math.sqrt(6)))
            share = fmean(theirs for _, theirs in c.pairs.values()) / 100
            found.setdefault(c.setting.dataset, (images, share))
    items = []
    for dataset, (images, share) in found.items():
        error = 100 * math.sqrt(share * (1 - share) / images)
        margin = _margin(context)
        items.append(
            (
                f"Test set{f' {dataset}' if dataset else ''}",
                f"accuracies are multiples of 1 / {images}: at {number(100 * share, 1)} % a test "
                f"set of so many images has itself a standard error of {number(error, 2)} points, "
                f"beside a margin of ±{margin:g}; verdicts speak of this test set",
            )
        )
    return tuple(items)


def _margin(context: Context) -> float:
    """Return the margin of the accuracy, in points."""
    metric = context.plan.accuracy
    assert metric is not None
    return context.plan.margin_of(metric)
