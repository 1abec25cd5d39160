"""What a study has come to while it runs: a live table on a terminal, plain lines elsewhere."""

import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from statistics import fmean

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bench.console import Console
from bench.records.record import Record
from bench.study.cells import Cell
from bench.study.labels import labels_of
from noprop_core.words import printable

LAST_SHOWN = 6
"""Results that the live table keeps in sight."""

RUNNING_SHOWN = 8
"""Of the cells that run at once, those that it names."""


class Forecast:
    """How long cells take, learned from those that have run."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        """Start from what `records` took."""
        self.seconds: dict[str, list[float]] = defaultdict(list)
        for record in records:
            self.learn(record)

    def learn(self, record: Record) -> None:
        """Remember how long a cell took; one that failed may have stopped early."""
        if record.status == "ok" and record.phases is not None:
            self.seconds[_kind(record.cell)].append(record.phases.wall)

    def seconds_for(self, cells: Sequence[Cell]) -> float | None:
        """Return how long `cells` will take; None if nothing has been measured.

        A cell takes as long as those that differ in the seed alone did, or else as all did.
        """
        known = {kind: fmean(values) for kind, values in self.seconds.items()}
        if not known:
            return None
        others = fmean(known.values())
        return sum(known.get(_kind(cell), others) for cell in cells)


class Progress:
    """Told what happens to the cells of a study; shows it."""

    def __init__(self, cells: Sequence[Cell], settled: Mapping[str, Record], console: Console):
        """Start with what is `settled`; `console` may be a terminal or a file."""
        self.left = {cell.id: cell for cell in cells if cell.id not in settled}
        self.labels = dict(zip((cell.id for cell in cells), labels_of(cells), strict=True))
        self.total, self.done = len(cells), len(settled)
        self.failed = sum(record.status != "ok" for record in settled.values())
        self.forecast = Forecast(list(settled.values()))
        self.console = console
        self.running: dict[str, tuple[Cell, float]] = {}
        """By cell id: what runs now, and since when."""
        self.at_once = 1
        """The most that have run at the same time so far."""
        self.note = ""
        self.began = time.perf_counter()
        self.last: deque[Text] = deque(maxlen=LAST_SHOWN)

    def begins(self, cell: Cell) -> None:
        """Show that `cell` is running."""
        self.running[cell.id] = cell, time.perf_counter()
        self.at_once = max(self.at_once, len(self.running))
        self.note = ""

    def finished(self, record: Record, *, elsewhere: bool = False) -> None:
        """Move on by one cell, which another runner may have run."""
        self.running.pop(record.cell_id, None)
        self.left.pop(record.cell_id, None)
        self.done += 1
        self.failed += record.status != "ok"
        self.forecast.learn(record)
        words = f"{self._label(record.cell)}: {printable(summary(record))}"
        line = f"[{self.done}/{self.total}] {words}{' (by another runner)' if elsewhere else ''}"
        self.last.append(Text(line, style="" if record.status == "ok" else "red"))
        if not self.console.is_terminal:
            self._print(f"{line}{self._left_words()}")
        elif record.status != "ok":
            self._print(line)  # stays above the table, however many follow

    def waits(self, count: int) -> None:
        """Say that all that is left is in the hands of other runners."""
        words = f"waiting for {count} cells that other runners have"
        if self.note != words:
            self.note = words
            if not self.console.is_terminal:
                self._print(words)

    def says(self, line: str) -> None:
        """Print a line that stays."""
        self._print(line)

    def __rich__(self) -> Group:
        """Return the live table."""
        head = Table.grid(padding=(0, 2))
        head.add_row(
            ProgressBar(total=max(self.total, 1), completed=self.done, width=20),
            f"{self.done}/{self.total} done",
            Text(f"{self.failed} failed", style="red" if self.failed else ""),
            f"{clock(time.perf_counter() - self.began)} so far",
            self._left_words().removeprefix("; "),
        )
        lines: list[Text | Table] = [*self.last, head]
        running = list(self.running.values())
        for cell, since in running[:RUNNING_SHOWN]:
            lines.append(Text(f"running {self._label(cell)}, {clock(time.perf_counter() - since)}"))
        if len(running) > RUNNING_SHOWN:
            lines.append(Text(f"and {len(running) - RUNNING_SHOWN} more running"))
        if self.note:
            lines.append(Text(self.note))
        return Group(*lines)

    def _label(self, cell: Cell) -> str:
        return self.labels.get(cell.id, cell.label)

    def _left_words(self) -> str:
        left = self.forecast.seconds_for(list(self.left.values()))
        if left is None or not self.left:
            return ""
        left -= min(left, sum(time.perf_counter() - since for _, since in self.running.values()))
        return f"; about {clock(left / self.at_once)} left"

    def _print(self, line: str) -> None:
        with suppress(OSError):  # a full disk under somebody's log is no end of a study
            self.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_over(cells: Sequence[Cell], settled: Mapping[str, Record]) -> Iterator[Progress]:
    """Show how a study goes while inside, on standard error."""
    console = Console(stderr=True)
    progress = Progress(cells, settled, console)
    if not console.is_terminal:
        yield progress
        return
    # Twice a second: what draws it uses the same processor that is being measured.
    with Live(progress, console=console, refresh_per_second=2, transient=False):
        yield progress


def summary(record: Record) -> str:
    """Return a record's outcome in a few words."""
    if record.status != "ok":
        return f"{record.status} ({record.failure})"
    accuracy = sum(record.test_accuracies) / len(record.test_accuracies)
    if record.phases is None:
        return f"{accuracy:.1%}, stacked with other seeds"
    seconds = record.phases.training / len(record.epochs)
    return f"{accuracy:.1%}, {seconds:.3f} s an epoch"


def clock(seconds: float) -> str:
    """Return a duration as people read it: 42 s, 3:07 min, 2:15 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"


def _kind(cell: Cell) -> str:
    return cell.model_copy(update={"seed": 0}).model_dump_json()
