"""The server that forks cells, as this process sees it: start it, ask it for one, end it.

Imports nothing of torch's, so that the server can be started before this process imports torch.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any, NoReturn

from bench.execute.server_process import KILL, START

BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[2]); \
from bench.execute.server_process import main; main(int(sys.argv[1]))"
"""The server finds modules where this process does, methods given by their path included."""

LONGEST_WAIT = 1.0
"""Seconds that an end may take; more, and the server is killed."""


class Server:
    """The process of `bench.execute.server_process`; one that died is replaced by the next."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self.process: subprocess.Popen[bytes] | None = None
        self.seconds_waited = 0.0

    def start(self) -> None:
        """Start the process, without waiting for its imports."""
        self.control, theirs = socket.socketpair()
        self.lines = self.control.makefile("r", encoding="utf-8")
        self.is_ready = False
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", BOOT, str(theirs.fileno()), json.dumps(sys.path)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches us only, and we end it
            )

    def stop(self, patience: float | None = None) -> int | None:
        """End the process, and with it a cell that is still running; return its exit code.

        It is killed if it has not ended by itself after `patience` seconds.
        """
        if self.process is None:
            return None
        self.lines.close()
        self.control.close()
        if patience is None:
            # While it imports it listens to nobody, and whoever pressed Ctrl-C has waited enough.
            patience = LONGEST_WAIT if self.is_ready else 0.0
        try:
            return self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def begin(self, channel: socket.socket) -> int:
        """Give `channel`, one end of a pair, to a new process; return its id."""
        for last_try in (False, True):
            try:
                self._wait()
                socket.send_fds(self.control, [START], [channel.fileno()])
                return int(self._hear("pid")["pid"])
            except (OSError, EOFError):
                # Killed, perhaps: a machine without memory chooses its victims itself.
                if last_try or not self.is_ready:
                    self._give_up()
                self.stop(LONGEST_WAIT)
                self.start()
        raise AssertionError

    def wait(self) -> None:
        """Wait until the server has imported everything."""
        try:
            self._wait()
        except (OSError, EOFError):
            if not self.is_ready:  # else it has died since, and `begin` has another
                self._give_up()

    def kill(self, process: int) -> None:
        """End the cell that is running in `process`."""
        try:
            self.control.sendall(KILL)
        except OSError:  # without its server nobody else can
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def end(self, process: int) -> int | None:
        """Wait until `process` has ended; return its exit code, negative for a signal.

        None if the server died and nobody knows.
        """
        try:
            while (message := self._hear("exit"))["of"] != process:
                pass
            return int(message["exit"])
        except (OSError, EOFError):
            return None

    def _wait(self) -> None:
        if self.is_ready:
            return
        start = time.perf_counter()
        self._hear("ready")
        self.is_ready = True
        self.seconds_waited += time.perf_counter() - start

    def _give_up(self) -> NoReturn:
        code = self.stop(LONGEST_WAIT)
        raise RuntimeError(
            f"the process that forks cells ended with exit code {code}; what it said stands above"
        ) from None

    def _hear(self, word: str) -> dict[str, Any]:
        """Return the next message about `word`; how earlier cells ended is of no interest."""
        while line := self.lines.readline():
            message: dict[str, Any] = json.loads(line)
            if word in message:
                return message
        raise EOFError
