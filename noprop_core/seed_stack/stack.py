"""Several seeds of one method, trained as one computation.

Every seed keeps a method of its own, built as alone: its weights, running statistics and generators
are its own, and it predicts by itself. Their weights lie in common storages, a row for each seed,
of which each seed's own are views. A step asks the loss of one more method, the template, under
`torch.vmap`: its code is written for one seed and computes all. What that comes down to is
recorded at the second step and from then on played. Shapes: `S` seeds, `B` batch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call

from noprop_core.datasets.task import Task
from noprop_core.descent import Descent
from noprop_core.errors import InvalidSetting
from noprop_core.freed_memory import keep_freed_memory
from noprop_core.fused_adam import Adam, AdamW
from noprop_core.method import Method
from noprop_core.seed_stack.draws import Draw, Handed, Noting, side_by_side
from noprop_core.seed_stack.layers import InStack
from noprop_core.seed_stack.tape import Tape, record


@dataclass(frozen=True)
class _Step:
    """A descent of the template, with an optimiser over all seeds for each of its own."""

    descent: Descent
    optimizers: Sequence[Adam | AdamW]


@dataclass
class _Noted:
    """What a loss draws, and the names of the parameters and buffers that it uses."""

    draws: Sequence[Draw]
    names: Sequence[str]
    in_rows: list[bool]
    """Of every draw, whether each seed's numbers are to lie by themselves; not known at first."""
    steps: int = 0
    tape: Tape | None = None
    """Of the second step, for all that follow: from then on all lies where it is to lie."""


class SeedStack:
    """The methods of several seeds, alike but for the seed, and one step for all of them."""

    def __init__(self, template: Method, methods: Sequence[Method], task: Task) -> None:
        """Move the weights of `methods` into common storages; `template` is used up.

        `template` is built as they are, of any seed. Raises `InvalidSetting` for a method whose
        seeds cannot be stacked.
        """
        if not template.stacks_seeds(template.config):
            raise InvalidSetting(f"{template.name}: seeds cannot be stacked")
        keep_freed_memory(task.device)
        self.template, self.methods, self.task = template, methods, task
        self.generators = [method.generators for method in methods]
        self.network = _Asked(template.network)
        held = [_held_by(method) for method in methods]
        self.common = {name: _common([of[name] for of in held]) for name in _held_by(template)}
        names = {id(p): name for name, p in template.network.named_parameters()}
        made = {id(o): self._over_all(o, names) for o in template.optimizers}
        self.stages = [
            [_Step(d, [made[id(o)] for o in d.optimizers]) for d in stage]
            for stage in template.descents
        ]
        self.noted: dict[tuple[int, int, int], _Noted] = {}
        """By stage, descent and batch size: what the loss draws, and what it uses."""

    def train_epoch(self, batches: Sequence[Sequence[Tensor]]) -> Tensor:
        """Make every pass of one epoch; return every seed's loss of every step `(S, steps)`.

        `batches` holds, by seed, the indices of each batch: as many and as large for every seed.
        """
        for method in (self.template, *self.methods):
            method.network.train()
        losses = [
            self.step(stage, torch.stack(indices))
            for stage in range(len(self.stages))
            for indices in zip(*batches, strict=True)
        ]
        return torch.stack(losses, dim=1)

    def step(self, stage: int, indices_SB: Tensor) -> Tensor:
        """Train every seed on its own batch; return the losses `(S,)`, still on the device.

        A seed whose loss is not finite spoils its own weights and no other's.
        """
        seeds, batch = indices_SB.shape
        x, y = self.task.training_batch(indices_SB.flatten())
        x_SBCHW = side_by_side(x.reshape(seeds, batch, *x.shape[1:]))
        losses = [
            self._descend((stage, number), step, x_SBCHW, y.view(seeds, batch)) * step.descent.shown
            for number, step in enumerate(self.stages[stage])
        ]
        return losses[0] if len(losses) == 1 else torch.stack(losses).mean(dim=0)

    def _descend(self, place: tuple[int, int], step: _Step, x: Tensor, y: Tensor) -> Tensor:
        noted = self._noted((*place, y.shape[1]), step.descent)
        drawn = [
            draw.of_every_seed(self.generators, in_rows=in_rows)
            for draw, in_rows in zip(noted.draws, noted.in_rows, strict=True)
        ]
        learning = [p for o in step.optimizers for g in o.param_groups for p in g["params"]]

        def compute(x: Tensor, y: Tensor, *drawn: Tensor) -> list[Tensor | None]:
            losses_S = self._losses(noted, step.descent, x, y, drawn)
            total = losses_S.sum()
            return [losses_S.detach(), *_gradients(total, learning)]

        given = (x, y, *drawn)
        if noted.tape is not None:
            with torch.no_grad():
                losses_S, *gradients = noted.tape.play(given)
        elif noted.steps == 1 and self.template.replayable:
            noted.tape, (losses_S, *gradients) = record(compute, given)
        else:
            losses_S, *gradients = compute(*given)
        noted.steps += 1
        for parameter, gradient in zip(learning, gradients, strict=True):
            parameter.grad = gradient
        for optimizer in step.optimizers:
            optimizer.apply(None)
        assert losses_S is not None
        return losses_S

    def _losses(
        self, noted: "_Noted", descent: Descent, x: Tensor, y: Tensor, drawn: Sequence[Tensor]
    ) -> Tensor:
        """Return every seed's loss `(S,)`."""

        def of_one_seed(
            held: dict[str, Tensor], x_BCHW: Tensor, y_B: Tensor, drawn: Sequence[Tensor]
        ) -> Tensor:
            handed = Handed(noted.draws, drawn)
            with InStack(handed):
                asked = (descent.loss, x_BCHW, y_B)
                loss: Tensor = functional_call(self.network, held, asked)
            noted.in_rows[:] = handed.in_rows
            return loss

        held = {f"network.{name}": self.common[name].rows for name in noted.names}
        losses_S: Tensor = torch.vmap(of_one_seed)(held, x, y, tuple(drawn))
        return losses_S

    def _noted(self, place: tuple[int, int, int], descent: Descent) -> "_Noted":
        """Return what the loss does with a batch of this size: asked of the template, once."""
        if place not in self.noted:
            x_BCHW, y_B = self.task.training_batch(torch.arange(place[2], device=self.task.device))
            with torch.no_grad(), Noting(self.template.generators) as noting:
                descent.loss(x_BCHW, y_B)
            used = [name for name, own in _held_by(self.template).items() if id(own) in noting.used]
            self.noted[place] = _Noted(noting.draws, used, [False] * len(noting.draws))
        return self.noted[place]

    def _over_all(self, optimizer: torch.optim.Optimizer, names: Mapping[int, str]) -> Adam | AdamW:
        """Return an optimiser over all seeds: Adam's step is elementwise, so one is as many."""
        if not isinstance(optimizer, Adam | AdamW) or len(optimizer.param_groups) > 1:
            raise InvalidSetting(
                f"{self.template.name}: its optimiser cannot be stacked over seeds"
            )
        group = optimizer.param_groups[0]
        kept = {name: group[name] for name in ("lr", "betas", "eps", "weight_decay", "fused")}
        leaves = [self.common[names[id(p)]].leaf for p in group["params"]]
        return type(optimizer)(leaves, **kept)


class _Asked(nn.Module):
    """The template's network, as `functional_call` wants it: one module, and a call into it."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, loss: Callable[[Tensor, Tensor], Tensor], x_BCHW: Tensor, y_B: Tensor
    ) -> Tensor:
        return loss(x_BCHW, y_B)


@dataclass(frozen=True)
class _Common:
    """One tensor of every seed: `leaf` lies in the order of memory, `rows` has a row per seed."""

    leaf: Tensor
    order: Sequence[int]

    @property
    def rows(self) -> Tensor:
        """`(S, ...)`, of which a gradient reaches `leaf`."""
        return self.leaf.permute(*self.order)


def _gradients(total: Tensor, learning: Sequence[Tensor]) -> list[Tensor | None]:
    """Return every parameter's gradient, lying in memory as it does; None where there is none."""
    found: Sequence[Tensor | None] = torch.autograd.grad(total, learning, allow_unused=True)
    return [None if one is None else one.contiguous() for one in found]


def _held_by(method: Method) -> dict[str, Tensor]:
    """Return parameters and buffers by name."""
    return {**dict(method.network.named_parameters()), **dict(method.network.named_buffers())}


def _common(own: Sequence[Tensor]) -> _Common:
    """Move one tensor of every seed into a common storage, of which each seed's is then a view."""
    first = own[0]
    strides = first.stride()
    by_stride = sorted(range(first.ndim), key=lambda axis: -strides[axis])
    leaf = torch.stack([t.detach().permute(*by_stride) for t in own]).contiguous()
    order = (0, *(1 + by_stride.index(axis) for axis in range(first.ndim)))
    for tensor, row in zip(own, leaf.permute(*order), strict=True):
        tensor.data = row
    return _Common(nn.Parameter(leaf) if first.requires_grad else leaf, order)
