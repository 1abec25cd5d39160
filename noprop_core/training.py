"""The one training loop.

It is a generator of events, so that whoever measures decides what surrounds an epoch and never
touches what is inside it: training happens between `EpochBegins` and `EpochTrained`, evaluation
between `EpochTrained` and `EpochEnds`. Nothing between the first two waits for the device.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from noprop_core.datasets.task import Split, Task
from noprop_core.errors import Diverged
from noprop_core.method import Method
from noprop_core.seeding import Streams


@dataclass(frozen=True)
class EpochBegins:
    """Everything is ready; asking for the next event trains epoch `epoch` (from 1)."""

    epoch: int


@dataclass(frozen=True)
class EpochTrained:
    """The host has queued the whole epoch; the device may still be working."""

    epoch: int


@dataclass(frozen=True)
class EpochEnds:
    """Mean training loss and validation accuracy (0 to 1) after epoch `epoch`."""

    epoch: int
    train_loss: float
    validation_accuracy: float


@dataclass(frozen=True)
class RunEnds:
    """Test accuracy (0 to 1) of every inference repeat, and training examples seen.

    `controls` holds the test accuracies of the method's cheap stand-ins, by name.
    """

    test_accuracies: tuple[float, ...]
    examples_seen: int
    controls: dict[str, tuple[float, ...]] = field(default_factory=dict)


Event = EpochBegins | EpochTrained | EpochEnds | RunEnds


def training(
    method: Method, task: Task, streams: Streams, *, batch_size: int, epochs: int, repeats: int
) -> Iterator[Event]:
    """Train `method` on `task` for `epochs` and test it `repeats` times.

    The data order comes from `streams` and is the same for every method. Raises `Diverged` at the
    end of the first epoch in which a loss was not finite, with the weights from before that step.
    """
    order = streams.generator("data order")
    examples = 0
    for epoch in range(1, epochs + 1):
        yield EpochBegins(epoch)
        batches = task.epoch_indices(batch_size, order)
        losses = train_epoch(method, task, batches)
        yield EpochTrained(epoch)
        train_loss = read_losses(losses, epoch)
        examples += len(task.train) * len(method.stages)
        validation_noise = [streams.generator(f"validation {epoch}", task.device)]
        ((accuracy,), _) = accuracies(method, task, task.validation, validation_noise)
        yield EpochEnds(epoch, train_loss, accuracy)
    count = 1 if method.deterministic_inference else repeats
    test_noise, control_noise = (
        [streams.generator(f"{purpose} {r}", task.device) for r in range(count)]
        for purpose in ("inference", "controls")
    )
    results, controls = accuracies(method, task, task.test, test_noise, control_noise)
    yield RunEnds(results, examples, controls)


def train_epoch(method: Method, task: Task, batches: tuple[Tensor, ...]) -> list[Tensor]:
    """Make every pass of one epoch; return each step's loss, still on the device."""
    method.network.train()
    return [
        stage(*task.training_batch(indices_B)) for stage in method.stages for indices_B in batches
    ]


def read_losses(losses: list[Tensor], epoch: int) -> float:
    """Bring an epoch's losses to the host, once; return their mean, or raise `Diverged`."""
    values = torch.stack(losses).to("cpu", torch.float64)
    finite = values.isfinite()
    if not bool(finite.all()):
        first_bad = int((~finite).nonzero()[0])
        raise Diverged(epoch, first_bad + 1, len(values))
    return float(values.mean())


@torch.no_grad()
def accuracies(
    method: Method,
    task: Task,
    split: Split,
    noise: Sequence[torch.Generator],
    control_noise: Sequence[torch.Generator] = (),
) -> tuple[tuple[float, ...], dict[str, tuple[float, ...]]]:
    """Return the accuracies (0 to 1) on `split`, and those of the method's controls by name.

    One of each per generator. What depends on no noise is computed once per batch. Leaves the
    network in evaluation mode; `train_epoch` sets it back.
    """
    method.network.eval()
    hits: dict[str, list[Tensor]] = {}
    for x_BCHW, y_B in task.evaluation_batches(split):
        encoded = method.encode(x_BCHW)
        rows = [{"": method.predict(encoded, generator)} for generator in noise]
        rows += [dict(method.controls(encoded, generator)) for generator in control_noise]
        for name in dict.fromkeys(name for row in rows for name in row):
            found = [(row[name] == y_B).sum() for row in rows if name in row]
            hits.setdefault(name, []).append(torch.stack(found))
    shares = {
        name: tuple(count / len(split) for count in torch.stack(batches).sum(dim=0).tolist())
        for name, batches in hits.items()
    }
    return shares.pop(""), shares
