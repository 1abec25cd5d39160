"""The training loop over the runs of several seeds at once.

Each run has its own data order, epochs, budget and outcome, as `noprop_core.training` gives it
alone; one that fails or that its budget has ended is computed on and no longer looked at, until the
last one ends. Evaluation is each run's own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from noprop_core.datasets.task import Task
from noprop_core.errors import InvalidSetting, NopropError
from noprop_core.evaluation import accuracies, validate
from noprop_core.method import Method
from noprop_core.seed_stack.stack import SeedStack
from noprop_core.seeding import Streams
from noprop_core.training import BestWeights, EpochEnds, Keep, RunEnds, facts_of, read_losses


@dataclass
class RunInStack:
    """One seed's run: its epochs so far, and then its end or the error that ended it."""

    method: Method
    streams: Streams
    epochs: list[EpochEnds] = field(default_factory=list)
    end: RunEnds | None = None
    error: NopropError | None = None
    best: BestWeights = field(default_factory=BestWeights)

    @property
    def goes_on(self) -> bool:
        """Whether it is still being trained."""
        return self.end is None and self.error is None


def train_stack(
    stack: SeedStack,
    streams: Sequence[Streams],
    *,
    batch_size: int,
    goes_on: Callable[[Sequence[EpochEnds]], bool],
    repeats: int,
    keep: Keep = "last",
) -> list[RunInStack]:
    """Train every method of `stack`, whose streams stand in the same order; return their runs.

    What fails a run alone, such as a loss that is not finite, is its `error`; raises what is wrong
    with all of them. Options are those of `noprop_core.training.training`.
    """
    task = stack.task
    if keep == "best" and not stack.template.has_logits:
        raise InvalidSetting(
            f'keep = "best" needs a validation loss; {stack.template.name} has none'
        )
    runs = [RunInStack(m, own) for m, own in zip(stack.methods, streams, strict=True)]
    orders = [own.generator("data order") for own in streams]
    while any(run.goes_on for run in runs):
        batches = [task.epoch_indices(batch_size, order) for order in orders]
        losses_SN = stack.train_epoch(batches)
        for run, losses_N in zip(runs, losses_SN, strict=True):
            if not run.goes_on:
                continue
            try:
                _end_epoch(run, losses_N, task, keep)
                if not goes_on(run.epochs):
                    run.end = _tested(run, task, repeats)
            except NopropError as error:
                run.error = error
    return runs


def _end_epoch(run: RunInStack, losses_N: Tensor, task: Task, keep: Keep) -> None:
    epoch = len(run.epochs) + 1
    train_loss = read_losses([*losses_N], epoch)
    noise = run.streams.generator(f"validation {epoch}", task.device)
    run.epochs.append(EpochEnds(epoch, train_loss, *validate(run.method, task, noise)))
    if keep == "best":
        run.best.see(run.epochs[-1], run.method)


def _tested(run: RunInStack, task: Task, repeats: int) -> RunEnds:
    """Return the end of a run, tested now: with the others' its weights are trained on."""
    method, tested_epoch = run.method, len(run.epochs)
    if run.best.epoch:
        run.best.restore(method)
        tested_epoch = run.best.epoch
    count = 1 if method.deterministic_inference else repeats
    test_noise, control_noise = (
        [run.streams.generator(f"{purpose} {r}", task.device) for r in range(count)]
        for purpose in ("inference", "controls")
    )
    results, controls = accuracies(method, task, task.test, test_noise, control_noise)
    passes = method.passes_per_epoch or len(method.stages)
    examples = len(task.train) * passes * len(run.epochs)
    return RunEnds(results, examples, tested_epoch, controls, facts_of(method))
