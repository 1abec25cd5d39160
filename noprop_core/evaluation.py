"""Accuracy and loss of a method on one part of a data set.

What depends on no randomness is computed once per batch. Both functions leave the network in
evaluation mode; training sets it back.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from noprop_core.datasets.task import Split, Task
from noprop_core.method import Method


@torch.no_grad()
def validate(method: Method, task: Task, generator: torch.Generator) -> tuple[float, float | None]:
    """Return accuracy (0 to 1) and mean cross-entropy on the validation part, in one pass.

    The host reads both at once, at the end. The loss is None if it is not finite or the method has
    no logits.
    """
    method.network.eval()
    sums: list[Tensor] = []
    for x_BCHW, y_B in task.evaluation_batches(task.validation):
        encoded = method.encode(x_BCHW)
        if method.has_logits:
            logits_BK = method.logits(encoded, generator)
            classes_B = logits_BK.argmax(dim=1)
            loss = cross_entropy(logits_BK.to(torch.float32), y_B, reduction="sum")
        else:
            classes_B = method.predict(encoded, generator)
            loss = torch.full((), math.nan, device=task.device)
        hits = (classes_B == y_B).sum().to(torch.float32)  # at most a batch: exact
        sums.append(torch.stack((hits, loss)))
    per_batch = torch.stack(sums).to("cpu", torch.float64)
    hits, loss = (per_batch.sum(dim=0) / len(task.validation)).tolist()
    return hits, loss if math.isfinite(loss) else None


@torch.no_grad()
def accuracies(
    method: Method,
    task: Task,
    split: Split,
    noise: Sequence[torch.Generator],
    control_noise: Sequence[torch.Generator] = (),
) -> tuple[tuple[float, ...], dict[str, tuple[float, ...]]]:
    """Return the accuracies (0 to 1) on `split`, and those of the method's controls by name.

    One of each per generator, but of those in `controls_once` one.
    """
    method.network.eval()
    hits: dict[str, list[Tensor]] = {}
    for x_BCHW, y_B in task.evaluation_batches(split):
        encoded = method.encode(x_BCHW)
        rows = [{"": method.predict(encoded, generator)} for generator in noise]
        rows += [dict(method.controls(encoded, generator)) for generator in control_noise]
        rows += [dict(method.controls_once(encoded, generator)) for generator in control_noise[:1]]
        for name in dict.fromkeys(name for row in rows for name in row):
            found = [_hits(row[name], y_B) for row in rows if name in row]
            hits.setdefault(name, []).append(torch.stack(found))
    shares = {
        name: tuple(count / len(split) for count in torch.stack(batches).sum(dim=0).tolist())
        for name, batches in hits.items()
    }
    return shares.pop(""), shares


def _hits(said: Tensor, y_B: Tensor) -> Tensor:
    """Count right classes; of class probabilities `(B, K)`, add up those of the right ones."""
    if said.ndim == 1:
        return (said == y_B).sum()
    return said.gather(1, y_B.unsqueeze(1)).sum()
