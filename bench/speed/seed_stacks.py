"""The seeds of one setting as one computation, against one seed after the other."""

from collections.abc import Iterator

import torch

from bench.speed.images_of_noise import digits_of_noise
from bench.speed.lean_steps import BATCH, TIMESTEPS, WIDTH, made
from bench.speed.row import Row, at_least, ratio_row
from bench.speed.setting import Setting
from bench.speed.turns import Turns, in_turns
from noprop_core.seed_stack.stack import SeedStack

GOALS = {"noprop-shared": 1.8, "noprop-dt": 1.4, "classifier": 1.3}
"""How many times faster the stacked steps are to be at `WIDTH`, by method."""
NARROW = 0.25
"""The width of the studies of accuracy alone, whose seeds are stacked."""
SEEDS = 16
"""As many as a study stacks that does not say how many."""


def rows(setting: Setting) -> Iterator[Row]:
    """Yield a row for each method that has a goal, and one at half the width without."""
    for width, goals in ((WIDTH, GOALS), (NARROW, {})):
        for method in GOALS:
            turns = stacked_seeds(method, setting.device, setting.rounds, width=width)
            what = (
                f"steps of {SEEDS} seeds of {method}, one by one / stacked, 1x8x8, batch {BATCH}, "
                f"width {width:g}"
            )
            name = f"stacked-seeds/{method}" + ("" if goals else f" at width {width:g}")
            yield ratio_row(turns, name, what, at_least(goals[method]) if goals else None)


def stacked_seeds(
    method: str, device: torch.device, rounds: int, seeds: int = SEEDS, width: float = WIDTH
) -> Turns:
    """Return how many times faster the seeds' steps are when they are stacked."""
    task = digits_of_noise(device)
    alone, together = ([made(method, task, seed, width) for seed in range(seeds)] for _ in range(2))
    stack = SeedStack(made(method, task, width=width), together, task)
    source = torch.Generator().manual_seed(0)
    orders = [torch.randperm(len(task.train), generator=source)[:BATCH] for _ in range(seeds)]
    indices_SB = torch.stack(orders).to(device)

    def one_by_one() -> None:
        for one, indices_B in zip(alone, indices_SB, strict=True):
            for stage in one.stages:
                stage(*task.training_batch(indices_B))

    def at_once() -> None:
        for stage in range(len(stack.stages)):
            stack.step(stage, indices_SB)

    name = f"{seeds} seeds of {method}, T = {TIMESTEPS}"
    return in_turns(name, one_by_one, at_once, device=device, rounds=rounds, repeats=1)
