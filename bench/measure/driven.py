"""A run as whoever drives it sees it, epoch by epoch, and the loop that drives it to its end."""

from collections.abc import Callable
from types import TracebackType
from typing import Literal, Protocol, Self

from bench.records.record import Epoch, Record
from bench.study.cells import Cell


class DrivenRun(Protocol):
    """A context around one run, in this process or in another.

    Inside it: `while run.advance(): run.epoch()`. A failure of the run itself is kept for its
    record and goes on to the caller, who may swallow it.
    """

    cell: Cell
    epochs: list[Epoch]

    def __enter__(self) -> Self:
        """Prepare everything up to the first epoch."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Literal[False]:
        """Keep a failure for the record, and let go of everything."""

    def advance(self) -> bool:
        """Do what is not timed; return whether another epoch is to be trained."""

    def epoch(self) -> None:
        """Train one epoch."""

    def is_hopeless(self, error: Exception) -> bool:
        """Return whether `error` would fail every cell alike."""

    def record(self) -> Record:
        """Return the run's record."""


def run_cell(run: DrivenRun, on_epoch: Callable[[Epoch], None] = lambda epoch: None) -> Record:
    """Drive a run from start to end and return its record, whatever the outcome.

    `on_epoch` is told of every finished epoch, outside the timed part.
    Raises only a `UserError` about the data, which would fail every cell: no outcome of a run.
    """
    try:
        with run:
            goes_on = run.advance()
            while goes_on:
                run.epoch()
                goes_on = run.advance()
                on_epoch(run.epochs[-1])
    except Exception as error:  # the context has kept it, traceback included, for the record
        if run.is_hopeless(error):
            raise
    return run.record()
