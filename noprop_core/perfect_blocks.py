"""`python -m noprop_core.perfect_blocks`: what NoProp-DT's chain does when its blocks are perfect.

Images are points of ten Gaussian clouds, so p(y|x) is known and block t can be the exact posterior
p(y | x, z_{t-1}). Sampler, controls and schedule are `noprop-dt`'s own; only its blocks are
replaced. What the chain then loses, no training can win back. See docs/chain.md.
Shapes: `N` images, `K` classes.
"""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from noprop_core.chain_controls import CHAINS
from noprop_core.datasets.loading import build_task
from noprop_core.datasets.raw import Labelled
from noprop_core.methods.noprop_dt import NoPropDT, NoPropDTConfig
from noprop_core.networks import DenoisingBlock
from noprop_core.seeding import Streams

CLASSES, DIMENSION, SPREAD = 10, 3, 3.27
"""Centres are drawn from N(0, 3.27² I) in three dimensions, points from N(0, I) around them: so the
best classifier is right a little more often than the paper's networks on CIFAR-10."""
IMAGES = 50_000
TIMESTEPS = (1, 2, 4, 10, 100)
BEGINS, ENDS = "<!-- begins: written by python -m noprop_core.perfect_blocks -->", "<!-- ends -->"


def clouds(images: int = IMAGES) -> tuple[Tensor, Tensor]:
    """Return log p(y|x) `(N, K)` of every point, and its true class `(N,)`; always the same."""
    centres_KX = SPREAD * torch.randn(
        CLASSES, DIMENSION, generator=torch.Generator().manual_seed(1)
    )
    noise = torch.Generator().manual_seed(2)
    y_N = torch.arange(images) % CLASSES
    x_NX = centres_KX[y_N] + torch.randn(images, DIMENSION, generator=noise)
    logits_NK = x_NX @ centres_KX.T - centres_KX.square().sum(dim=1) / 2
    return logits_NK.log_softmax(dim=1), y_N


class PerfectBlock(DenoisingBlock):
    """Block t as the exact posterior of the class, given x and z_{t-1}."""

    def __init__(self, level: float) -> None:
        """Take ᾱ_{t-1}."""
        torch.nn.Module.__init__(self)
        self.precision = math.sqrt(level) / (1 - level)

    def logits(self, features_BF: Tensor, z_BD: Tensor) -> Tensor:
        """Return log p(y | x, z) up to a constant; the features are log p(y|x)."""
        return features_BF + self.precision * z_BD


class PerfectChain(NoPropDT):
    """`noprop-dt` with one-hot embeddings and perfect blocks."""

    def __init__(self, timesteps: int) -> None:
        """Build the method on a task without content, and replace its blocks."""
        blank = Labelled(torch.zeros(2, 1, 8, 8, dtype=torch.uint8), torch.arange(2))
        task = build_task("clouds", CLASSES, train=blank, validation=blank, test=blank)
        super().__init__(NoPropDTConfig(width=0.03), task, timesteps, Streams(0))
        levels = self.schedule.alpha_bar[:-1].tolist()
        self.perfect = [PerfectBlock(level) for level in levels]

    def block(self, t: int) -> DenoisingBlock:
        """Return the exact posterior in place of block t."""
        return self.perfect[t - 1]


@torch.no_grad()
def accuracies(timesteps: int, images: int = IMAGES) -> dict[str, float]:
    """Return the accuracy (percent) of the chain, of its ODE, and of `noprop-dt`'s controls."""
    log_p_NK, y_N = clouds(images)
    chain = PerfectChain(timesteps)
    encoded = [log_p_NK] * timesteps

    def noise() -> torch.Generator:
        return torch.Generator().manual_seed(3)

    def along_the_flow(z_BD: Tensor, estimate_BD: Tensor, t: int) -> Tensor:
        a, b = chain.schedule.flow_step(t)
        return a * estimate_BD + b * z_BD

    said: dict[str, Tensor] = {
        "most probable class": log_p_NK.argmax(dim=1),
        "one draw from the posterior": log_p_NK.exp(),
        "sampler (Eq. 3)": chain.predict(encoded, noise()),
        "probability-flow ODE": chain.run_chain(encoded, noise(), along_the_flow).argmax(dim=1),
        **chain.controls(encoded, noise()),
        **chain.controls_once(encoded, noise()),
    }
    return {name: 100 * _share(value, y_N) for name, value in said.items()}


def _share(said: Tensor, y_N: Tensor) -> float:
    right_N = said == y_N if said.ndim == 1 else said.gather(1, y_N.unsqueeze(1))
    return float(right_N.double().mean())


ROWS = (
    "most probable class",
    "one draw from the posterior",
    "sampler (Eq. 3)",
    "probability-flow ODE",
    "mean of Eq. 3 only",
    f"majority of {CHAINS} chains",
    f"mean of blocks over {CHAINS} chains",
    "expected p_y of the first block",
    "first block alone",
    "last block alone",
    "ensemble of blocks",
    "z <- û",
)
"""The rows of the table, in the order in which docs/chain.md explains them."""


def table(results: Mapping[int, Mapping[str, float]]) -> str:
    """Return the results by T as a Markdown table."""
    return "\n".join(_lines(results))


def _lines(results: Mapping[int, Mapping[str, float]]) -> Iterator[str]:
    yield "| accuracy, % | " + " | ".join(f"T = {steps}" for steps in results) + " |"
    yield "| --- |" + " ---: |" * len(results)
    for row in ROWS:
        yield f"| {row} | " + " | ".join(f"{found[row]:.1f}" for found in results.values()) + " |"


def main(arguments: Sequence[str]) -> int:
    """Print the table, or write it into the file named, between its marks."""
    found = table({steps: accuracies(steps) for steps in TIMESTEPS})
    if not arguments:
        print(found)
        return 0
    path = Path(arguments[0])
    before, _, rest = path.read_text("utf-8").partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    path.write_text(f"{before}{BEGINS}\n\n{found}\n\n{ENDS}{after}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
