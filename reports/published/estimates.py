"""Published results beside ours: the same method, embeddings and data set, row by row.

The published numbers are handed in, each with its source. Whether they agree is whether the
difference of means is inside its interval; where training differs too, that is no surprise.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.input.metrics import TEST_ACCURACY
from reports.input.pairing import Groups, Setting
from reports.settings.estimates import GroupSummary
from reports.statistics.estimate import Estimate
from reports.statistics.welch import difference_from


@dataclass(frozen=True, slots=True)
class Published:
    """A published test accuracy in percent, and its source.

    `spread` is the standard deviation over `runs` runs, None where it is not known.
    `network_millions` are the parameters of one network as printed, without embeddings and head.
    """

    accuracy: float
    spread: float | None
    source: str
    runs: int | None = None
    network_millions: float | None = None


@dataclass(frozen=True, slots=True)
class BesideOurs:
    """One published row, our runs of the same method, and ours minus published (points).

    Where no spread is published, the interval of `difference` is that of our mean.
    """

    method: str
    embedding: str
    setting: Setting
    published: Published
    ours: Estimate
    difference: Estimate

    @property
    def agrees(self) -> bool | None:
        """Whether no difference is inside the interval; None if either spread is not known."""
        low, high = self.difference.low, self.difference.high
        if self.published.spread is None or low is None or high is None:
            return None
        return low <= 0 <= high


Key = tuple[str, str, str]
"""Method, embedding and data set; embedding is empty for a method that has none."""


def read_published(text: str) -> dict[Key, Published]:
    """Read published results from CSV.

    Its columns are method, embedding, dataset, test_accuracy (%), spread (standard deviation over
    runs), runs, network_millions (parameters of one network) and source; spread, runs and
    network_millions may be empty.
    """
    return {
        (row["method"], row["embedding"], row["dataset"]): Published(
            accuracy=float(row["test_accuracy"]),
            spread=float(row["spread"]) if row["spread"] else None,
            source=row["source"],
            runs=int(row["runs"]) if row["runs"] else None,
            network_millions=float(row["network_millions"]) if row["network_millions"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    }


def beside_published(
    groups: Groups,
    summaries: Iterable[GroupSummary],
    published: Mapping[Key, Published],
    confidence: float,
) -> tuple[BesideOurs, ...]:
    """Put our test accuracies beside those in `published`, in the order of `summaries`."""
    if not published:
        return ()
    rows = []
    for summary in summaries:
        setting, ours = summary.setting, summary.estimates[TEST_ACCURACY.column]
        method = summary.method.partition("/")[0]
        runs = groups[summary.method, setting]
        embedding = runs[-1].embedding
        found = published.get((method, embedding, setting.dataset))
        if found is None or ours.point is None:
            continue
        if found.spread is None or found.runs is None:
            difference = _less(ours, found.accuracy)
        else:
            values = [run.values[TEST_ACCURACY.column] for run in runs]
            difference = difference_from(
                [value for value in values if value is not None],
                found.accuracy,
                found.spread,
                found.runs,
                confidence,
            )
        rows.append(BesideOurs(summary.method, embedding, setting, found, ours, difference))
    return tuple(rows)


def _less(estimate: Estimate, constant: float) -> Estimate:
    point, low, high = (
        None if value is None else value - constant
        for value in (estimate.point, estimate.low, estimate.high)
    )
    return Estimate(point, low, high, estimate.n, estimate.method, estimate.gap)
