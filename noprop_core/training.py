"""The one training loop.

It is a generator of events, so that whoever measures decides what surrounds an epoch and never
touches what is inside it: training happens between `EpochBegins` and `EpochTrained`, evaluation
between `EpochTrained` and `EpochEnds`. Nothing between the first two waits for the device.
"""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor

from noprop_core.acceleration import Steps, StepsAsWritten, steps_of
from noprop_core.datasets.task import Task
from noprop_core.division import UNDIVIDED, Undivided
from noprop_core.errors import Diverged, InvalidOutput, InvalidSetting
from noprop_core.evaluation import accuracies, validate
from noprop_core.gradients import GradientsAhead
from noprop_core.method import Method, Stage
from noprop_core.predictions import Predicted
from noprop_core.seeding import Streams
from noprop_core.words import one_line, printable

Keep = Literal["last", "best"]
"""Which weights are tested: those after the last epoch, or those of the lowest validation loss."""


@dataclass(frozen=True)
class EpochBegins:
    """Everything is ready; asking for the next event trains epoch `epoch` (from 1)."""

    epoch: int


@dataclass(frozen=True)
class GradientsSeen:
    """The L2 norm of every block's gradient on the first batch of the epoch that begins next.

    See `noprop_core.gradients`; in epoch 1 it is the gradient of the network as it was started.
    """

    norms: tuple[float | None, ...]


@dataclass(frozen=True)
class EpochTrained:
    """The host has queued the whole epoch; the device may still be working."""

    epoch: int


@dataclass(frozen=True)
class EpochEnds:
    """Mean training loss and validation accuracy (0 to 1) after epoch `epoch`.

    `validation_loss` is the mean cross-entropy of the method's logits on the validation part; None
    if it is not finite or the method has no logits.
    """

    epoch: int
    train_loss: float
    validation_accuracy: float
    validation_loss: float | None


@dataclass(frozen=True)
class RunEnds:
    """Test accuracy (0 to 1) of every inference repeat, and training examples seen.

    `controls` holds the test accuracies of the method's cheap stand-ins, by name, `facts` what
    the method says of itself. `tested_epoch`
    is the epoch whose weights were tested, 0 if none was trained.
    """

    test_accuracies: tuple[float, ...]
    examples_seen: int
    tested_epoch: int
    controls: dict[str, tuple[float, ...]] = field(default_factory=dict)
    facts: dict[str, float | str] = field(default_factory=dict)


Event = GradientsSeen | EpochBegins | EpochTrained | EpochEnds | RunEnds


def training(
    method: Method,
    task: Task,
    streams: Streams,
    *,
    batch_size: int,
    goes_on: Callable[[Sequence[EpochEnds]], bool],
    repeats: int,
    keep: Keep = "last",
    division: Undivided = UNDIVIDED,
    cuda_graphs: bool = False,
    gradient_norms: bool = False,
    seen: Callable[[int, Predicted], None] = lambda repeat, found: None,
) -> Iterator[Event]:
    """Train `method` on `task` while `goes_on(epochs so far)`, then test it `repeats` times.

    The data order comes from `streams` and is the same for every method. `keep="best"` tests the
    weights of the lowest validation loss; raises `InvalidSetting`, before anything is trained, if
    the method has none. `division` says what of it all this process does; `cuda_graphs` asks for
    steps that are replayed, see `noprop_core.acceleration`; with `gradient_norms` the blocks'
    gradients are looked at before every epoch, which changes nothing that is learnt; `seen` is
    shown what was predicted in the test, see `noprop_core.evaluation`. Raises `Diverged` at the end
    of the first epoch in which a loss was not finite, with the weights from before that step.
    """
    if keep == "best" and not method.has_logits:
        raise InvalidSetting(
            f'keep = "best" needs a validation loss; {method.name} defines predict and no logits'
        )
    if keep == "best" and division is not UNDIVIDED:
        raise InvalidSetting('keep = "best" needs all weights in one process, after every epoch')
    if gradient_norms and division is not UNDIVIDED:
        raise InvalidSetting("gradient_norms needs all blocks in one process")
    ahead = GradientsAhead(method, task, batch_size) if gradient_norms else None
    steps = partial(steps_of, method, cuda_graphs=cuda_graphs, divided=division is not UNDIVIDED)
    test = partial(accuracies, seen=seen)
    return _events(
        method, task, streams, batch_size, goes_on, repeats, keep, division, steps, ahead, test
    )


def _events(
    method: Method,
    task: Task,
    streams: Streams,
    batch_size: int,
    goes_on: Callable[[Sequence[EpochEnds]], bool],
    repeats: int,
    keep: Keep,
    division: Undivided,
    steps_through: Callable[[Sequence[Stage], Task], Steps],
    ahead: GradientsAhead | None,
    tested: Callable[..., tuple[tuple[float, ...], dict[str, tuple[float, ...]]]],
) -> Iterator[Event]:
    order = streams.generator("data order")
    stages = division.stages(method)
    steps = steps_through(stages, task)
    history: list[EpochEnds] = []
    best = BestWeights()
    while goes_on(history):
        epoch = len(history) + 1
        if ahead:
            yield GradientsSeen(ahead.norms(stages, order))
        yield EpochBegins(epoch)
        batches = division.batches(task.epoch_indices(batch_size, order))
        losses = train_epoch(method, stages, task, batches, steps)
        yield EpochTrained(epoch)
        train_loss = read_losses(division.together(losses), epoch)
        noise = streams.generator(f"validation {epoch}", task.device)
        outcome = division.evaluated(method, partial(validate, method, task, noise))
        history.append(EpochEnds(epoch, train_loss, *outcome))
        if keep == "best":
            best.see(history[-1], method)
        yield history[-1]
    tested_epoch = len(history)
    if best.epoch:
        best.restore(method)
        tested_epoch = best.epoch
    count = 1 if method.deterministic_inference else repeats
    test_noise, control_noise = (
        [streams.generator(f"{purpose} {r}", task.device) for r in range(count)]
        for purpose in ("inference", "controls")
    )
    test = partial(tested, method, task, task.test, test_noise, control_noise)
    results, controls = division.evaluated(method, test)
    passes = method.passes_per_epoch or len(stages)
    examples = len(task.train) * passes * len(history)
    facts = {**facts_of(method), **steps.facts()}
    yield RunEnds(results, examples, tested_epoch, controls, facts)


def facts_of(method: Method) -> dict[str, float | str]:
    """Return what `method` says of itself; raises `InvalidOutput` for what is no number or text."""
    facts: dict[Any, Any] = dict(method.facts())
    for name, value in facts.items():
        is_number = isinstance(value, int | float) and math.isfinite(value)
        if not (isinstance(name, str) and (is_number or isinstance(value, str))):
            raise InvalidOutput(
                f"{method.name}: fact {name!r} is {one_line(repr(value), 80)}; expected a finite "
                "number or text"
            )
    return {
        printable(name): printable(value) if isinstance(value, str) else float(value)
        for name, value in facts.items()
    }


class BestWeights:
    """A copy, on the device, of the network as it was at the lowest validation loss."""

    def __init__(self) -> None:
        """Start with nothing kept: `epoch` is 0."""
        self.epoch, self.loss = 0, math.inf
        self.kept: dict[str, Any] = {}

    def see(self, end: EpochEnds, method: Method) -> None:
        """Keep the network, buffers included, if its validation loss is lower than any before."""
        if end.validation_loss is None or end.validation_loss >= self.loss:
            return
        self.epoch, self.loss = end.epoch, end.validation_loss
        self.kept = {}  # no more than one copy at a time
        self.kept = copy.deepcopy(method.network.state_dict())

    def restore(self, method: Method) -> None:
        """Give the network what is kept."""
        method.network.load_state_dict(self.kept)


def train_epoch(
    method: Method,
    stages: Sequence[Stage],
    task: Task,
    batches: Sequence[Tensor],
    steps: Steps | None = None,
) -> list[Tensor]:
    """Make every pass of one epoch; return each step's loss, still on the device.

    `steps` are those of `stages`; without it every step is taken as it is written.
    """
    method.network.train()
    take = steps or StepsAsWritten(stages, task)
    return [take(number, indices_B) for number in range(len(stages)) for indices_B in batches]


def read_losses(losses: list[Tensor], epoch: int) -> float:
    """Bring an epoch's losses to the host, once; return their mean, or raise `Diverged`."""
    stacked = torch.stack(losses)
    if stacked.ndim != 1 or not stacked.is_floating_point():
        raise InvalidOutput(
            f"a training step returned a loss of {stacked.dtype} and shape "
            f"{tuple(stacked.shape[1:])}; expected a floating-point scalar"
        )
    values = stacked.to("cpu", torch.float64)
    finite = values.isfinite()
    if not bool(finite.all()):
        first_bad = int((~finite).nonzero()[0])
        raise Diverged(epoch, first_bad + 1, len(values))
    return float(values.mean())
