"""Files and nothing else: what lies under a file's name may be something to wait for.

A named pipe without a writer is waited for as long as there is none, and a device may never end.
"""

from pathlib import Path

IRREGULAR = "is no regular file"


def refuse_irregular(path: str | Path) -> None:
    """Raise `OSError` for a pipe, a device, a socket or a folder; what is not there may pass."""
    path = Path(path)
    if path.exists() and not path.is_file():
        raise OSError(IRREGULAR)


def read_regular(path: Path) -> str:
    """Return what a file holds; raises `OSError` for what is no file.

    Raises `ValueError` for what is no UTF-8.
    """
    refuse_irregular(path)
    return path.read_text(encoding="utf-8")
