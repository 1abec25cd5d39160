"""One step of `noprop-dt` and of `backprop` as the paper trains them on MNIST."""

from collections.abc import Callable, Iterator

import torch

from bench.speed.images_of_noise import mnist_of_noise
from bench.speed.row import Row, at_most, ratio_row
from bench.speed.setting import Setting
from bench.speed.turns import in_turns
from noprop_core import registry
from noprop_core.datasets.task import Task
from noprop_core.seeding import Streams

BATCH, TIMESTEPS = 128, 10
PAPER_STEP_GOAL = at_most(1.0)
"""Training blocks by themselves is to cost no more than back-propagation through all of them."""


def rows(
    setting: Setting, *, batch: int = BATCH, timesteps: int = TIMESTEPS, width: float = 1.0
) -> Iterator[Row]:
    """Yield how many times longer `noprop-dt` takes than `backprop`: every block, one batch."""
    task = mnist_of_noise(setting.device, batch)
    ours, theirs = (step_of(name, task, timesteps, width) for name in ("noprop-dt", "backprop"))
    rounds = setting.at_most(9)
    turns = in_turns("", ours, theirs, device=setting.device, rounds=rounds, repeats=1)
    what = f"step of noprop-dt / of backprop, 1x28x28, T = {timesteps}, batch {batch}"
    yield ratio_row(turns, "paper-step", what, PAPER_STEP_GOAL)


def step_of(name: str, task: Task, timesteps: int | None, width: float) -> Callable[[], None]:
    """Return one pass of all stages of a method over the whole of `task` as one batch."""
    kind = registry.find(name)
    method = kind(kind.Config.model_validate({"width": width}), task, timesteps, Streams(0))
    method.network.train()
    indices_B = torch.arange(len(task.train), device=task.device)

    def step() -> None:
        for stage in method.stages:
            stage(*task.training_batch(indices_B))

    return step
