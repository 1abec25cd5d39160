"""Which cell runs next, which need not run, and what became of all of them."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from bench.cell_run import CellRun, run_cell
from bench.cells import Cell, expand
from bench.record import Record
from bench.store import RecordStore
from bench.study import Study


@dataclass
class Outcome:
    """What a study came to: records made now, and records that were there already."""

    made: list[Record] = field(default_factory=list)
    reused: list[Record] = field(default_factory=list)

    @property
    def failed(self) -> list[Record]:
        """Every record whose run did not end well, made now or before."""
        return [r for r in (*self.reused, *self.made) if r.status != "ok"]

    @property
    def exit_code(self) -> int:
        """0 if every cell has a good record, else 1."""
        return 1 if self.failed else 0


def run_study(
    study: Study,
    store: RecordStore,
    device: torch.device,
    data_dir: Path,
    *,
    declared: Study | None = None,
    rerun: bool = False,
) -> Outcome:
    """Run every cell of `study` that has no settled record in `store`, or all with `rerun`.

    Each record is on disk before the next cell begins. Raises `UserError` for what would fail
    every cell, such as missing data. `declared` is the whole study where `study` is what the
    command line left of it; the report goes by what was declared.
    """
    cells = expand(study, device.type)
    store.save_study(declared or study)
    settled = {} if rerun else store.settled(cells)
    outcome = Outcome(reused=list(settled.values()))
    with progress_over(cells, len(settled)) as finished:
        for position, cell in enumerate(cells):
            if cell.id in settled:
                continue
            run = CellRun(
                cell, study=study.name, device=device, data_dir=data_dir, position=position
            )
            record = run_cell(run)
            store.save(record)
            outcome.made.append(record)
            finished.cell(record)
    return outcome


class Finished:
    """Told of every finished cell; shows it where someone is watching."""

    def __init__(self, progress: Progress | None, total: int, done: int) -> None:
        """Start with `done` of `total` cells; no `progress` means nobody is watching."""
        self.progress = progress
        if progress is not None:
            self.task = progress.add_task("cells", total=total, completed=done, last="")

    def cell(self, record: Record) -> None:
        """Move on by one cell; a failure is worth a line even to a log file."""
        last = f"{record.cell.label}: {summary(record)}"
        if self.progress is not None:
            self.progress.update(self.task, advance=1, last=last)
        if record.status != "ok":
            console = Console(stderr=True) if self.progress is None else self.progress.console
            console.print(last, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_over(cells: Sequence[Cell], done: int) -> Iterator[Finished]:
    """Show a bar with the time left while inside, if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield Finished(None, len(cells), done)
        return
    whole = Column(min_width=8, no_wrap=True)  # a long last column must not squeeze the times
    columns = (
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(table_column=whole),
        TextColumn("left"),
        TimeRemainingColumn(table_column=whole),
        TextColumn(
            "{task.fields[last]}",
            markup=False,
            table_column=Column(no_wrap=True, overflow="ellipsis"),
        ),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield Finished(progress, len(cells), done)


def summary(record: Record) -> str:
    """Return a record's outcome in a few words."""
    if record.status != "ok":
        return f"{record.status} ({record.failure})"
    accuracy = sum(record.test_accuracies) / len(record.test_accuracies)
    seconds = record.phases.training / len(record.epochs)
    return f"{accuracy:.1%}, {seconds:.3f} s an epoch"


def closing_line(outcome: Outcome, total: int, store: RecordStore) -> str:
    """Say what was run, what was reused and what failed."""
    words = [f"{len(outcome.made)} of {total} cells run, records in {store.records_folder}"]
    if outcome.reused:
        words.append(f"{len(outcome.reused)} already recorded, not run again (--rerun forces it)")
    if outcome.failed:
        words.append(f"{len(outcome.failed)} failed")
    return "; ".join(words)
