"""Rows on what lies within a method: its parts by themselves, its gradients, its tuning."""

from collections.abc import Iterator
from dataclasses import replace

from reports.gradients.estimates import DepthSlope
from reports.input.metrics import TEST_ACCURACY
from reports.input.runs import Condition
from reports.page.analysis import Analysis
from reports.page.row import Row, row_of
from reports.statistics.estimate import Estimate

LOG_RATIO = "log2 of the first block's norm over the last's"
TIMES = {"start": "before the first epoch", "training": "mean over epochs"}
"""When a ratio was taken, by the end of its metric's name."""


def rows_of_parts(analysis: Analysis) -> Iterator[Row]:
    """List what each method adds to its parts, its blocks' gradients, and what tuning gained."""
    for gain in analysis.controls:
        yield row_of(
            "control-gain", "control_accuracy", "percentage points", gain.setting, gain.method,
            gain.control, gain.gain,
        )  # fmt: skip
    yield from _gradients(analysis)
    yield from _tuning(analysis)


def _gradients(analysis: Analysis) -> Iterator[Row]:
    found = analysis.gradients
    for ratio in found.ratios:
        for when, words in TIMES.items():
            estimate = ratio.start if when == "start" else ratio.training
            yield row_of(
                "gradient-ratio", f"gradient_ratio_{when}", LOG_RATIO, ratio.setting, ratio.method,
                "", replace(estimate, method=f"{estimate.method}; {words}"), over="blocks",
            )  # fmt: skip
    for each in found.norms:
        yield row_of(
            "gradient-norm", "gradient_norm_start", "log2 of the norm", each.setting, each.method,
            "", each.norm, over=f"block {each.block}",
        )  # fmt: skip
    for slope in found.slopes:
        yield from _slopes(slope)


def _slopes(each: DepthSlope) -> Iterator[Row]:
    for when, slope in (("start", each.start), ("training", each.training)):
        if slope is not None:
            yield row_of(
                "trend", f"gradient_ratio_{when}", f"{LOG_RATIO}, per doubling", each.setting,
                each.method, "", slope.estimate, over="T", test="t" if slope.p is not None else "",
                p=slope.p, p_page=slope.page_p,
            )  # fmt: skip


def _tuning(analysis: Analysis) -> Iterator[Row]:
    """Tell both gains of a method: of the best of its trials, and free of that choice."""
    for each in analysis.tuning_gains:
        # Over whatever data sets and machines the comparison has.
        place = ("", Condition("", "", each.tuned.budget))
        trials = len(each.tuned.scores)
        best = Estimate(each.gain, None, None, trials, "best trial less the first")
        for metric, estimate in (
            ("validation_accuracy", best), (TEST_ACCURACY.column, each.elsewhere)
        ):  # fmt: skip
            yield row_of(
                "tuning-gain", metric, "percentage points", place, each.tuned.method,
                "options from before", estimate, over="settings",
            )  # fmt: skip
