"""Records of the same arms, whatever the seed: in a study's folder and in those beside it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.records.record import Record
from bench.records.store import read_record
from bench.study.cells import Cell
from bench.study.problems import InvalidInput


def known_records(folder: Path, cells: Sequence[Cell]) -> list[Record]:
    """Return records of cells that differ from one of `cells` in nothing but the seed, each once.

    They are looked for in the study's `folder` and then in its siblings; files there that cannot be
    read are left alone.
    """
    arms = {_arm(cell): _stem(cell.label) for cell in cells}
    stems = set(arms.values())
    found: dict[str, Record] = {}
    for record in _records([folder, *sorted(folder.parent.glob("*"))], stems):
        if _arm(record.cell) in arms:
            found.setdefault(record.cell_id, record)
    return list(found.values())


def _records(folders: Iterable[Path], stems: set[str]) -> Iterator[Record]:
    for folder in dict.fromkeys(folders):
        for path in sorted((folder / "records").glob("*.json")):
            if _stem(path.name) in stems:
                try:
                    yield read_record(path)
                except InvalidInput:
                    continue


def _stem(name: str) -> str:
    """Return what a label or a file's name has before the seed."""
    return re.split(r"-s\d+(?:-[0-9a-f]{12}.*)?$", name)[0]


def _arm(cell: Cell) -> str:
    return cell.model_copy(update={"seed": 0}).model_dump_json()
