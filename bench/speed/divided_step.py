"""The paper's step of `noprop-dt` and of `backprop`, each over two processes of one machine."""

from collections.abc import Iterator
from dataclasses import replace

import torch

from bench.execute.own_cores import cores_available
from bench.speed.images_of_noise import mnist_of_noise
from bench.speed.paper_step import BATCH, PAPER_STEP_GOAL, TIMESTEPS, step_of
from bench.speed.row import Goal, Row, ratio_row
from bench.speed.setting import Setting
from bench.speed.turns import in_turns
from bench.speed.two_processes import COUNT, Shared, two_processes
from noprop_core.division import Way

SIDES: tuple[tuple[str, Way, dict[str, object], Goal | None], ...] = (
    ("noprop-dt", "blocks", {"order": "together"}, PAPER_STEP_GOAL),
    ("backprop", "data", {}, None),
)
"""Blocks of one method are shared out, which need nothing of each other, and of the other the
images of a batch."""


def rows(
    setting: Setting, *, batch: int = BATCH, timesteps: int = TIMESTEPS, width: float = 1.0
) -> Iterator[Row]:
    """Yield the wall time of each divided step over that of `backprop` with all threads in one.

    Nothing where two processes have no cores of their own.
    """
    cores = min(len(cores_available()), torch.get_num_threads())
    if setting.device.type != "cpu" or cores < COUNT:
        setting.say("divided-step: not measured, for two processes find no cores of their own here")
        return
    alone = step_of("backprop", mnist_of_noise(setting.device, batch), timesteps, width)
    rounds = setting.at_most(9)
    for name, way, options, goal in SIDES:
        shared = Shared(name, way, {"width": width, **options}, batch, timesteps)
        with two_processes(shared) as step:
            turns = in_turns("", step, alone, device=setting.device, rounds=rounds, repeats=1)
        size = f"1x28x28, T = {timesteps}, batch {batch}"
        what = f"step of {name}, {way} over {COUNT} processes / of backprop in one, {size}"
        # This process's CPU time says nothing of theirs.
        yield ratio_row(replace(turns, cpu=()), f"divided-step/{name}", what, goal)
