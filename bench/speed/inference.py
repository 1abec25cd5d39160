"""Inference of the continuous-time methods in 1000 steps, against the same written plainly.

Plainly: in every step the network is asked as in training, its weights as they lie, the time's
share anew; and Euler's steps are torchdiffeq's.
"""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from bench.speed.images_of_noise import digits_of_noise
from bench.speed.row import Row, at_least, ratio_row
from bench.speed.setting import Setting
from bench.speed.turns import Turns, in_turns
from noprop_core import registry
from noprop_core.continuous import ContinuousMethod
from noprop_core.flow import Solver, integrate
from noprop_core.seeding import Streams

INFERENCE_GOALS = {"noprop-ct": at_least(1.25), "noprop-fm": at_least(1.4)}
"""How many times faster inference is to be than the plain one."""


def rows(setting: Setting) -> Iterator[Row]:
    """Yield the rows of the methods of the paper."""
    for turns in inference(setting.device, setting.at_most(7), only="noprop"):
        name = turns.name.removeprefix("inference of ")
        what = f"{turns.name} in 1000 steps, with torch's own parts / ours, width 1"
        yield ratio_row(turns, f"inference/{name}", what, INFERENCE_GOALS.get(name))


def inference(
    device: torch.device, rounds: int, only: str = "", images: int = 144
) -> Iterator[Turns]:
    """Yield how many times faster each method's inference at width 1 is than the plain one."""
    for name, kind in registry.built_in().items():
        if issubclass(kind, ContinuousMethod) and only in name:
            before, after = (_scores(made, device, images) for made in (plainly(kind), kind))
            yield in_turns(
                f"inference of {name}", before, after, device=device, rounds=rounds, repeats=1
            )


def plainly(kind: type[ContinuousMethod]) -> type[ContinuousMethod]:
    """Return `kind` with inference as one would write it with torch's own parts."""

    class Plain(kind):  # type: ignore[valid-type,misc]
        """The same steps, plainly."""

        def at_times(self, projected_BJ: Tensor, t_S: Tensor) -> Callable[[int, Tensor], Tensor]:
            denoiser = self.network.denoiser
            return lambda step, z_BD: denoiser.logits(projected_BJ, z_BD, t_S[step])

        def follow(self, z_BD: Tensor, projected_BJ: Tensor, solver: Solver, steps: int) -> Tensor:
            return integrate(partial(self.velocity, projected_BJ), z_BD, solver, steps)

    return Plain


def _scores(
    kind: type[ContinuousMethod], device: torch.device, images: int
) -> Callable[[], Tensor]:
    task = digits_of_noise(device)
    method = kind(kind.Config.model_validate({"steps": 1000}), task, None, Streams(0))
    method.network.eval()
    x_BCHW, _ = task.training_batch(torch.arange(images, device=device))

    @torch.no_grad()
    def scores() -> Tensor:
        return method.logits(method.encode(x_BCHW), Streams(0).generator("inference", device))

    return scores
