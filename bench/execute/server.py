"""The server that forks cells, as this process sees it: start it, ask it for one, end it.

Imports nothing of torch's, so that the server can be started before this process imports torch.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from threading import RLock
from typing import Any, NoReturn

from bench.execute.server_process import KILL, START

BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[2]); \
from bench.execute.server_process import main; main(int(sys.argv[1]))"
"""The server finds modules where this process does, methods given by their path included."""

LONGEST_WAIT = 1.0
"""Seconds that an end may take; more, and the server is killed."""


def patient_pair() -> tuple[socket.socket, socket.socket]:
    """Return two ends that wait for each other as long as it takes.

    A module for downloads may have set a time limit for all sockets that the process makes.
    """
    ends = socket.socketpair()
    for end in ends:
        end.settimeout(None)
    return ends


class Server:
    """The process of `bench.execute.server_process`; one that died is replaced by the next.

    Any thread may ask it for a cell's process.
    """

    def __init__(self) -> None:
        """Nothing is started yet."""
        self.process: subprocess.Popen[bytes] | None = None
        self.seconds_waited = 0.0
        self.lock = RLock()
        self.has_stopped = False
        self.news: dict[int, socket.socket] = {}
        """By process id: where a cell's process is told of, until it is let go of."""

    def start(self) -> None:
        """Start the process, without waiting for its imports."""
        self.has_stopped = False
        self._start()

    def _start(self) -> None:
        self.control, theirs = patient_pair()
        self.is_ready = False
        places: list[object] = [*sys.path]
        path = [place for place in places if isinstance(place, str)]  # as Python itself reads it
        with theirs:
            self.process = subprocess.Popen(
                # Not even `json` from the current folder.
                [sys.executable, "-P", "-c", BOOT, str(theirs.fileno()), json.dumps(path)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches us only, and we end it
            )

    def stop(self, patience: float | None = None) -> int | None:
        """End the process, and with it every cell that is still running; return its exit code.

        It is killed if it has not ended by itself after `patience` seconds.
        """
        if self.process is None:
            return None
        self.has_stopped = True
        # Another thread may be listening, in possession of the lock: it hears of the end by this.
        with suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)
        with self.lock:
            return self._stop(self.process, patience)

    def _stop(self, process: "subprocess.Popen[bytes]", patience: float | None) -> int:
        self.control.close()
        if patience is None:
            # While it imports it listens to nobody, and whoever pressed Ctrl-C has waited enough.
            patience = LONGEST_WAIT if self.is_ready else 0.0
        try:
            return process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def begin(self, channel: socket.socket) -> int:
        """Give `channel`, one end of a pair, to a new process; return its id."""
        with self.lock:
            for last_try in (False, True):
                try:
                    self._wait()
                    return self._started(channel)
                except (OSError, EOFError):
                    # Killed, perhaps: a machine without memory chooses its victims itself.
                    if last_try or self.has_stopped or not self.is_ready:
                        self._give_up()
                    assert self.process is not None
                    self._stop(self.process, LONGEST_WAIT)
                    self._start()
        raise AssertionError

    def wait(self) -> None:
        """Wait until the server has imported everything."""
        with self.lock:
            try:
                self._wait()
            except (OSError, EOFError):
                if not self.is_ready:  # else it has died since, and `begin` has another
                    self._give_up()

    def answered(self, process: int, channel: socket.socket) -> bool:
        """Wait until `channel` can be read; return False if `process` has ended before that.

        What it has started may live on and hold its end of the channel open. Waits as long as the
        channel's own timeout; raises `TimeoutError`.
        """
        news = self.news[process]
        readable, _, _ = select.select([channel, news], [], [], channel.gettimeout())
        if not readable:
            raise TimeoutError
        # Where the server is gone and not the cell, nobody tells of the cell's end.
        return channel in readable or not news.recv(1, socket.MSG_PEEK)

    def kill(self, process: int) -> None:
        """End the cell that is running in `process`."""
        try:
            self.news[process].sendall(KILL)
        except OSError:  # without its server nobody else can
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def end(self, process: int) -> int | None:
        """Wait until `process` has ended; return its exit code, negative for a signal.

        None if the server died and nobody knows.
        """
        try:
            return int(_heard(self.news[process])["exit"])
        except (OSError, EOFError):
            return None
        finally:
            self.leave(process)

    def leave(self, process: int) -> None:
        """Let go of `process`, which ends by itself or has ended."""
        news = self.news.pop(process, None)
        if news is not None:
            news.close()

    def _started(self, channel: socket.socket) -> int:
        news, theirs = patient_pair()
        try:
            with theirs:
                socket.send_fds(self.control, [START], [channel.fileno(), theirs.fileno()])
            process = int(_heard(news)["pid"])
        except BaseException:
            news.close()
            raise
        self.news[process] = news
        return process

    def _wait(self) -> None:
        if self.is_ready:
            return
        start = time.perf_counter()
        _heard(self.control)
        self.is_ready = True
        self.seconds_waited += time.perf_counter() - start

    def _give_up(self) -> NoReturn:
        code = self.stop(LONGEST_WAIT)
        raise RuntimeError(
            f"the process that forks cells ended with exit code {code}; what it said stands above"
        ) from None


def _heard(teller: socket.socket) -> dict[str, Any]:
    """Return the next line of JSON; raises `EOFError` where there is none."""
    line = b""
    while not line.endswith(b"\n"):
        part = teller.recv(1)  # no more than the line: the next is another call's
        if not part:
            raise EOFError
        line += part
    message: dict[str, Any] = json.loads(line)
    return message
