"""Records of the same cells that lie in another folder: copied instead of made again.

A call that leaves what a study declares (ten seeds where it declares six) has a folder of its own,
and most of its cells may have run already, in the study's. Equal ids are equal cells. What was
measured in another session is told on the page, as for every mixture of surroundings.
"""

from collections.abc import Iterable

import torch

from bench.records.record import Record
from bench.records.store import RecordStore
from bench.study.cells import Cell
from bench.study.problems import InvalidInput


def adopt(store: RecordStore, cells: Iterable[Cell], other: RecordStore) -> list[str]:
    """Copy into `store` the good records of `cells` that `other` has and it lacks.

    Only those made with this release of torch. `other` stays as it is. Return a line that says how
    many there were, if any.
    """
    adopted = 0
    for cell in cells:
        record = None if store.find(cell) is not None else _good(cell, other)
        if record is not None:
            store.take_over(record, other)
            adopted += 1
    if not adopted:
        return []
    verb = "is" if adopted == 1 else "are"
    return [
        f"{adopted} of these runs {verb} recorded in '{other.folder}' already: copied from there, "
        "and not run again (--rerun forces it)"
    ]


def _good(cell: Cell, store: RecordStore) -> Record | None:
    try:
        record = store.find(cell)
    except InvalidInput:  # it is no affair of this call's
        return None
    same = record is not None and record.environment.torch == torch.__version__
    return record if record is not None and same and record.status == "ok" else None
