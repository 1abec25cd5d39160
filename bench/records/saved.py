"""Files that a record names beside itself: a trained model, what it predicted.

Each has its content's hash in its name: `<record>.<hash>.safetensors`. So a file never changes, a
run that is made again has other files or the same, and what a kill leaves behind is either what the
next run of the cell writes too, or is removed with it.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from bench.records.whole import draft_in, on_disk
from reports.files.regular import refuse_irregular

Kind = Literal["model", "predictions"]
SUFFIXES: Final[dict[Kind, str]] = {"model": "safetensors", "predictions": "parquet"}
DIGITS: Final = 12
"""Of the hash that stand in a file's name; the record has all."""


class SavedFile(BaseModel):
    """A file beside a record."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[^./\\\x00][^/\\\x00]*$")
    """In the record's own folder, wherever that is."""
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Saves(BaseModel):
    """What to save, and beside which record, that will be written later."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    record: Path
    kinds: frozenset[Kind]


def write_beside(record: Path, kind: Kind, fill: Callable[[Path], None]) -> SavedFile:
    """Have `fill` write a file beside `record`, which need not be there yet; return what it is.

    The file has its name once it is whole and on disk. Raises `OSError`.
    """
    record.parent.mkdir(parents=True, exist_ok=True)
    with draft_in(record.parent) as draft:
        fill(draft)
        on_disk(draft)
        sha256 = _sha256(draft)
        name = f"{record.stem}.{sha256[:DIGITS]}.{SUFFIXES[kind]}"
        draft.replace(record.parent / name)
    return SavedFile(name=name, sha256=sha256)


def is_whole(folder: Path, file: SavedFile) -> bool:
    """Return whether `folder` has the file, unchanged."""
    try:
        return _sha256(folder / file.name) == file.sha256
    except OSError:
        return False


def files_of(record: Path) -> set[str]:
    """Return the names of files that were written beside `record`, whoever names them now."""
    kinds = "|".join(SUFFIXES.values())
    ours = re.compile(rf"{re.escape(record.stem)}\.[0-9a-f]{{{DIGITS}}}\.(?:{kinds})")
    with os.scandir(record.parent) as entries:
        return {entry.name for entry in entries if ours.fullmatch(entry.name)}


def copy_file(source: Path, target: Path) -> bool:
    """Give such a file a second name, where it keeps the first; return whether there was one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not source.is_file():  # somebody needed the room
        return False
    with suppress(FileExistsError):  # by its name the same
        try:
            os.link(source, target)
        except FileExistsError:
            raise
        except OSError:  # without hard links, or another file system: whole or not at all
            with draft_in(target.parent) as draft:
                shutil.copyfile(source, draft)
                on_disk(draft)
                draft.replace(target)
    return True


def _sha256(path: Path) -> str:
    refuse_irregular(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
