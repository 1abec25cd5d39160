"""Who runs which cell, where several runners share a folder.

A claim is a lock on one byte of the file `claims`, at the place that the cell's id names. The
system lets go of it when its holder ends, however suddenly, so nothing is ever left behind. The
file itself stays empty. The lock is a process's: within one process it keeps nobody out.
"""

import fcntl
from pathlib import Path
from types import TracebackType
from typing import Self

from noprop_core.errors import UserError


class Claims:
    """A context in which cells of one study's folder can be claimed."""

    def __init__(self, folder: Path) -> None:
        """Point at a study's folder; nothing happens before the context is entered."""
        self.path = folder / "claims"

    def __enter__(self) -> Self:
        """Open the file; raises `UserError` where the folder cannot be written."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.file = self.path.open("ab")
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

    def take(self, cell_id: str) -> bool:
        """Claim a cell; return whether it is ours now."""
        try:
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
        fcntl.lockf(self.file, fcntl.LOCK_UN, 1, int(cell_id, 16))
