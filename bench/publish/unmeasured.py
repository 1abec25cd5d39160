"""What results leave open: found in their records, never typed."""

from collections.abc import Iterator, Sequence
from math import inf

from bench.publish.result import Result
from bench.records.record import Record
from reports.display.words import counted, join

PUBLISHED_WIDTH = 1.0
"""The option `width` at the layer sizes of the paper."""


def unmeasured(results: Sequence[Result]) -> list[str]:
    """Return sentences about what no run of `results` was; none where there are no runs."""
    records = [record for result in results for record in result.records]
    return list(_sentences(records)) if records else []


def _sentences(records: Sequence[Record]) -> Iterator[str]:
    if all(record.cell.execution.device == "cpu" for record in records):
        yield "Nothing was run on a GPU."
    if all(record.cell.execution.ranks == 1 for record in records):
        yield "No run was divided over processes or machines, so none sent a byte."
    widths = sorted({width for record in records if (width := width_of(record)) is not None})
    if widths and widths[-1] < PUBLISHED_WIDTH:
        yield f"No network had the published layer sizes: the widest had {widths[-1]:g} of them."
    yield from _of_data(records)
    if all(record.energy_joules is None for record in records):
        yield "Energy was not measured."
    longest = max(len(record.epochs) for record in records)
    yield f"No run was longer than {counted(longest, 'epoch')}."


def _of_data(records: Sequence[Record]) -> Iterator[str]:
    most: dict[str, float] = {}
    for record in records:
        count = record.cell.train_images
        known = most.get(record.cell.dataset, 0)
        most[record.cell.dataset] = max(known, inf if count is None else count)
    cut = {name: count for name, count in sorted(most.items()) if count < inf}
    if cut:
        yield f"Training had {join([f'{n:,.0f} images of {name}' for name, n in cut.items()])}."
    if set(most) == {"digits"}:
        yield "The only data set was scikit-learn's digits, images of 8 by 8 pixels."


def width_of(record: Record) -> float | None:
    """Return a run's layer sizes as a share of the published ones; `None` if it has none."""
    width = record.cell.options.get("width")
    return float(width) if isinstance(width, int | float) else None
