"""How large the gradient of each block's weights is, found without learning from it.

The question is whether gradients vanish or explode over the blocks. A batch is learnt from with
the guard tripped, so that no weight moves; what else a step changes is put back: running
statistics, streams of noise, counts of the method's own, the gradients that lay there. The run
goes on bit for bit as it would have done.
"""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from noprop_core.datasets.task import Task
from noprop_core.method import Method, Stage


@dataclass(frozen=True)
class GradientsAhead:
    """Looks at the blocks' gradients on the first batch of an epoch that has not begun."""

    method: Method
    task: Task
    batch_size: int

    def norms(self, stages: Sequence[Stage], order: torch.Generator) -> tuple[float | None, ...]:
        """Return a norm per block; `order`, which the epoch's batches are drawn from, stays put."""
        ahead = torch.Generator(order.device)
        ahead.set_state(order.get_state())
        indices_B = self.task.epoch_indices(self.batch_size, ahead)[0]
        return tuple(gradient_norms(self.method, stages, *self.task.training_batch(indices_B)))


def gradient_norms(
    method: Method, stages: Sequence[Stage], x_BCHW: Tensor, y_B: Tensor
) -> list[float | None]:
    """Return the L2 norm of each block's gradient on one batch, in the order of `blocks`.

    All weights of a block make one vector. None: no stage sends that block a gradient, or it is
    not finite. Of a block that several stages train it is the last one's. Makes the host wait.
    """
    if not method.blocks():
        return []
    with _untouched(method):
        for stage in stages:
            stage(x_BCHW, y_B)
        return [_norm(block, _trained(method)) for block in method.blocks()]


def _trained(method: Method) -> list[Tensor]:
    """Return what the optimisers hold: of stacked blocks, the common weights."""
    groups = [group for optimizer in method.optimizers for group in optimizer.param_groups]
    return [parameter for group in groups for parameter in group["params"]]


def _norm(block: Sequence[Tensor], trained: Sequence[Tensor]) -> float | None:
    gradients = [_gradient(weight, trained) for weight in block]
    squares = [g.to("cpu", torch.float64).square().sum() for g in gradients if g is not None]
    if not squares:
        return None
    norm = torch.stack(squares).sum().sqrt()
    return float(norm) if bool(norm.isfinite()) else None


def _gradient(weight: Tensor, trained: Sequence[Tensor]) -> Tensor | None:
    """Return the gradient of `weight`, which may be a part of a larger parameter."""
    if weight.is_leaf and weight.grad is not None:
        return weight.grad
    storage = weight.untyped_storage().data_ptr()
    for whole in trained:
        if whole.grad is not None and whole.untyped_storage().data_ptr() == storage:
            # In the order of memory of the parameter, so that the same steps lead to the part.
            laid_out = torch.empty_strided(
                whole.size(), whole.stride(), dtype=whole.grad.dtype, device=whole.device
            ).copy_(whole.grad)
            offset = weight.storage_offset() - whole.storage_offset()
            return laid_out.as_strided(weight.size(), weight.stride(), offset)
    return None


@contextmanager
def _untouched(method: Method) -> Iterator[None]:
    """Let steps be taken in the block that leave no trace, except an optimiser's empty state."""
    network, guard = method.network, method.guard
    parameters = {id(p): p for p in (*network.parameters(), *_trained(method))}.values()
    gradients = [parameter.grad for parameter in parameters]
    buffers = [(buffer, buffer.clone()) for buffer in network.buffers()]
    noise = [(generator, generator.get_state()) for generator in method.generators]
    counts = {name: copy.deepcopy(v) for name, v in vars(method).items() if _is_a_count(v)}
    tripped, training = guard.tripped.clone(), network.training
    cards = [method.device] if method.device.type == "cuda" else []
    for parameter in parameters:
        parameter.grad = None
    guard.tripped.fill_(1.0)
    network.train()
    try:
        with torch.random.fork_rng(devices=cards):
            yield
    finally:
        network.train(training)
        vars(method).update(counts)
        guard.tripped.copy_(tripped)
        for generator, state in noise:
            generator.set_state(state)
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient


def _is_a_count(value: object) -> bool:
    """Return whether a step can only change `value` by counting: numbers, or lists of them."""
    if isinstance(value, list):
        return all(_is_a_count(inner) for inner in value)
    return isinstance(value, int | float)
