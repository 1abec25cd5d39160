"""What a session of pytest says of its items: what `bench.run` says of its cells."""

from collections.abc import Iterable, Mapping
from typing import Any

from bench.progress import Forecast, clock, summary
from bench.records.record import Record
from bench.study.cells import Cell
from noprop_core.words import printable

PROPERTY = "noprop-bench"
"""Of an item's report: what its run came to, in words."""


class Told:
    """What the items of a session have come to, and how long the others will take."""

    def __init__(self, cells: Iterable[Cell], settled: Mapping[str, Record]) -> None:
        """Start with the `cells` that are items, and the records some of them have."""
        self.left = {cell.id: cell for cell in cells if cell.id not in settled}
        self.forecast, self.made = Forecast(list(settled.values())), 0

    def words(self, record: Record) -> str:
        """Return accuracy and time of a new record, and about how much time is left."""
        self.left.pop(record.cell_id, None)
        self.made += 1
        self.forecast.learn(record)
        left = self.forecast.seconds_for(list(self.left.values())) if self.left else None
        rest = "" if left is None else f"; about {clock(left)} left"
        return f"{printable(summary(record))}{rest}"


def status_of(report: Any) -> tuple[str, str, str] | None:
    """Return how pytest shows an item that went well, its run's words included."""
    words = dict(report.user_properties).get(PROPERTY)
    if report.when != "call" or not report.passed or words is None:
        return None
    return "passed", ".", f"PASSED {words}"
