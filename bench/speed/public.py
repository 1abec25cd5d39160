"""Our steps against those of two public implementations, on networks of the same layers."""

from collections.abc import Callable, Iterator
from typing import Any

import torch

from bench.speed.images_of_noise import mnist_of_noise
from bench.speed.plain import plain
from bench.speed.public_steps import BlockByBlock, TwoPasses
from bench.speed.row import Row, ratio_row
from bench.speed.setting import Setting
from bench.speed.turns import in_turns
from noprop_core.datasets.task import Task
from noprop_core.methods.noprop_ct import NoPropCT, NoPropCTConfig
from noprop_core.methods.noprop_dt import NoPropDT, NoPropDTConfig
from noprop_core.seeding import Streams

BATCH, TIMESTEPS = 64, 10
EMBEDDING = {"kind": "learned"}
"""Both train W; ours does at this option, of the paper's 20 numbers."""

Steps = tuple[Callable[[], object], Callable[[], object]]


def rows(
    setting: Setting, *, batch: int = BATCH, timesteps: int = TIMESTEPS, width: float = 1.0
) -> Iterator[Row]:
    """Yield how many times longer the published steps take, for the same images and blocks."""
    task = mnist_of_noise(setting.device, batch)
    size = f"1x28x28, batch {batch}"
    pairs = {
        "noprop-dt": (
            block_by_block(task, timesteps, width),
            "NoPropagation",
            f", T = {timesteps}",
        ),
        "noprop-ct": (two_passes(task, width), "yhgon/NoProp", ""),
    }
    for name, ((theirs, ours), source, more) in pairs.items():
        rounds = setting.at_most(7)
        turns = in_turns(name, theirs, ours, device=setting.device, rounds=rounds, repeats=1)
        yield ratio_row(turns, f"public/{name}", f"step of {source} / of {name}, {size}{more}")


def block_by_block(task: Task, timesteps: int, width: float) -> Steps:
    """Return the published step in discrete time, and ours: every block on one batch."""
    config = NoPropDTConfig.model_validate({"width": width, "embedding": EMBEDDING})
    ours, other = (
        kind(config, task, timesteps, Streams(0)) for kind in (NoPropDT, plain(NoPropDT))
    )
    other.network.to(memory_format=torch.contiguous_format).train()
    theirs, batch = BlockByBlock(other.network), _batches(task)

    def published() -> None:
        for t in range(1, timesteps + 1):
            x_BCHW, y_B = batch()
            theirs.step(t, x_BCHW.contiguous(), y_B)

    def step() -> None:
        for stage in ours.stages:
            stage(*batch())

    ours.network.train()
    return published, step


def two_passes(task: Task, width: float) -> Steps:
    """Return the published step in continuous time, and ours."""
    config = NoPropCTConfig.model_validate({"width": width, "embedding": EMBEDDING})
    ours, other = (kind(config, task, None, Streams(0)) for kind in (NoPropCT, plain(NoPropCT)))
    other.network.to(memory_format=torch.contiguous_format).train()
    theirs, batch = TwoPasses(other.network, config.schedule.hidden), _batches(task)

    def published() -> None:
        x_BCHW, y_B = batch()
        theirs.step(x_BCHW.contiguous(), y_B)

    ours.network.train()
    return published, lambda: ours.train_step(*batch())


def _batches(task: Task) -> Callable[[], Any]:
    indices_B = torch.arange(len(task.train), device=task.device)
    return lambda: task.training_batch(indices_B)
