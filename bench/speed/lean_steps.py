"""Every method's training step at the size of digits, against the same step written plainly."""

from collections.abc import Iterator
from statistics import median

import torch

from bench.speed.images_of_noise import digits_of_noise
from bench.speed.plain import plain
from bench.speed.row import Row, at_least, figure_row, ratio_row
from bench.speed.setting import Setting
from bench.speed.turns import Turns, in_turns
from noprop_core import registry
from noprop_core.datasets.task import Task
from noprop_core.method import Method
from noprop_core.optimisation import guarded_step
from noprop_core.seeding import Streams

LEAN_STEP_GOAL = at_least(1.05)
"""The median over methods is to be at least so many times faster than the plain step."""
LEAN_OPTIMISER_GOAL = at_least(2.5)
"""The optimiser's call for the network of `backprop`, of many small layers."""

BATCH, TIMESTEPS, WIDTH = 64, 3, 0.5


def rows(setting: Setting) -> Iterator[Row]:
    """Yield a row for each method, and the median over methods of every round."""
    every = []
    for turns in lean_steps(setting.device, setting.rounds):
        every.append(turns.wall)
        name = turns.name.removeprefix("step of ")
        what = f"{turns.name}, with torch's own parts / ours, 1x8x8, batch {BATCH}"
        yield ratio_row(turns, f"steps/{name}", what)
    medians = [median(of_one_round) for of_one_round in zip(*every, strict=True)]
    yield figure_row("steps", "the median over methods", medians, LEAN_STEP_GOAL)


def optimiser_rows(setting: Setting) -> Iterator[Row]:
    """Yield the row of the optimiser's call."""
    turns = lean_optimiser(setting.device, setting.rounds)
    what = f"{turns.name}, torch's fused step / ours, T = {TIMESTEPS}"
    yield ratio_row(turns, "optimiser", what, LEAN_OPTIMISER_GOAL)


def lean_steps(device: torch.device, rounds: int, only: str = "") -> Iterator[Turns]:
    """Yield how many times faster each method's step is than the plain one."""
    task = digits_of_noise(device)
    for name, kind in registry.built_in().items():
        if only in name:
            before, after = (_of_kind(made, task) for made in (plain(kind), kind))
            yield in_turns(
                f"step of {name}",
                lambda method=before: _step(method, task),  # type: ignore[misc]
                lambda method=after: _step(method, task),  # type: ignore[misc]
                device=device,
                rounds=rounds,
                repeats=3,
            )


def lean_optimiser(device: torch.device, rounds: int, name: str = "backprop") -> Turns:
    """Return how many times faster the optimiser's call is than torch's, for one network."""
    task, kind = digits_of_noise(device), registry.find(name)
    before, after = (_of_kind(made, task) for made in (plain(kind), kind))
    for method in (before, after):
        _step(method, task)
    return in_turns(
        f"optimiser of {name}",
        lambda: _optimise(before),
        lambda: _optimise(after),
        device=device,
        rounds=rounds,
        repeats=30,
    )


def made(name: str, task: Task, seed: int = 0, width: float = WIDTH) -> Method:
    """Return the method called `name` at half its width or at another, ready to train."""
    return _of_kind(registry.find(name), task, seed, width)


def _of_kind(kind: type[Method], task: Task, seed: int = 0, width: float = WIDTH) -> Method:
    options: dict[str, object] = {"width": width}
    if "steps" in kind.Config.model_fields:
        options["steps"] = 10
    method = kind(kind.Config.model_validate(options), task, TIMESTEPS, Streams(seed))
    method.network.train()
    return method


def _step(method: Method, task: Task) -> None:
    indices_B = torch.arange(BATCH, device=task.device)
    for stage in method.stages:
        stage(*task.training_batch(indices_B))


def _optimise(method: Method) -> None:
    """Apply the gradients of the last step once more."""
    for optimizer in method.optimizers:
        guarded_step(optimizer, method.guard)
