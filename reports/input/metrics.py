"""The measured quantities a report compares: one table that analysis and display both read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scale(StrEnum):
    """How two values of a metric are compared."""

    DIFFERENCE = "difference"  # candidate - baseline, percentage points
    RATIO = "ratio"  # candidate / baseline, through the logarithm
    MEMORY_RATIO = "memory ratio"  # a ratio too, but often exactly repeatable
    CENSORED = "censored"  # a ratio of times, of which some are infinite


class Quantity(StrEnum):
    """What a metric measures; it picks the unit, the margin and the words."""

    ACCURACY = "accuracy"
    TIME = "time"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured quantity, with its direction and the words for a difference in it."""

    column: str
    slug: str
    name: str
    quantity: Quantity
    scale: Scale
    higher_is_better: bool
    better_words: str
    worse_words: str
    equivalent_words: str
    meaning: str


METRICS: tuple[Metric, ...] = (
    Metric(
        column="test_accuracy",
        slug="accuracy",
        name="Test accuracy",
        quantity=Quantity.ACCURACY,
        scale=Scale.DIFFERENCE,
        higher_is_better=True,
        better_words="more accurate than",
        worse_words="less accurate than",
        equivalent_words="as accurate, within the margin, as",
        meaning="share of test images classified correctly; higher is better",
    ),
    Metric(
        column="epoch_seconds",
        slug="epoch-time",
        name="Time per epoch",
        quantity=Quantity.TIME,
        scale=Scale.RATIO,
        higher_is_better=False,
        better_words="faster per epoch than",
        worse_words="slower per epoch than",
        equivalent_words="as fast per epoch, within the margin, as",
        meaning="median training time of an epoch after the first; lower is better",
    ),
    Metric(
        column="train_seconds",
        slug="train-time",
        name="Total training time",
        quantity=Quantity.TIME,
        scale=Scale.RATIO,
        higher_is_better=False,
        better_words="faster in total than",
        worse_words="slower in total than",
        equivalent_words="as fast in total, within the margin, as",
        meaning="training time of all epochs, without evaluation; lower is better",
    ),
    Metric(
        column="peak_memory_bytes",
        slug="memory",
        name="Peak memory",
        quantity=Quantity.MEMORY,
        scale=Scale.MEMORY_RATIO,
        higher_is_better=False,
        better_words="lighter on memory than",
        worse_words="heavier on memory than",
        equivalent_words="as heavy on memory, within the margin, as",
        meaning="most memory held by tensors at one time in training; lower is better",
    ),
    Metric(
        column="target_seconds",
        slug="time-to-accuracy",
        name="Time to target accuracy",
        quantity=Quantity.TIME,
        scale=Scale.CENSORED,
        higher_is_better=False,
        better_words="sooner at the target accuracy than",
        worse_words="later at the target accuracy than",
        equivalent_words="as soon at the target accuracy, within the margin, as",
        meaning="training time until validation accuracy first reaches the target; a run that "
        "never reaches it, or fails, counts as infinitely slow; lower is better",
    ),
)

MEASURED: tuple[Metric, ...] = tuple(m for m in METRICS if m.scale is not Scale.CENSORED)
"""Metrics that are columns of the runs frame; the others are derived from the epochs."""
