"""A model on paper of one epoch over N devices, fitted to measurements, with its error.

    alone      t = a + b T                                     one device, T blocks
    blocks     t = a + b m + h (T - m),  m = ceil(T / N)        NoProp: m blocks of one's own, and
                                                               the head's steps of the other blocks
    data       t = a + b T / N + s (d + o T) + 2 (N - 1)/N G / w      DistributedDataParallel
    pipeline   t = a + b T / N (M + N - 1)/M + s (N + M - 1)(p + l) + s 2 z / w          GPipe

a seconds of an epoch that no block costs, b seconds of one block, h of a head's step alone; s steps
an epoch; d + o T what a step of DistributedDataParallel costs besides; p what a micro-batch of a
pipeline costs besides; M micro-batches; G bytes of all blocks' gradients, s times; z bytes of one
batch of states; w bytes a second and l seconds of latency of the link. a, b, h, d, o and p are
fitted; on one machine w and l are taken as free, so what sending costs there is in d, o and p.

Assumptions: devices alike, arithmetic that divides evenly, a batch on each device as fast per image
as a whole one, no overlap of DistributedDataParallel's sending with its backward pass, and no
shared memory bandwidth. Sources: Huang et al. 2019 (GPipe: the bubble (N - 1)/(M + N - 1));
Thakur et al. 2005 (ring all-reduce: 2 (N - 1)/N of the bytes).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

BYTES_PER_NUMBER = 4
ADAM_COPIES = 3
"""Weights and Adam's two moments, which a rank holds of each of its blocks."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is trained: images and steps of an epoch, a block's parameters, numbers in one z."""

    images: int
    steps: int
    batch: int
    block_parameters: int
    state_numbers: int
    micro_batches: int


@dataclass(frozen=True, slots=True)
class Link:
    """What connects the devices: bytes per second each way, seconds until the first arrives."""

    bytes_per_second: float = math.inf
    latency: float = 0.0


FREE = Link()
"""Of one machine: its cost is part of what is fitted."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Mean seconds of an epoch of one way of training, at T blocks over N devices."""

    way: str
    timesteps: int
    devices: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients by the model's letters, and the largest relative error at a measured point."""

    chain: Mapping[str, float]
    independent: Mapping[str, float]
    worst: Mapping[str, float]


Terms = Callable[[int, int], Sequence[float]]
"""(T, N) -> the factors of a way's coefficients."""


def terms(way: str, task: Task) -> Terms:
    """Return the factors of (a, b, and what the way costs besides), without the link."""
    s, m = task.steps, task.micro_batches
    return {
        "none": lambda t, n: (1, t),
        "blocks": lambda t, n: (1, math.ceil(t / n), t - math.ceil(t / n)),
        "data": lambda t, n: (1, t / n, s, s * t),
        "pipeline": lambda t, n: (1, t / n * (m + n - 1) / m, s * (n + m - 1)),
    }[way]


NAMES = {"none": "ab", "blocks": "abh", "data": "abdo", "pipeline": "abp"}
"""By way: the letters of its coefficients, in the order of `terms`."""


def fit(chain: Sequence[Measured], independent: Sequence[Measured], task: Task) -> Fit:
    """Fit the chain's coefficients to back-propagation's times, and independent blocks' to theirs.

    Non-negative least squares of the relative errors: a short epoch counts as much as a long one.
    """
    found: list[dict[str, float]] = []
    worst: dict[str, float] = {}
    for measured in (chain, independent):
        coefficients = _fitted(measured, task)
        found.append(coefficients)
        for one in measured:
            predicted = _seconds(one.way, one.timesteps, one.devices, coefficients, task, FREE)
            error = abs(predicted / one.seconds - 1)
            worst[one.way] = max(error, worst.get(one.way, 0.0))
    return Fit(found[0], found[1], worst)


def _fitted(measured: Sequence[Measured], task: Task) -> dict[str, float]:
    from scipy.optimize import nnls

    letters = list(dict.fromkeys(letter for one in measured for letter in NAMES[one.way]))
    rows = []
    for one in measured:
        factors = terms(one.way, task)(one.timesteps, one.devices)
        by_letter = dict(zip(NAMES[one.way], factors, strict=True))
        rows.append([by_letter.get(letter, 0.0) / one.seconds for letter in letters])
    solution, _ = nnls(np.array(rows), np.ones(len(rows)))
    return dict(zip(letters, (float(value) for value in solution), strict=True))


def _seconds(
    way: str, t: int, n: int, coefficients: Mapping[str, float], task: Task, link: Link
) -> float:
    factors = terms(way, task)(t, n)
    alone = sum(coefficients[x] * f for x, f in zip(NAMES[way], factors, strict=True))
    sent = bytes_per_device(way, t, n, task)
    waits = {"data": task.steps * 2 * (n - 1), "pipeline": task.steps * (n + task.micro_batches)}
    return alone + sent / link.bytes_per_second + link.latency * waits.get(way, 0)


def seconds(way: str, t: int, n: int, fitted: Fit, task: Task, link: Link) -> float | None:
    """Return the seconds of an epoch; None where `n` devices cannot share it in this way."""
    if n > t and way == "pipeline":
        return None
    if way == "data" and task.batch < 2 * n:  # batch norm needs two images on each device
        return None
    coefficients = fitted.independent if way == "blocks" else fitted.chain
    return _seconds(way, t, n, coefficients, task, link)


def bytes_per_device(way: str, t: int, n: int, task: Task) -> float:
    """Return the bytes that one device sends in an epoch's training; in a pipeline, at most."""
    match way:
        case "data":
            gradients = BYTES_PER_NUMBER * task.block_parameters * t
            return task.steps * 2 * (n - 1) / n * gradients
        case "pipeline":
            return task.images * 2 * BYTES_PER_NUMBER * task.state_numbers if n > 1 else 0.0
        case _:
            return 0.0


def bytes_of_memory(way: str, t: int, n: int, task: Task) -> float:
    """Return the bytes of weights and optimiser state on one device, activations not counted."""
    blocks = t if way in ("none", "data") else math.ceil(t / n)
    return BYTES_PER_NUMBER * ADAM_COPIES * task.block_parameters * blocks
