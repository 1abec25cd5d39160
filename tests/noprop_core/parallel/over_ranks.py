"""Trains small networks divided over the ranks of torchrun; rank 0 prints what came out, as JSON.

Run by test_over_ranks.py: `torchrun --nproc-per-node 2 over_ranks.py`, or in one process.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from noprop_core import registry
from noprop_core.datasets import loading
from noprop_core.division import UNDIVIDED, Undivided
from noprop_core.parallel import wire
from noprop_core.parallel.pipeline import PipelineParallel
from noprop_core.parallel.ranks import Ranks
from noprop_core.parallel.ways import division_of
from noprop_core.seeding import Streams
from noprop_core.training import EpochBegins, EpochEnds, EpochTrained, training

SMALL = {"width": 0.125}
CASES: dict[str, tuple[str, dict[str, Any], Callable[[Ranks], Undivided]]] = {
    "blocks": ("noprop-dt", {}, lambda ranks: division_of("blocks", ranks)),
    "together": (
        "noprop-dt",
        {"order": "together", "embedding": {"kind": "learned"}},
        lambda ranks: division_of("blocks", ranks),
    ),
    "data": ("backprop", {}, lambda ranks: division_of("data", ranks)),
    "pipeline": ("backprop", {}, lambda ranks: division_of("pipeline", ranks)),
    "pipeline in turns": ("backprop", {}, lambda ranks: PipelineParallel(ranks, 1)),
}


def outcome(name: str, options: dict[str, Any], division: Undivided) -> dict[str, Any]:
    """Train one epoch of T = 2; return a digest of the weights, losses, and bytes sent."""
    kind = registry.find(name)
    task = loading.load("digits", Path("data"), "cpu", 200)
    config = kind.Config.model_validate(SMALL | options)
    method = kind(config, task, 2, division.streams(Streams(0)))
    sent = before = 0
    end: EpochEnds | None = None
    for event in training(
        method,
        task,
        Streams(0),
        batch_size=40,
        goes_on=lambda history: len(history) < 1,
        repeats=1,
        division=division,
    ):
        match event:
            case EpochBegins():
                division.align()
                before = wire.bytes_sent() or 0
            case EpochTrained():
                sent = (wire.bytes_sent() or 0) - before
            case EpochEnds():
                end = event
    if isinstance(division, Undivided) and hasattr(division, "bring"):
        division.bring(method)
    state = method.network.state_dict()
    flat = torch.cat([value.double().reshape(-1) for value in state.values()])
    digest = hashlib.sha256(flat.numpy().tobytes()).hexdigest()
    assert end is not None
    return {"digest": digest, "sent": sent, "loss": end.train_loss, "weights": flat.norm().item()}


def in_one_process(case: str) -> dict[str, Any]:
    """Return what comes out undivided."""
    name, options, _ = CASES[case]
    return outcome(name, options, UNDIVIDED)


def main() -> None:
    """Run every case on every rank."""
    torch.set_num_threads(1)
    ranks = Ranks.join()
    found = {}
    for case, (name, options, divide) in CASES.items():
        mine = outcome(name, options, divide(ranks))
        found[case] = {"rank 0": mine, "sent": ranks.of_all(mine["sent"])}
    if ranks.rank == 0:
        print(json.dumps(found))
    ranks.leave()


if __name__ == "__main__":
    main()
