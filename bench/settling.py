"""How a cell gets its record where several runners may work on one study: each cell once.

`python -m bench.run` and `pytest bench` both do it here: claim the cell, look at the store again,
have it run, save the record, learn from it, let go.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.execute.launch import Launch
from bench.measure.flops import KnownFlops
from bench.measure.job import Job
from bench.records.claims import Claims
from bench.records.record import Record
from bench.records.store import RecordStore
from bench.records.validity import sound
from bench.study.cells import Cell


@dataclass(frozen=True)
class Settling:
    """One runner's part in a study; `before` holds the records that it began with, by cell id."""

    store: RecordStore
    claims: Claims
    launch: Launch
    known: KnownFlops
    before: Mapping[str, Record]

    def begin(self, cell: Cell, position: int) -> Job | Record | None:
        """Claim `cell` and return the job to run; `finish` or `release` must follow.

        Return instead the record that another runner has made meanwhile, or None if another
        runner is at it now.
        """
        if not self.claims.take(cell.id):
            return None
        try:
            # Only now is it certain that nobody else writes one.
            record = self.store.find(cell)
            if record is None or record == self.before.get(cell.id):
                return self.launch.job(cell, position, self.known.of(cell))
        except BaseException:
            self.release(cell)
            raise
        self.release(cell)
        return record

    def finish(self, cell: Cell, record: Record) -> Record:
        """Keep the new record of `cell`, learn from it, let go of the cell; return what is kept."""
        try:
            assert record.cell_id == cell.id, f"asked for {cell.label}, got {record.cell.label}"
            record = sound(record)  # of whatever executor
            self.store.save(record)
            self.known.add(record)
            return record
        finally:
            self.release(cell)

    def release(self, cell: Cell) -> None:
        """Let go of `cell`, which has no new record."""
        self.claims.release(cell.id)
