"""The measured quantities: one row says everything about a metric, and every reader takes it there.

Adding a metric is one more row in `METRICS` and one line in docs/statistics.md. A row may be added
from outside too, before frames are read: `METRICS.append(Metric(...))`. A plan takes these, or
brings metrics of its own. This module imports no library, so that a study can be declared without
loading one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from reports.input.units import (
    BYTES,
    FLOPS,
    JOULES,
    NATS,
    OPERATIONS,
    PERCENT,
    SECONDS,
    Units,
)


class Scale(StrEnum):
    """How two values of a metric are compared."""

    DIFFERENCE = "difference"  # candidate - baseline, in percentage points or the metric's unit
    RATIO = "ratio"  # candidate / baseline, through the logarithm
    MEMORY_RATIO = "memory ratio"  # a ratio too, but often exactly repeatable
    CENSORED = "censored"  # a ratio of costs up to a target, of which some are infinite


class Shown(StrEnum):
    """Where a metric appears besides the tables, which hold every metric."""

    VERDICT = "a block of verdicts at the top of the page"
    FIGURE = "the figures of every seed and of trends"
    COST = "a front of accuracy against it"
    RELEASES = "the table across releases"


@dataclass(frozen=True, slots=True)
class Margin:
    """The study's entry for the largest difference that does not matter, and its default.

    A difference in the metric's own unit where `is_points`, percentage points of a percentage;
    else in percent either way: a margin of 5 % calls a ratio between 1/1.05 and 1.05 negligible.
    """

    entry: str
    default: float
    of: str
    is_points: bool = False


@dataclass(frozen=True, slots=True)
class Regression:
    """A change for the worse: its name for a command to fail on, and the words for it."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured quantity.

    `column` is that of the runs frame, whose values are multiplied by `factor` to be in `units`.
    An `optional` metric is shown where the frame has it, and nothing is said where it has not.
    """

    column: str
    slug: str
    name: str
    units: Units
    scale: Scale
    higher_is_better: bool
    margin: Margin
    better_words: str
    worse_words: str
    equivalent_words: str
    meaning: str
    factor: float = 1.0
    optional: bool = False
    shown: frozenset[Shown] = field(default_factory=frozenset)
    regression: Regression | None = None

    @property
    def is_difference(self) -> bool:
        """Whether two values are compared by a difference, not a ratio."""
        return self.scale is Scale.DIFFERENCE

    @property
    def is_share(self) -> bool:
        """Whether it is a share of something, in percent."""
        return self.units is PERCENT

    @property
    def is_accuracy(self) -> bool:
        """Whether it is a share compared by its difference, and more of it is better."""
        return self.is_share and self.is_difference and self.higher_is_better

    @property
    def step(self) -> str:
        """Unit of a difference: `pp` of a percentage, the unit itself of anything else."""
        return "pp" if self.is_share else self.units.shown[0].symbol

    @property
    def step_words(self) -> str:
        """Unit of a difference in full."""
        return "percentage points" if self.is_share else self.step

    @property
    def is_censored(self) -> bool:
        """Whether values may be infinite; such a metric is computed from the epochs frame."""
        return self.scale is Scale.CENSORED


ACCURACY_MARGIN = Margin("accuracy_pp", 0.5, "accuracy", is_points=True)
TIME_MARGIN = Margin("time_percent", 5.0, "time")
MEMORY_MARGIN = Margin("memory_percent", 1.0, "memory")

SLOWER = Regression("slower", "slower")
LESS_ACCURATE = Regression("less-accurate", "less accurate")
MORE_MEMORY = Regression("more-memory", "heavier on memory")

TEST_ACCURACY = Metric(
    column="test_accuracy",
    slug="accuracy",
    name="Test accuracy",
    units=PERCENT,
    scale=Scale.DIFFERENCE,
    higher_is_better=True,
    margin=ACCURACY_MARGIN,
    better_words="more accurate than",
    worse_words="less accurate than",
    equivalent_words="as accurate, within the margin, as",
    meaning="share of test images classified correctly; higher is better",
    factor=100.0,
    shown=frozenset({Shown.VERDICT, Shown.FIGURE, Shown.RELEASES}),
    regression=LESS_ACCURATE,
)

TIME_TO_TARGET = Metric(
    column="target_seconds",
    slug="time-to-accuracy",
    name="Time to target accuracy",
    units=SECONDS,
    scale=Scale.CENSORED,
    higher_is_better=False,
    margin=TIME_MARGIN,
    better_words="sooner at the target accuracy than",
    worse_words="later at the target accuracy than",
    equivalent_words="as soon at the target accuracy, within the margin, as",
    meaning="training time until validation accuracy first reaches the target; a run that "
    "never reaches it, or fails, counts as infinitely slow; lower is better",
    shown=frozenset({Shown.VERDICT}),
)

FLOPS_TO_TARGET = Metric(
    column="target_flops",
    slug="flops-to-accuracy",
    name="Operations to target accuracy",
    units=OPERATIONS,
    scale=Scale.CENSORED,
    higher_is_better=False,
    margin=TIME_MARGIN,
    better_words="at the target accuracy with fewer operations than",
    worse_words="at the target accuracy with more operations than",
    equivalent_words="at the target accuracy with as many operations, within the margin, as",
    meaning="floating-point operations of training until validation accuracy first reaches the "
    "target, by whole epochs; a run that never reaches it, or fails, counts as infinitely costly; "
    "lower is better",
    optional=True,
)

METRICS: list[Metric] = [
    TEST_ACCURACY,
    Metric(
        column="epoch_seconds",
        slug="epoch-time",
        name="Time per epoch",
        units=SECONDS,
        scale=Scale.RATIO,
        higher_is_better=False,
        margin=TIME_MARGIN,
        better_words="faster per epoch than",
        worse_words="slower per epoch than",
        equivalent_words="as fast per epoch, within the margin, as",
        meaning="median training time of an epoch after the first; lower is better",
        shown=frozenset({Shown.VERDICT, Shown.FIGURE, Shown.RELEASES}),
        regression=SLOWER,
    ),
    Metric(
        column="train_seconds",
        slug="train-time",
        name="Total training time",
        units=SECONDS,
        scale=Scale.RATIO,
        higher_is_better=False,
        margin=TIME_MARGIN,
        better_words="faster in total than",
        worse_words="slower in total than",
        equivalent_words="as fast in total, within the margin, as",
        meaning="training time of all epochs, without evaluation; lower is better",
        shown=frozenset({Shown.VERDICT, Shown.COST}),
    ),
    Metric(
        column="peak_memory_bytes",
        slug="memory",
        name="Peak memory",
        units=BYTES,
        scale=Scale.MEMORY_RATIO,
        higher_is_better=False,
        margin=MEMORY_MARGIN,
        better_words="lighter on memory than",
        worse_words="heavier on memory than",
        equivalent_words="as heavy on memory, within the margin, as",
        meaning="most memory held by tensors at one time in training; lower is better",
        shown=frozenset({Shown.VERDICT, Shown.FIGURE, Shown.COST, Shown.RELEASES}),
        regression=MORE_MEMORY,
    ),
    TIME_TO_TARGET,
    # The metrics below explain the verdicts above; they have tables and no verdict of their own.
    FLOPS_TO_TARGET,
    Metric(
        column="energy_joules",
        slug="energy",
        name="Energy",
        units=JOULES,
        scale=Scale.RATIO,
        higher_is_better=False,
        margin=Margin("energy_percent", 5.0, "energy"),
        better_words="lighter on energy than",
        worse_words="heavier on energy than",
        equivalent_words="as heavy on energy, within the margin, as",
        meaning="energy the whole card used while training, where it was measured; lower is better",
        optional=True,
        shown=frozenset({Shown.COST}),
        regression=Regression("more-energy", "heavier on energy"),
    ),
    Metric(
        column="flops_per_second",
        slug="flops",
        name="Operations per second",
        units=FLOPS,
        scale=Scale.RATIO,
        higher_is_better=True,
        margin=TIME_MARGIN,
        better_words="busier, in operations per second, than",
        worse_words="less busy, in operations per second, than",
        equivalent_words="as busy, within the margin, as",
        meaning="floating-point operations per second reached in the median epoch; higher is "
        "better use of the device, not a better method",
        optional=True,
    ),
    Metric(
        column="validation_loss",
        slug="validation-loss",
        name="Validation loss",
        units=NATS,
        # Losses differ by orders of magnitude between data sets, so one margin must be relative.
        scale=Scale.RATIO,
        higher_is_better=False,
        margin=Margin("loss_percent", 5.0, "loss"),
        better_words="lower in validation loss than",
        worse_words="higher in validation loss than",
        equivalent_words="as low in validation loss, within the margin, as",
        meaning="cross-entropy on the validation images of the weights that were tested, where the "
        "method has logits; lower is better",
        optional=True,
    ),
]


def metric_of(column: str) -> Metric:
    """Return the metric of `METRICS` with this column."""
    return next(metric for metric in METRICS if metric.column == column)


def measured(metrics: Sequence[Metric] = METRICS) -> tuple[Metric, ...]:
    """Return those of `metrics` that are columns of the runs frame."""
    return tuple(metric for metric in metrics if not metric.is_censored)


def margins() -> dict[str, Margin]:
    """Return every margin that a study may declare, by its entry."""
    return {metric.margin.entry: metric.margin for metric in METRICS}


def regressions() -> dict[str, Regression]:
    """Return every kind of regression, by name, in the order of the metrics' importance."""
    kinds = (metric.regression for metric in METRICS if metric.regression is not None)
    return {kind.name: kind for kind in kinds}
