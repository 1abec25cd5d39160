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
                where = self.store.path_of(cell)
                return self.launch.job(cell, position, self.known.of(cell), where)
        except BaseException:
            self.release(cell)
            raise
        self.release(cell)
        return record

    def finish(self, cell: Cell, record: Record) -> Record:
        """Keep the new record of `cell`, learn from it, let go of the cell; return what is kept."""
        try:
            assert record.cell_id == cell.id, f"asked for {cell.label}, got {record.cell.label}"
            record = self._with_its_files(sound(record))  # of whatever executor
            self.store.save(record)
            self.known.add(record)
            return record
        finally:
            self.release(cell)

    def _with_its_files(self, record: Record) -> Record:
        """Return `record`, or a failed one if what it names was saved where it cannot be seen."""
        missing = self.store.without_its_files(record)
        if not missing:
            return record
        failure = (
            f"its {' and '.join(missing)} cannot be seen in '{self.store.records_folder}': the run "
            "was elsewhere; --results must name a folder that all machines share"
        )
        files = {kind: file for kind, file in record.files.items() if kind not in missing}
        update: dict[str, object] = {"files": files}
        if record.status == "ok":
            update |= {"status": "error", "failure": failure}
        return record.model_copy(update=update)

    def release(self, cell: Cell) -> None:
        """Let go of `cell`, which has no new record."""
        self.claims.release(cell.id)
