"""The original algorithm's training step against the one-pass step of `noprop-shared`."""

from collections.abc import Iterator

import torch

from bench.speed.images_of_noise import mnist_of_noise
from bench.speed.original_step import original_cnn, original_mlps, original_step
from bench.speed.row import Row, at_least, ratio_row
from bench.speed.setting import Setting
from bench.speed.turns import Turns, in_turns
from noprop_core.methods.noprop_shared import NoPropShared
from noprop_core.seeding import Streams
from noprop_core.shared import SharedConfig

BATCH, TIMESTEPS = 64, 10
ORIGINAL_GOAL = at_least(4.5)


def rows(setting: Setting, *, timesteps: int = TIMESTEPS) -> Iterator[Row]:
    """Yield how many times longer the original takes, which passes the CNN T + 1 times."""
    turns = compare_steps(setting.device, setting.rounds, timesteps)
    what = f"step of the original / of noprop-shared, 1x28x28, T = {timesteps}, batch {BATCH}"
    yield ratio_row(turns, "original", what, ORIGINAL_GOAL)


def compare_steps(device: torch.device, rounds: int, timesteps: int) -> Turns:
    """Time both steps on the same images, from the same weights."""
    task = mnist_of_noise(device, BATCH)
    one_pass = NoPropShared(SharedConfig(), task, timesteps, Streams(0))
    plain = NoPropShared(SharedConfig(), task, timesteps, Streams(0))
    cnn, mlps = original_cnn(plain.network), original_mlps(plain.network)
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.Adam(part.parameters(), lr=1e-3, weight_decay=1e-5) for part in (cnn, *mlps)
    ]
    indices_B = torch.arange(BATCH, device=device)

    def fast() -> None:
        one_pass.train_step(*task.training_batch(indices_B))

    def slow() -> None:
        x_BCHW, y_B = task.training_batch(indices_B)
        original_step(cnn, mlps, optimizers, x_BCHW.contiguous(), *plain.noised_labels(y_B))

    return in_turns("original", slow, fast, device=device, rounds=rounds, repeats=3)
