"""Accuracy and loss of a method on one part of a data set.

What depends on no randomness is computed once per batch. Both functions leave the network in
evaluation mode; training sets it back.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from noprop_core.datasets.task import Split, Task
from noprop_core.method import Method
from noprop_core.predictions import Predicted, counted, predicted, refuse_unusable, stood_in


@torch.no_grad()
def validate(method: Method, task: Task, generator: torch.Generator) -> tuple[float, float | None]:
    """Return accuracy (0 to 1) and mean cross-entropy on the validation part, in one pass.

    The host reads both at once, at the end. The loss is None if it is not finite or the method has
    no logits.
    """
    method.network.eval()
    sums: list[Tensor] = []
    for x_BCHW, y_B in task.evaluation_batches(task.validation):
        found = predicted(method, method.encode(x_BCHW), generator, y_B)
        if found.scores_BK is None:
            loss = torch.full((), math.nan, device=task.device)
        else:
            loss = cross_entropy(found.scores_BK.to(torch.float32), y_B, reduction="sum")
        hits = (found.classes_B == y_B).sum().to(torch.float32)  # at most a batch: exact
        sums.append(torch.stack((hits, loss, found.unusable.to(torch.float32))))
    hits, loss, unusable = torch.stack(sums).to("cpu", torch.float64).sum(dim=0).tolist()
    count = len(task.validation)
    refuse_unusable(method, unusable, count)
    return hits / count, loss / count if math.isfinite(loss) else None


@torch.no_grad()
def accuracies(
    method: Method,
    task: Task,
    split: Split,
    noise: Sequence[torch.Generator],
    control_noise: Sequence[torch.Generator] = (),
    seen: Callable[[int, Predicted], None] = lambda repeat, found: None,
) -> tuple[tuple[float, ...], dict[str, tuple[float, ...]]]:
    """Return the accuracies (0 to 1) on `split`, and those of the method's controls by name.

    One of each per generator, but of those in `controls_once` one. `seen` is shown what was
    predicted, batch by batch, with the number of the generator.
    """
    method.network.eval()
    hits: dict[str, list[Tensor]] = {}
    unusable: list[Tensor] = []
    for x_BCHW, y_B in task.evaluation_batches(split):
        encoded = method.encode(x_BCHW)
        found: dict[str, list[tuple[Tensor, Tensor]]] = {"": []}
        for repeat, generator in enumerate(noise):
            said = predicted(method, encoded, generator, y_B)
            seen(repeat, said)
            found[""].append(counted(said, y_B))
        rows = [dict(method.controls(encoded, generator)) for generator in control_noise]
        rows += [dict(method.controls_once(encoded, generator)) for generator in control_noise[:1]]
        for row in rows:
            for name, control in row.items():
                found.setdefault(name, []).append(stood_in(method, name, control, y_B))
        for name, pairs in found.items():
            hits.setdefault(name, []).append(torch.stack([right for right, _ in pairs]))
            unusable += [bad for _, bad in pairs]
    shares = {
        name: tuple(count / len(split) for count in torch.stack(batches).sum(dim=0).tolist())
        for name, batches in hits.items()
    }
    refuse_unusable(method, float(torch.stack(unusable).sum()), len(split) * len(noise))
    return shares.pop(""), shares
