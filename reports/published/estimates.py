"""Published results beside ours: the same method, embeddings and data set, row by row.

The published numbers are handed in, each with its source; nothing here judges the difference,
because training differs too unless a study repeats the source's settings in full.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.input.metrics import TEST_ACCURACY
from reports.input.pairing import Setting
from reports.input.runs import Run
from reports.settings.estimates import GroupSummary
from reports.statistics.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Published:
    """A published test accuracy in percent, its spread as printed (or none), and its source."""

    accuracy: float
    spread: float | None
    source: str


@dataclass(frozen=True, slots=True)
class BesideOurs:
    """One published row, our runs of the same method, and ours minus published (points).

    The interval of `difference` is that of our mean: the published number counts as fixed.
    """

    method: str
    embedding: str
    setting: Setting
    published: Published
    ours: Estimate
    difference: Estimate


Key = tuple[str, str, str]
"""Method, embedding and data set; embedding is empty for a method that has none."""


def read_published(text: str) -> dict[Key, Published]:
    """Read published results from CSV.

    Its columns are method, embedding, dataset, test_accuracy (%), spread (as printed, may be
    empty) and source.
    """
    return {
        (row["method"], row["embedding"], row["dataset"]): Published(
            accuracy=float(row["test_accuracy"]),
            spread=float(row["spread"]) if row["spread"] else None,
            source=row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    }


def beside_published(
    runs: Iterable[Run],
    summaries: Iterable[GroupSummary],
    published: Mapping[Key, Published],
) -> tuple[BesideOurs, ...]:
    """Put our test accuracies beside those in `published`, in the order of `summaries`."""
    if not published:
        return ()
    embeddings = {(run.method, run.dataset): run.embedding for run in runs}
    rows = []
    for summary in summaries:
        setting, ours = summary.setting, summary.estimates[TEST_ACCURACY.column]
        method = summary.method.partition("/")[0]
        embedding = embeddings[summary.method, setting.dataset]
        found = published.get((method, embedding, setting.dataset))
        if found is None or ours.point is None:
            continue
        difference = _less(ours, found.accuracy)
        rows.append(BesideOurs(summary.method, embedding, setting, found, ours, difference))
    return tuple(rows)


def _less(estimate: Estimate, constant: float) -> Estimate:
    point, low, high = (
        None if value is None else value - constant
        for value in (estimate.point, estimate.low, estimate.high)
    )
    return Estimate(point, low, high, estimate.n, estimate.method, estimate.gap)
