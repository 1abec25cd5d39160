"""The training step of `noprop-shared` against the original algorithm, timed in turns."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.measure import clock as meters
from bench.speed.original_step import original_cnn, original_mlps, original_step
from noprop_core.datasets.loading import build_task
from noprop_core.datasets.raw import Labelled
from noprop_core.datasets.task import Task
from noprop_core.methods.noprop_shared import NoPropShared
from noprop_core.seeding import Streams
from noprop_core.shared import SharedConfig

STEP_TARGET = 4.5
"""The one-pass step is to be at least this many times faster than the original algorithm."""


@dataclass(frozen=True)
class StepTimes:
    """Seconds of one training step, round by round, the two timed in turns."""

    one_pass: tuple[float, ...]
    original: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median over rounds of original time over one-pass time."""
        return median(o / f for f, o in zip(self.one_pass, self.original, strict=True))


def compare_steps(device: torch.device, rounds: int, timesteps: int = 10) -> StepTimes:
    """Time both steps on images the size of MNIST's (of noise: the arithmetic is the same)."""
    task = noise_task(device)
    one_pass = NoPropShared(SharedConfig(), task, timesteps, Streams(0))
    plain = NoPropShared(SharedConfig(), task, timesteps, Streams(0))
    cnn, mlps = original_cnn(plain.network), original_mlps(plain.network)
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.Adam(part.parameters(), lr=1e-3, weight_decay=1e-5) for part in (cnn, *mlps)
    ]
    indices_B = torch.arange(64, device=device)

    def fast() -> None:
        one_pass.train_step(*task.training_batch(indices_B))

    def slow() -> None:
        x_BCHW, y_B = task.training_batch(indices_B)
        original_step(cnn, mlps, optimizers, x_BCHW.contiguous(), *plain.noised_labels(y_B))

    times: dict[Callable[[], None], list[float]] = {fast: [], slow: []}
    watched = Console(stderr=True)
    for number in track(range(rounds + 2), "timing steps", console=watched, transient=True):
        for step, seconds in times.items():
            taken = timed(step, device)
            if number >= 2:  # the first rounds warm up
                seconds.append(taken)
    return StepTimes(tuple(times[fast]), tuple(times[slow]))


def timed(step: Callable[[], None], device: torch.device, repeats: int = 3) -> float:
    """Return seconds per call of `step`, over `repeats` calls, device idle at both ends."""
    meters.synchronise(device)
    start = time.perf_counter()
    for _ in range(repeats):
        step()
    meters.synchronise(device)
    return (time.perf_counter() - start) / repeats


def noise_task(device: torch.device) -> Task:
    """Return 64 images of noise, 1 x 28 x 28, in ten classes."""
    source = Streams(0).generator("speed")
    images = torch.randint(256, (64, 1, 28, 28), dtype=torch.uint8, generator=source)
    part = Labelled(images, torch.arange(64) % 10)
    return build_task("noise", 10, train=part, validation=part, test=part, device=device)


def step_table(step: StepTimes, device: torch.device) -> Table:
    """Show both step times and their ratio."""
    table = Table(title=f"one training step, {device}, {torch.get_num_threads()} threads")
    for heading in ("", "median", "target"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    table.add_row("original algorithm, CNN again for each MLP", f"{median(step.original):.4f} s")
    table.add_row("noprop-shared, CNN once", f"{median(step.one_pass):.4f} s")
    table.add_row("ratio", f"{step.ratio:.2f}x", f">= {STEP_TARGET}x")
    return table
