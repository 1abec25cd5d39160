"""Claims on a folder whose files cannot be locked: Lustre without `flock`, Drive as Colab has it.

A claim is a file that only one runner can create. It is touched as long as its holder lives, and
whoever finds one untouched for minutes takes it for left behind. Where two do so in the same
moment, a cell may be run twice; its first record is then set aside, not lost.
"""

import os
import platform
import secrets
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread

from reports.files.regular import read_regular

BEAT = 15.0
"""Seconds between touches of what is claimed here."""
LEFT_BEHIND = 180.0
"""Seconds after which a claim that nobody has touched is free."""


class FileClaims:
    """Cells of one study's folder claimed by files in `folder`."""

    def __init__(self, folder: Path) -> None:
        """Make the folder, and touch what is claimed from now on; raises `OSError`."""
        self.folder, self.mine = folder, set[str]()
        self.me = f"{platform.node()} {os.getpid()} {secrets.token_hex(8)}"
        folder.mkdir(parents=True, exist_ok=True)
        self.lock, self.ended = Lock(), Event()
        self.thread = Thread(target=self._touch, name="claims", daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Let go of every claim."""
        self.ended.set()
        self.thread.join()
        for cell_id in list(self.mine):
            self.release(cell_id)
        with suppress(OSError):  # others' claims are in it
            self.folder.rmdir()

    def take(self, cell_id: str) -> bool:
        """Claim a cell; return whether it is ours now."""
        path = self.folder / cell_id
        for last_try in (False, True):
            try:
                self.folder.mkdir(exist_ok=True)
                with path.open("x", encoding="utf-8") as file:
                    file.write(self.me)
            except FileExistsError:
                if last_try or not self._freed(path):
                    return False
            else:
                with self.lock:
                    self.mine.add(cell_id)
                return True
        raise AssertionError

    def release(self, cell_id: str) -> None:
        """Let go of a cell."""
        with self.lock:
            self.mine.discard(cell_id)
        path = self.folder / cell_id
        if _content(path) == self.me:
            with suppress(OSError):  # then it is left behind, and free when nobody touches it
                path.unlink()

    def _touch(self) -> None:
        while not self.ended.wait(BEAT):
            with self.lock:
                for cell_id in self.mine:
                    with suppress(OSError):  # once is no harm
                        os.utime(self.folder / cell_id)

    def _freed(self, path: Path) -> bool:
        """Remove a claim whose holder has gone; return whether there is none any more."""
        holder = _content(path)
        if not (_has_ended(holder) or self._age(path) > LEFT_BEHIND):
            return False
        away = self.folder / f".{secrets.token_hex(8)}"
        try:
            path.rename(away)
        except FileNotFoundError:
            return True
        if _content(away) != holder:  # somebody else was faster, and this is theirs
            with suppress(OSError):
                away.rename(path)
            return False
        away.unlink(missing_ok=True)
        return True

    def _age(self, path: Path) -> float:
        """Return the seconds since `path` was touched, by the clock that stamps its folder."""
        now = self.folder / f".{secrets.token_hex(8)}"
        try:
            now.touch()
            return now.stat().st_mtime - path.stat().st_mtime
        except OSError:
            return 0.0
        finally:
            now.unlink(missing_ok=True)


def _content(path: Path) -> str:
    try:
        return read_regular(path)
    except (OSError, ValueError):
        return ""


def _has_ended(holder: str) -> bool:
    """Return whether `holder` is a process of this machine that is no more."""
    node, _, rest = holder.partition(" ")
    process = rest.partition(" ")[0]
    if node != platform.node() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # another user's, or not to be asked: taken for alive
    return False
