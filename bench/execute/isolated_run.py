"""A run in a process of its own.

`IsolatedRun` is driven as `CellRun` is; the work happens in a child of the fork server. A child
that dies, or that is killed because its time is up, leaves a record made here of what it had told
so far.
"""

import json
import signal
import time
from types import TracebackType
from typing import Any, Literal, NoReturn, Self

from bench.execute.lost import Asked, lost_record
from bench.execute.oom import killed_for_memory
from bench.execute.orders import ADVANCE, ENTER, EPOCH, LEAVE
from bench.execute.server import Server, patient_pair
from bench.measure.failures import failure_words, traceback_of
from bench.measure.job import Job
from bench.records.record import Environment, Epoch, Record, Status
from noprop_core.errors import UserError


class CellFailed(Exception):
    """A run ended in its own process; the message says how, and its record is kept."""


class IsolatedRun:
    """One cell's run in a process of its own, driven like a `CellRun`."""

    def __init__(self, server: Server, job: Job) -> None:
        """Nothing happens before the context is entered; then the job's time limit begins."""
        self.server, self.job, self.cell = server, job, job.cell
        self.epochs: list[Epoch] = []
        self.kept: Record | None = None
        self.environment: Environment | None = None

    def __enter__(self) -> Self:
        """Have a process, and prepare everything in it."""
        self.asked = Asked()
        self.channel, theirs = patient_pair()
        self.heard, self.ordered = b"", ""
        try:
            with theirs:
                self.memory_kills = killed_for_memory()
                self.server.wait()
                self.asked = Asked()  # whoever waits for the server's imports has not begun
                self.process = self.server.begin(theirs)
            self._tell(f"{self.asked.at!r}\n{self.job.to_json()}")
            self._ask(ENTER, then=ADVANCE)
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
            if hasattr(self, "process"):
                self.server.leave(self.process)
            self.channel.close()
        return False

    def advance(self) -> bool:
        """Do what is not timed; return whether another epoch is to be trained."""
        answer = self._ask(ADVANCE)
        self.epochs += [Epoch.model_validate(epoch) for epoch in answer["epochs"]]
        return bool(answer["goes_on"])

    def epoch(self) -> None:
        """Train one epoch; the process it runs in holds the clock."""
        self._ask(EPOCH, then=ADVANCE)

    def is_hopeless(self, error: Exception) -> bool:
        """Return whether the run failed for what would fail every cell alike."""
        return isinstance(error, UserError) or self.kept is None

    def record(self) -> Record:
        """Return the run's record."""
        assert self.kept is not None, "the run is still going on"
        return self.kept

    def _ask(self, order: str, then: str = "") -> dict[str, Any]:
        """Have `order` done; raises `CellFailed` if the run ends by it.

        `then` is what will be asked next, whatever the answer: the process begins it by itself, and
        need not wait until this one has read the answer and written again.
        """
        if self.ordered not in ("", order):  # its answer comes before ours
            self._ask(self.ordered)
        answer = self._answer(order, then)
        if "record" in answer:
            # Its process is ending now, and may take as long as it takes.
            self.kept = Record.model_validate(answer["record"])
            if answer.get("hopeless"):
                raise UserError(answer["hopeless"])
            if answer.get("failure"):
                raise CellFailed(answer["failure"])
        if "environment" in answer:
            self.environment = Environment.model_validate(answer["environment"])
        return answer

    def _answer(self, order: str, then: str) -> dict[str, Any]:
        try:
            if self.job.time_limit is not None:
                left = self.asked.at + self.job.time_limit - time.perf_counter()
                self.channel.settimeout(max(left, 1e-3))
            if order != self.ordered:
                self._tell(f"{order}\n{then}" if then else order)
            self.ordered = then
            line = self._line()
        except TimeoutError:
            self.server.kill(self.process)
            self.server.end(self.process)
            self._end("timeout", f"not done after {self.job.time_limit:g} s; ended")
        except OSError:
            line = b""
        if not line:
            self._end(*how_it_died(self.server.end(self.process), self.memory_kills))
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _line(self) -> bytes:
        """Return the next line; empty if the process has ended before the end of one."""
        while b"\n" not in self.heard:
            if not self.server.answered(self.process, self.channel):
                return b""
            part = self.channel.recv(2**16)
            if not part:
                return b""
            self.heard += part
        line, _, self.heard = self.heard.partition(b"\n")
        return line

    def _end(self, status: Status, failure: str) -> NoReturn:
        self.kept = lost_record(
            self.job,
            self.asked,
            status,
            failure,
            epochs=self.epochs,
            surroundings=self.environment,
        )
        raise CellFailed(failure)

    def _tell(self, line: str) -> None:
        self.channel.sendall(line.encode() + b"\n")


def how_it_died(code: int | None, memory_kills: int | None) -> tuple[Status, str]:
    """Return what the exit code of a run's process says; `memory_kills` is their count before."""
    if code is None:
        return "error", "its process and the one that forked it ended; nobody knows why"
    if code >= 0:
        return "error", f"its process ended with exit code {code}"
    known = {each.value: each.name for each in signal.Signals}
    name = known.get(-code, f"signal {-code}")
    if -code == signal.SIGKILL:
        now = killed_for_memory()
        if now is None or memory_kills is None or now > memory_kills:
            return "out-of-memory", f"its process was killed ({name}) for lack of memory"
    return "error", f"its process was killed by {name}"


def _trouble(error: Exception | None) -> dict[str, str]:
    """Put what went wrong with whoever drives a run into words for its record."""
    if error is None:
        return {}
    return {
        "failure": failure_words(error),
        "traceback": traceback_of(error),
    }
