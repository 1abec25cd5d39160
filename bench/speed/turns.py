"""Two ways to do one thing, timed in turns: how many times faster one is than the other.

Absolute times depend on the machine and on what else it does; two things timed in turns, round
after round, share both. CPU time is read beside wall time: on a busy machine it is what the work
itself took.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

import torch

from bench.measure import clock as meters

Work = Callable[[], object]


@dataclass(frozen=True)
class Interval:
    """A median, over rounds or over processes, and where it lies with 95 % confidence."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Turns:
    """How many times longer `before` took than `after`, round by round."""

    name: str
    wall: tuple[float, ...]
    cpu: tuple[float, ...]
    """Of CPU time; empty on a GPU, where the host's time says nothing of the work."""


def interval(ratios: Sequence[float]) -> Interval:
    """Return the median and its interval by order statistics, which assumes no distribution.

    The ends are the k-th smallest and k-th largest; k is the largest for which a true median lies
    outside with a probability of 5 % at most. Of five ratios or fewer the ends are the extremes,
    and the confidence is less.
    """
    count, ordered = len(ratios), sorted(ratios)
    outside, k = 2 * 0.5**count, 1
    while k < count // 2 and outside + 2 * comb(count, k) * 0.5**count <= 0.05:
        outside += 2 * comb(count, k) * 0.5**count
        k += 1
    return Interval(median(ordered), ordered[k - 1], ordered[-k])


def in_turns(
    name: str, before: Work, after: Work, *, device: torch.device, rounds: int, repeats: int
) -> Turns:
    """Do `repeats` of each, one after the other, `rounds` times, and the first by turns."""
    wall: list[float] = []
    cpu: list[float] = []
    for number in range(rounds + 2):
        order = (before, after) if number % 2 else (after, before)
        taken = {work: seconds_of(work, device, repeats) for work in order}
        if number >= 2:  # the first rounds warm up
            wall.append(taken[before][0] / taken[after][0])
            cpu.append(taken[before][1] / taken[after][1])
    return Turns(name, tuple(wall), tuple(cpu) if device.type == "cpu" else ())


def seconds_of(work: Work, device: torch.device, repeats: int) -> tuple[float, float]:
    """Return wall and CPU seconds of `repeats` calls, device idle at both ends."""
    meters.synchronise(device)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        work()
    meters.synchronise(device)
    return time.perf_counter() - wall, time.process_time() - cpu
