"""Files for others to read: whole or not at all, and never in place of what is no file.

A file that is renamed onto a device, a named pipe or a symbolic link replaces it: written as root,
a report would take the place of `/dev/null`. So a name is taken over only where a regular file or
nothing is; through a link the file behind it is, and everything else is written into.
"""

import errno
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield the path of a new file to write, which becomes `path` when the context ends well.

    Where it does not, `path` is as it was. Folders are made; `OSError` is passed on.
    """
    target = _behind(path) if path.is_symlink() else path
    mode = _mode(target)
    if mode is not None and not stat.S_ISREG(mode):
        with tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / "output"
            yield written
            with written.open("rb") as source, _opened(path, mode) as device:
                shutil.copyfileobj(source, device)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # Not `tempfile`: its files stay unreadable to others, whatever the umask allows.
    temporary = target.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        yield temporary
        if mode is not None:
            with suppress(OSError):  # a file system without rights of its own
                temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole(text: str, path: Path) -> None:
    """Write `text` to `path` as UTF-8, see `whole_file`; what UTF-8 cannot say is escaped."""
    with whole_file(path) as written:
        written.write_text(text, encoding="utf-8", errors="backslashreplace")


def write_folder(files: Mapping[str, bytes], folder: str | os.PathLike[str]) -> None:
    """Write `files`, contents by name, into `folder`, each whole or not at all.

    Other files there stay. Folders are made; `OSError` is passed on.
    """
    for name, content in files.items():
        with whole_file(Path(folder) / name) as written:
            written.write_bytes(content)


def _opened(path: Path, mode: int) -> BinaryIO:
    """Open what is no file for writing; raises `OSError` for a pipe that nobody reads."""
    if not stat.S_ISFIFO(mode):
        return path.open("wb")
    try:
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError("is a named pipe that nobody reads") from error
        raise
    os.set_blocking(pipe, True)
    return os.fdopen(pipe, "wb")


def _behind(link: Path) -> Path:
    """Return what a symbolic link leads to; raises `OSError` for one that leads to itself."""
    try:
        return link.resolve()
    except RuntimeError as error:  # Python 3.11 and 3.12 say so
        raise OSError(errno.ELOOP, "is a link that leads back to itself") from error


def _mode(path: Path) -> int | None:
    """Return kind and permissions of what is at `path`; None if nothing is."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None
