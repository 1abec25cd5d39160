"""Cells of one setting that are run as one: which they are, and what is done for want of memory.

The executors that can run such a stack have `submit_stack`; of others it is not asked.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.measure.job import Job
    from bench.records.record import Record
    from bench.study.cells import Cell

Waiting = tuple[int, "Cell"]
"""A cell and its position in the study's order."""


def take_stack(waiting: "deque[Waiting]", most: int) -> "list[Waiting]":
    """Take the first cell out of `waiting`; with it, if it is stacked, others of its setting."""
    taken = [waiting.popleft()]
    first = taken[0][1]
    if first.execution.stacked:
        alike = [one for one in waiting if _alike(one[1], first)][: most - 1]
        for one in alike:
            waiting.remove(one)
        taken += alike
    return taken


def in_smaller_stacks(
    jobs: "Sequence[Job]", run: "Callable[[Sequence[Job]], list[Record]]"
) -> "list[Record]":
    """Run `jobs` as one stack; where memory does not do, as two of half the size, and so on."""
    records = run(jobs)
    if len(jobs) == 1 or all(record.status != "out-of-memory" for record in records):
        return records
    half = len(jobs) // 2
    return [r for part in (jobs[:half], jobs[half:]) for r in in_smaller_stacks(part, run)]


def _alike(one: "Cell", other: "Cell") -> bool:
    return one.model_copy(update={"seed": other.seed}) == other
