"""Files of a study's folder, written whole or not at all, under whatever file system there is."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.records.locks import locked
from noprop_core.errors import UserError
from reports.files.regular import refuse_irregular


def write_whole(path: Path, text: str) -> None:
    """Write `text` so that `path` holds all of it or what it held before, whatever happens.

    Raises `UserError` where the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_and_rename(path, text)
        except FileNotFoundError:  # swept away before it was locked: once is bad luck
            _write_and_rename(path, text)
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror or error}") from error


def write_once(path: Path, text: str) -> bool:
    """Write `text` whole unless there is a file; return whether it was written now.

    Of several writers one does. Raises `UserError` where the folder cannot be written.
    """
    draft = path.with_name(f".{secrets.token_hex(8)}.tmp")
    write_whole(draft, text)
    try:
        given_another_name(draft, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return True


@contextmanager
def draft_in(folder: Path) -> Iterator[Path]:
    """Give a new, empty file in `folder`, which must be renamed inside the context or is removed.

    It is locked meanwhile: that tells `RecordStore.sweep` that somebody is still at it.
    """
    # Not `tempfile`: its files stay unreadable to others, whatever the umask allows.
    draft = folder / f".{secrets.token_hex(8)}.tmp"
    try:
        with draft.open("xb") as file:
            locked(file)
            yield draft
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def on_disk(path: Path) -> None:
    """Return once a file's content has reached the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def given_another_name(path: Path, name: Path) -> None:
    """Give a file a second name, beside the first; raises `FileExistsError`.

    Of several that want the name one gets it.
    """
    try:
        os.link(path, name)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: a copy does, but for its cost
        refuse_irregular(path)
        with name.open("xb") as copy:
            try:
                copy.write(path.read_bytes())
                copy.flush()
                os.fsync(copy.fileno())
            except BaseException:  # a part of a file would pass for the whole
                name.unlink(missing_ok=True)
                raise


def alike(one: Path, other: Path) -> bool:
    """Return whether two files hold the same."""
    try:
        return one.samefile(other) or one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def _write_and_rename(path: Path, text: str) -> None:
    with draft_in(path.parent) as draft:
        draft.write_text(text, encoding="utf-8")
        on_disk(draft)
        draft.replace(path)
