"""Each cell in a process of its own: it pays for no other's warm-up and takes no other down.

`IsolatedRun` is driven as `CellRun` is; the work happens in a child of the fork server. A child
that dies, or that is killed because its time is up, leaves a record made here of what it had told
so far.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NoReturn, Self

import torch

from bench.execute.cell_server import (
    ADVANCE,
    ENTER,
    EPOCH,
    LEAVE,
)
from bench.execute.fork_server import KILL, START
from bench.execute.fork_server import main as serve
from bench.execute.oom import killed_for_memory
from bench.measure import environment
from bench.measure.cell_run import failure_words
from bench.records.record import (
    Environment,
    Epoch,
    Phases,
    Record,
    Status,
)
from bench.study.cells import Cell
from noprop_core.errors import UserError

BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[2]); \
from bench.execute.fork_server import main; main(int(sys.argv[1]))"
"""The server finds modules where this process does, methods given by their path included."""


class CellFailed(Exception):
    """A run ended in its own process; the message says how, and its record is kept."""


class ForkServer:
    """A context in which cells can be given processes of their own."""

    def __init__(self, *, may_fork: bool = False) -> None:
        """Nothing happens before the context is entered.

        With `may_fork` this process promises that it has imported torch and computed nothing: the
        server may then be a fork of it, and need not import everything again.
        """
        self.may_fork = may_fork
        self.server: subprocess.Popen[bytes] | ForkedServer | None = None
        self.seconds_waited = 0.0
        self.late: set[bytes] = set()
        """Imports that cells had to do themselves, and that the server is to do for the next."""

    def __enter__(self) -> Self:
        """Start the server, without waiting for its imports."""
        self._start()
        return self

    def __exit__(self, *error: object) -> None:
        """End the server; it ends a cell that is still running."""
        # While it imports it listens to nobody, and whoever pressed Ctrl-C has waited enough.
        self._stop(patience=1.0 if self.is_ready else 0.0)

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
                self._stop()
                self._start()
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

    def _start(self) -> None:
        self.control, theirs = socket.socketpair()
        self.lines = self.control.makefile("r", encoding="utf-8")
        self.is_ready = False
        self.imported: set[bytes] = set()
        if self.may_fork:
            self.may_fork = False  # should it die, this process is no longer what it was
            self.server = ForkedServer(self.control, theirs)
            return
        with theirs:
            self.server = subprocess.Popen(
                [sys.executable, "-c", BOOT, str(theirs.fileno()), json.dumps(sys.path)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches us only, and we end it
            )

    def _wait(self) -> None:
        start = time.perf_counter()
        if not self.is_ready:
            self._hear("ready")
            self.is_ready = True
        for order in sorted(self.late - self.imported):
            self.control.sendall(order)
            self._hear("ready")
            self.imported.add(order)
        self.seconds_waited += time.perf_counter() - start

    def _give_up(self) -> NoReturn:
        code = self._stop()
        raise RuntimeError(
            f"the process that forks cells ended with exit code {code}; what it said stands above"
        ) from None

    def _stop(self, patience: float = 1.0) -> int | None:
        if self.server is None:
            return None
        self.lines.close()
        self.control.close()
        try:
            return self.server.wait(timeout=patience)
        except subprocess.TimeoutExpired:  # still importing: it looks at nothing meanwhile
            self.server.kill()
            return self.server.wait()

    def _hear(self, word: str) -> dict[str, Any]:
        """Return the next message about `word`; how earlier cells ended is of no interest."""
        while line := self.lines.readline():
            message: dict[str, Any] = json.loads(line)
            if word in message:
                return message
        raise EOFError


class ForkedServer:
    """A server forked from this process, with what `IsolatedRun` needs of `subprocess.Popen`."""

    def __init__(self, ours: socket.socket, theirs: socket.socket) -> None:
        """Fork; the new process serves on `theirs` and never returns."""
        sys.stdout.flush()
        sys.stderr.flush()
        self.process = os.fork()
        if self.process:
            theirs.close()
            return
        try:
            os.setsid()  # as above
            # Not `ours.close()`, which waits for the file made of it: as long as anybody but the
            # parent holds this end, its death would go unnoticed.
            os.close(ours.detach())
            serve(theirs.detach())
        finally:
            os._exit(1)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code; raises `subprocess.TimeoutExpired`."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            ended, status = os.waitpid(self.process, 0 if end is None else os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("the server", timeout or 0.0)
            time.sleep(0.01)

    def kill(self) -> None:
        """End it."""
        os.kill(self.process, signal.SIGKILL)


class IsolatedRun:
    """One cell's run in a process of its own, driven like a `CellRun`."""

    def __init__(
        self,
        server: ForkServer,
        cell: Cell,
        *,
        study: str,
        device: torch.device,
        data_dir: Path,
        position: int,
        flops_per_epoch: int | None = None,
        time_limit: float | None = None,
    ) -> None:
        """Describe the run; `time_limit` is in seconds, of everything from here to its record."""
        self.server, self.cell, self.study, self.position = server, cell, study, position
        self.device, self.data_dir = device, data_dir
        self.flops_per_epoch, self.time_limit = flops_per_epoch, time_limit
        self.epochs: list[Epoch] = []
        self.kept: Record | None = None
        self.environment: Environment | None = None

    def __enter__(self) -> Self:
        """Have a process, and prepare everything in it."""
        self.started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.channel, theirs = socket.socketpair()
        self.lines = self.channel.makefile("r", encoding="utf-8")
        try:
            with theirs:
                self.memory_kills = killed_for_memory()
                self.server.wait()
                self.start = time.perf_counter()
                self.process = self.server.begin(theirs)
            self._tell(json.dumps(self._description()))
            self._ask(ENTER)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Literal[False]:
        """Fetch the record; end the process if it cannot give one any more."""
        try:
            if self.kept is None and hasattr(self, "process"):
                if error is None or isinstance(error, Exception):
                    self._ask(f"{LEAVE} {json.dumps(_trouble(error))}")
                else:
                    self.server.kill(self.process)
                    self.server.end(self.process)
        finally:
            self.lines.close()
            self.channel.close()
        return False

    def advance(self) -> bool:
        """Do what is not timed; return whether another epoch is to be trained."""
        answer = self._ask(ADVANCE)
        self.epochs += [Epoch.model_validate(epoch) for epoch in answer["epochs"]]
        return bool(answer["goes_on"])

    def epoch(self) -> None:
        """Train one epoch; the process it runs in holds the clock."""
        self._ask(EPOCH)

    def is_hopeless(self, error: Exception) -> bool:
        """Tell whether the run failed for what would fail every cell alike."""
        return isinstance(error, UserError) or self.kept is None

    def record(self) -> Record:
        """Return what became of the run."""
        assert self.kept is not None, "the run is still going on"
        return self.kept

    def _description(self) -> dict[str, Any]:
        return {
            "cell": self.cell.model_dump(mode="json"),
            "study": self.study,
            "device": str(self.device),
            "data_dir": str(self.data_dir),
            "position": self.position,
            "flops_per_epoch": self.flops_per_epoch,
            "code_version": environment.code_in_use(),
            "asked_at": self.start,
        }

    def _ask(self, order: str) -> dict[str, Any]:
        """Have `order` done; raises `CellFailed` if the run ends by it."""
        answer = self._answer(order)
        if "record" in answer:
            # Its process is ending now, and may take as long as it takes.
            self.kept = Record.model_validate(answer["record"])
            if answer.get("hopeless"):
                raise UserError(answer["hopeless"])
            if answer.get("failure"):
                raise CellFailed(answer["failure"])
        if "environment" in answer:
            self.environment = Environment.model_validate(answer["environment"])
            self.server.late |= {order.encode() for order in answer["imported"]}
        return answer

    def _answer(self, order: str) -> dict[str, Any]:
        try:
            if self.time_limit is not None:
                left = self.start + self.time_limit - time.perf_counter()
                self.channel.settimeout(max(left, 1e-3))
            self._tell(order)
            line = self.lines.readline()
        except TimeoutError:
            self.server.kill(self.process)
            self.server.end(self.process)
            self._end("timeout", f"not done after {self.time_limit:g} s; ended")
        except OSError:
            line = ""
        if not line:
            self._end(*self._how_it_died(self.server.end(self.process)))
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _how_it_died(self, code: int | None) -> tuple[Status, str]:
        if code is None:
            return "error", "its process and the one that forked it ended; nobody knows why"
        if code >= 0:
            return "error", f"its process ended with exit code {code}"
        name = signal.Signals(-code).name
        if -code == signal.SIGKILL:
            now = killed_for_memory()
            if now is None or self.memory_kills is None or now > self.memory_kills:
                return "out-of-memory", f"its process was killed ({name}) for lack of memory"
        return "error", f"its process was killed by {name}"

    def _end(self, status: Status, failure: str) -> NoReturn:
        self.kept = Record(
            study=self.study,
            cell_id=self.cell.id,
            cell=self.cell,
            status=status,
            failure=failure,
            epochs=self.epochs,
            phases=Phases(
                training=sum(epoch.seconds for epoch in self.epochs),
                wall=time.perf_counter() - self.start,
            ),
            isolation="process",
            started_at=self.started_at,
            position=self.position,
            environment=self.environment or self._environment(),
        )
        raise CellFailed(failure)

    def _environment(self) -> Environment:
        """Return what is known of the surroundings without touching the device from here."""
        known = environment.describe("cpu", self.cell.execution.threads or torch.get_num_threads())
        return (
            known
            if self.device.type == "cpu"
            else known.model_copy(update={"device": str(self.device)})
        )

    def _tell(self, line: str) -> None:
        self.channel.sendall(line.encode() + b"\n")


def _trouble(error: Exception | None) -> dict[str, str]:
    """Put what went wrong with whoever drives a run into words for its record."""
    if error is None:
        return {}
    return {
        "failure": failure_words(error),
        "traceback": "".join(traceback.format_exception(error)),
    }
