"""Records on disk: one JSON file per cell, written whole or not at all, never lost.

results/<study>/
  claims                       which runner runs which cell: see `bench.records.claims`
  study.json                   what the study declared, for the report
  records/<label>-<id>.json    the record of one cell, and beside it the files that it names
  superseded/                  records that a later run of the same cell replaced, and their files
"""

import hashlib
import json
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bench.records.locks import locked
from bench.records.migrations import migrated
from bench.records.record import SCHEMA_VERSION, SETTLED, Record
from bench.records.saved import copy_file, files_of
from bench.records.validity import impossible, odd_numbers
from bench.records.whole import alike, given_another_name, write_whole
from bench.study.cells import Cell
from bench.study.problems import InvalidInput
from bench.study.study import READ_BACK, Study
from noprop_core.errors import UserError
from noprop_core.words import one_line
from reports.files.regular import IRREGULAR, read_regular, refuse_irregular

ABANDONED = 3600.0
"""Seconds after which what is half written is so for ever, where no lock tells."""

FIRST_WITH_DIGEST = 3
"""The schema since which records are written with a digest."""


class RecordStore:
    """The records of one study's folder."""

    def __init__(self, folder: Path, tag: str = "") -> None:
        """Point at `folder`, such as `results/quick`; it is created by the first write.

        With a `tag`, records are found and saved under names that end in it: runs of the same
        cell under several releases of torch, say. All of them are loaded together.
        """
        self.folder = folder
        self.tag = f"-{tag}" if tag else ""
        self.study_file = folder / "study.json"
        self.records_folder = folder / "records"
        self.superseded_folder = folder / "superseded"

    def save(self, record: Record) -> Path:
        """Write a record; an earlier one of the same cell is set aside, not overwritten.

        Files that it names are there already, see `bench.records.saved`.
        """
        path = self.path_of(record.cell)
        aside = self._set_aside(path)
        content = json.loads(record.model_dump_json())
        try:
            write_whole(path, json.dumps(content | {"digest": digest_of(content)}, indent=1))
        except BaseException:
            if aside is not None and alike(aside, path):  # nothing has replaced it
                aside.unlink()
            raise
        if record.files or aside is not None:
            # Nobody names the others any more: the earlier record has them where it is now.
            for name in files_of(path) - {file.name for file in record.files.values()}:
                with suppress(OSError):
                    (path.parent / name).unlink()
        return path

    def without_its_files(self, record: Record) -> list[str]:
        """Return what `record` says was saved and is not there: its process wrote elsewhere."""
        there = self.records_folder
        return [kind for kind, file in record.files.items() if not (there / file.name).is_file()]

    def take_over(self, record: Record, other: "RecordStore") -> None:
        """Save a record that `other` has, and the files that it names where they are there."""
        files = {
            kind: file
            for kind, file in record.files.items()
            if copy_file(other.records_folder / file.name, self.records_folder / file.name)
        }
        self.save(record.model_copy(update={"files": files}))

    def find(self, cell: Cell) -> Record | None:
        """Return the record of `cell` if there is one."""
        path = self.path_of(cell)
        if not path.exists():
            return None
        record = read_record(path)
        if record.cell_id != cell.id:
            raise InvalidInput(str(path), [f"is the record of another cell, {record.cell.label}"])
        return record

    def found(self, cells: Iterable[Cell]) -> dict[str, Record]:
        """Return the records that there are of `cells`, by cell id."""
        records = (self.find(cell) for cell in cells)
        return {record.cell_id: record for record in records if record is not None}

    def settled(self, cells: Iterable[Cell]) -> dict[str, Record]:
        """Return, by cell id, the records that running the cell again would only repeat."""
        return {key: r for key, r in self.found(cells).items() if r.status in SETTLED}

    def sweep(self) -> None:
        """Remove what killed writers left half written; what is being written stays."""
        for folder in (self.folder, self.records_folder):
            for path in folder.glob(".*.tmp"):
                try:
                    refuse_irregular(path)
                    with path.open("rb") as file:
                        if locked(file, wait=False) or _age(path) > ABANDONED:
                            path.unlink()
                except OSError:  # somebody else's, or gone, or not ours to remove
                    continue

    def load(self) -> list[Record]:
        """Return every record, in the order of the study; raises `UserError` if none."""
        paths = sorted(self.records_folder.glob("*.json"))
        if not paths:
            try:  # a search passes over a folder that is not ours to read
                next(self.records_folder.iterdir(), None)
            except PermissionError as error:
                said = f"'{self.records_folder}' cannot be read: {error.strerror}"
                raise UserError(said) from error
            except OSError:
                pass  # there is none
            raise UserError(
                f"no records in '{self.records_folder}'; make some with python -m bench.run"
            )
        return sorted((read_record(path) for path in paths), key=lambda r: r.position)

    def save_study(self, study: Study) -> None:
        """Keep what the study declared, and nothing it left to defaults, beside its records.

        A file there that is no study of this version is kept too, in `superseded/`.
        """
        if self.has_study:
            try:
                self.load_study()
            except InvalidInput:
                self._set_aside(self.study_file)
        write_whole(self.study_file, study.model_dump_json(indent=1, exclude_unset=True))

    @property
    def has_study(self) -> bool:
        """Whether the folder says what was declared."""
        return self.study_file.exists()

    def load_study(self) -> Study:
        """Return what the study declared.

        Raises `InvalidInput` for what is none, and `UserError` for what may not be read.
        """
        path = self.study_file
        try:
            # The last call may have run a part of the study only, and on another machine.
            return Study.model_validate_json(read_regular(path), context=READ_BACK)
        except PermissionError as error:
            raise UserError(f"'{path}' cannot be read: {error.strerror}") from error
        except (OSError, ValueError) as error:
            raise InvalidInput(str(path), ["is no study of this version; run it again"]) from error

    def holds(self, cell: Cell) -> bool:
        """Return whether there is a file for `cell`'s record."""
        return self.path_of(cell).is_file()

    def path_of(self, cell: Cell) -> Path:
        """Return where the record of `cell` is, or would be."""
        return self.records_folder / f"{cell.label}-{cell.id}{self.tag}.json"

    def _set_aside(self, path: Path) -> Path | None:
        """Give what is at `path` a name in `superseded/` too, and return that."""
        if not path.exists():
            return None
        if not path.is_file():
            raise UserError(f"'{path}' {IRREGULAR}, and a file is to be written there")
        try:
            return self._copied_aside(path)
        except OSError as error:
            place = self.superseded_folder
            raise UserError(f"cannot write '{place}': {error.strerror or error}") from error

    def _copied_aside(self, path: Path) -> Path | None:
        self.superseded_folder.mkdir(parents=True, exist_ok=True)
        for name in _named_in(path):  # first, so that no record is without its files
            copy_file(path.parent / name, self.superseded_folder / name)
        for number in range(1, 10_000):
            aside = self.superseded_folder / f"{path.stem}.{number}.json"
            try:
                given_another_name(path, aside)
                return aside
            except FileExistsError:
                continue
        return None


def _named_in(path: Path) -> set[str]:
    """Return the files beside a record that it names; of a file that is no record, none."""
    try:
        files = dict(json.loads(read_regular(path))["files"])
        named = {str(file["name"]) for file in files.values()}
    except (OSError, ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return set()
    return named & files_of(path) if named else set()


def read_record(path: Path) -> Record:
    """Read one record; raises `InvalidInput` for a file that is none, and leaves it alone."""
    try:
        content = json.loads(read_regular(path))
    except (OSError, ValueError, RecursionError) as error:
        said = one_line(str(error), 200)
        raise InvalidInput(str(path), [f"is no record ({said}); move it away"]) from error
    digest = content.pop("digest", None) if isinstance(content, dict) else None
    found = content.get("schema_version") if isinstance(content, dict) else None
    if isinstance(found, int) and found > SCHEMA_VERSION:
        shown = found if found < 10**9 else "far"
        problem = f"has schema {shown}, newer than this version's {SCHEMA_VERSION}; upgrade"
        raise InvalidInput(str(path), [problem])
    try:
        record = Record.model_validate_json(json.dumps(migrated(content), allow_nan=False))
    except ValidationError as error:
        first = error.errors()[0]
        where = one_line(".".join(str(part) for part in first["loc"]), 100)
        said = f"{where}: {one_line(first['msg'], 200)}"
        problem = f"is no record of schema {SCHEMA_VERSION} ({said}); move it away"
        raise InvalidInput(str(path), [problem]) from error
    except ValueError as error:  # json.dumps met NaN or infinity
        raise InvalidInput(str(path), ["a number in it is not finite; move it away"]) from error
    told = {name: value for name, value in content.items() if name not in ("cell", "epochs")}
    if said := impossible(record) or next(odd_numbers(told), ""):
        raise InvalidInput(
            str(path), [f"{one_line(said, 200)}, which nothing can have measured; move it away"]
        )
    if isinstance(found, int) and found >= FIRST_WITH_DIGEST and digest != digest_of(content):
        problem = "was changed after it was written (its digest does not fit); move it away"
        raise InvalidInput(str(path), [problem])
    return record


def digest_of(content: dict[str, Any]) -> str:
    """Return a short hash of a record's content: a slip of an editor's changes it."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime
