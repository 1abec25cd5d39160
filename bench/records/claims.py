"""Who runs which cell, where several runners share a folder.

A claim is a lock on one byte of the file `claims`, at the place that the cell's id names. The
system lets go of it when its holder ends, however suddenly, so nothing is ever left behind. The
file itself stays empty. The lock is a process's: within one process it keeps nobody out. Where the
folder's file system has no locks, `bench.records.file_claims` does instead.
"""

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.records.file_claims import FileClaims
from bench.records.locks import NO_LOCKS, fcntl
from noprop_core.errors import UserError
from reports.files.regular import refuse_irregular

PROBED = 2**48
"""A byte that no cell's id names."""


class Claims:
    """A context in which cells of one study's folder can be claimed."""

    def __init__(self, folder: Path) -> None:
        """Point at a study's folder; nothing happens before the context is entered."""
        self.path = folder / "claims"
        self.files: FileClaims | None = None
        self.note = ""
        """What whoever watches should know of how cells are claimed; mostly nothing."""

    def __enter__(self) -> Self:
        """Open the file; raises `UserError` where the folder cannot be written."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            refuse_irregular(self.path)
            self.file = self.path.open("ab")
            if why := self._why_unlocked():
                self.files = FileClaims(self.path.with_name("claimed"))
                self.note = (
                    f"'{self.path}' cannot be locked ({why}): cells are claimed by files in "
                    f"'{self.files.folder}'"
                )
        except OSError as error:
            raise UserError(f"cannot write '{self.path}': {error.strerror or error}") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of every claim."""
        self.file.close()
        if self.files is not None:
            self.files.close()

    def take(self, cell_id: str) -> bool:
        """Claim a cell; return whether it is ours now."""
        try:
            if self.files is not None:
                return self.files.take(cell_id)
            fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(cell_id, 16))
        except BlockingIOError:
            return False
        except PermissionError:  # what some systems say instead
            return False
        except OSError as error:
            raise UserError(f"cannot lock '{self.path}': {error.strerror or error}") from error
        return True

    def release(self, cell_id: str) -> None:
        """Let go of a cell."""
        if self.files is not None:
            self.files.release(cell_id)
            return
        with suppress(OSError):  # then it is let go of with the file, by this process's end
            fcntl.lockf(self.file, fcntl.LOCK_UN, 1, int(cell_id, 16))

    def _why_unlocked(self) -> str:
        """Return why the file cannot be locked here; empty where it can."""
        try:
            fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, PROBED)
            fcntl.lockf(self.file, fcntl.LOCK_UN, 1, PROBED)
        except OSError as error:  # or somebody else is probing at this moment
            if error.errno in NO_LOCKS:
                return error.strerror or str(error)
        return ""
