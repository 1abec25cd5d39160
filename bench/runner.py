"""Which cell runs next, which need not run, and how all of them ended."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from time import sleep
from typing import Any

from bench.execute.executor import Executor, Needs, fitted
from bench.execute.launch import Launch
from bench.execute.seed_stacks import take_stack
from bench.measure.flops import KnownFlops
from bench.measure.job import Job
from bench.progress import Progress, progress_over
from bench.records.adopting import adopt
from bench.records.claims import Claims
from bench.records.disturbance import why_disturbed
from bench.records.record import SETTLED, Record
from bench.records.store import RecordStore
from bench.settling import Settling
from bench.study.cells import Cell, expand
from bench.study.fitting import check_own_data
from bench.study.shards import Shard
from bench.study.stacking import at_most
from bench.study.study import Study
from noprop_core.errors import InvalidSetting

Some = Future[Record] | Future[list[Record]]
"""Of one cell, or of a stack of seeds."""
Running = dict[Some, list[Cell]]

LOOK_AGAIN = 0.5
"""Seconds between looks at cells that other runners have."""


class _Voice:
    """Says lines; until somebody listens they wait."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.listener: Callable[[str], None] = self.waiting.append

    def __call__(self, line: str) -> None:
        self.listener(line)

    def heard_by(self, listener: Callable[[str], None]) -> None:
        self.listener = listener
        for line in self.waiting:
            listener(line)


@dataclass
class Outcome:
    """The records of a study's cells: made now, and made before or by other runners."""

    made: list[Record] = field(default_factory=list)
    reused: list[Record] = field(default_factory=list)
    lost: list[Record] = field(default_factory=list)
    """Those of both whose files are gone: somebody removed the folder meanwhile."""

    @property
    def failed(self) -> list[Record]:
        """Every record whose run did not end well, made now or before."""
        return [r for r in (*self.reused, *self.made) if r.status != "ok"]

    @property
    def exit_code(self) -> int:
        """0 if every cell has a good record, else 1."""
        return 1 if self.failed or self.lost else 0


def run_study(
    study: Study,
    store: RecordStore,
    launch: Launch,
    executor: Executor,
    *,
    declared: Study | None = None,
    rerun: bool = False,
    shard: Shard | None = None,
    known_to: RecordStore | None = None,
) -> Outcome:
    """Run every cell of `study` that has no settled record in `store`, or all with `rerun`.

    `executor` runs them, in its context. Each record is on disk before the cell's place is given
    to another. Several runners may share a store: each cell is run by one of them, and all return
    when every cell has its record. Raises `UserError` for what would fail every cell, such as
    missing data. `declared` is the whole study where `study` is what the command line left of it;
    the report goes by what was declared. With `shard` only a part of the cells is run. Good records
    of the same cells that `known_to` has are copied, unless they are to be run again.
    """
    voice = _Voice()
    needs = Needs(study.threads, str(launch.device), store.folder, voice)
    side_by_side = fitted(executor, needs)
    every = expand(study, launch.device.type, side_by_side=side_by_side)
    positions = {cell.id: n for n, cell in enumerate(every)}
    cells = every if shard is None else shard.of_cells(every)
    store.sweep()
    for line in [] if rerun or known_to is None else adopt(store, cells, known_to):
        voice(line)
    before = store.found(cells)
    settled = {} if rerun else {k: r for k, r in before.items() if r.status in SETTLED}
    outcome = Outcome(reused=list(settled.values()))
    left = [(positions[cell.id], cell) for cell in cells if cell.id not in settled]
    stacked = any(cell.execution.stacked for _, cell in left)
    if stacked and launch.saves:
        raise InvalidSetting(
            f"--save-{min(launch.saves)}: goes without --stack-seeds, whose seeds keep no files"
        )
    if stacked and not hasattr(executor, "submit_stack"):
        raise InvalidSetting(
            "--stack-seeds: this executor runs single cells; seeds are stacked by fork-server, "
            "in-process and side by side (--jobs)"
        )
    check_own_data((cell for _, cell in left), launch.data_dir)
    store.save_study(declared or study)
    if not left:
        return outcome
    with progress_over(cells, settled) as progress, Claims(store.folder) as claims:
        voice.heard_by(progress.says)
        if claims.note:
            progress.says(claims.note)
        for line in skipping_lines(before, settled, rerun=rerun):
            progress.says(line)
        settling = Settling(store, claims, launch, KnownFlops(before.values()), before)
        _run_cells(left, settling, executor, outcome, progress, at_most(study.stack_seeds))
    outcome.lost = [r for r in (*outcome.reused, *outcome.made) if not store.holds(r.cell)]
    if not store.has_study:
        store.save_study(declared or study)
    return outcome


def _run_cells(
    left: Iterable[tuple[int, Cell]],
    settling: Settling,
    executor: Executor,
    outcome: Outcome,
    progress: Progress,
    most: int,
) -> None:
    """Submit while the executor has room, and save what completes, until every cell is settled.

    At `most` so many seeds of a setting are submitted as one, where their cells say so.
    """
    waiting = deque(left)
    running: Running = {}
    try:
        _drive(waiting, running, settling, executor, outcome, progress, most)
    except BaseException:
        # Others may have finished meanwhile, beside the one that failed or before the interrupt.
        for future in [f for f in running if f.done() and not f.cancelled()]:
            if future.exception() is None:
                for cell, record in zip(running.pop(future), _records_of(future), strict=True):
                    settling.finish(cell, record)
        raise


def _drive(
    waiting: deque[tuple[int, Cell]],
    running: Running,
    settling: Settling,
    executor: Executor,
    outcome: Outcome,
    progress: Progress,
    most: int,
) -> None:
    while waiting or running:
        for _ in range(len(waiting)):
            if len(running) >= executor.slots:
                break
            if not waiting:
                break
            jobs: list[Job] = []
            for position, cell in take_stack(waiting, most):
                begun = settling.begin(cell, position)
                if begun is None:
                    waiting.append((position, cell))
                elif isinstance(begun, Record):
                    outcome.reused.append(begun)
                    progress.finished(begun, elsewhere=True)
                else:
                    progress.begins(cell)
                    jobs.append(begun)
            if jobs:
                running[_submitted(executor, jobs)] = [job.cell for job in jobs]
        if running:
            futures: list[Future[Any]] = [*running]
            ended: Iterable[Some] = wait(futures, return_when=FIRST_COMPLETED).done
            for future in ended:
                records = _records_of(future)
                for cell, record in zip(running.pop(future), records, strict=True):
                    kept = settling.finish(cell, record)
                    outcome.made.append(kept)
                    progress.finished(kept)
        elif waiting:
            progress.waits(len(waiting))
            sleep(LOOK_AGAIN)


def _submitted(executor: Executor, jobs: Sequence[Job]) -> Some:
    if jobs[0].cell.execution.stacked:
        submit_stack: Callable[[Sequence[Job]], Some] = executor.submit_stack  # type: ignore[attr-defined]
        return submit_stack(jobs)
    return executor.submit(jobs[0])


def _records_of(future: Some) -> list[Record]:
    found = future.result()
    return [found] if isinstance(found, Record) else found


def skipping_lines(
    before: Mapping[str, Record], settled: Mapping[str, Record], *, rerun: bool
) -> list[str]:
    """Say what is not run and why, and what is run again and why; nothing if all is new."""
    lines = []
    skipped = Counter(record.status for record in settled.values())
    if skipped:
        words = ", ".join(f"{count} {status}" for status, count in sorted(skipped.items()))
        lines.append(
            f"{len(settled)} cells are not run: they have a record that another run would only "
            f"repeat ({words}); --rerun forces it"
        )
    again = Counter(r.status for key, r in before.items() if key not in settled)
    if again:
        words = ", ".join(f"{count} {status}" for status, count in sorted(again.items()))
        why = "--rerun says so" if rerun else "their outcome may have had an outside cause"
        lines.append(f"{again.total()} cells are run again ({words}): {why}")
    return lines


def closing_line(outcome: Outcome, store: RecordStore) -> str:
    """Say what was run, what was reused and what failed."""
    total = len(outcome.made) + len(outcome.reused)
    words = [f"{len(outcome.made)} of {total} cells run, records in {store.records_folder}"]
    if outcome.reused:
        words.append(f"{len(outcome.reused)} already recorded, not run again (--rerun forces it)")
    if outcome.failed:
        words.append(f"{len(outcome.failed)} failed")
    if outcome.lost:
        words.append(
            f"{len(outcome.lost)} are gone: their files were removed while the study ran; run it "
            "again"
        )
    return "; ".join(words)


def disturbed_lines(outcome: Outcome) -> list[str]:
    """Warn of times measured now while the machine had other things to do; else say nothing."""
    why = {
        record.cell.label: why_disturbed(record.load, record.watched_cores)
        for record in outcome.made
        if record.load is not None
    }
    disturbed = [label for label, reason in why.items() if reason]
    if not disturbed:
        return []
    return [
        f"warning: {len(disturbed)} of {len(outcome.made)} runs were disturbed, and their times "
        f"are doubtful (the first, {disturbed[0]}: {why[disturbed[0]]})"
    ]
