"""All blocks of `noprop-dt` as one computation, against one block after the other."""

from collections.abc import Iterator

import torch

from bench.speed.images_of_noise import digits_of_noise
from bench.speed.lean_steps import BATCH
from bench.speed.row import Row, ratio_row
from bench.speed.setting import Setting
from bench.speed.turns import Turns, in_turns
from noprop_core.methods.noprop_dt import NoPropDT, NoPropDTConfig
from noprop_core.seeding import Streams


def rows(setting: Setting) -> Iterator[Row]:
    """Yield the row of one step."""
    turns = stacked_steps(setting.device, setting.rounds)
    what = f"step of {turns.name}, one by one / at once, 1x8x8, batch {BATCH}"
    yield ratio_row(turns, "stacked-blocks", what)


def stacked_steps(device: torch.device, rounds: int, timesteps: int = 10) -> Turns:
    """Return how many times faster the stacked step is at the size of digits."""
    task = digits_of_noise(device)

    def made(execution: str) -> NoPropDT:
        options = {"width": 0.5, "order": "together", "block_execution": execution}
        config = NoPropDTConfig.model_validate(options)
        method = NoPropDT(config, task, timesteps, Streams(0))
        method.network.train()
        return method

    def step(method: NoPropDT) -> None:
        method.train_together(*task.training_batch(torch.arange(BATCH, device=device)))

    before, after = made("sequential"), made("stacked")
    return in_turns(
        f"stacked blocks of noprop-dt, T = {timesteps}",
        lambda: step(before),
        lambda: step(after),
        device=device,
        rounds=rounds,
        repeats=2,
    )
