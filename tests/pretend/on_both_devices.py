"""The same short run on the CPU and on the pretend device, to compare bit for bit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from unittest import mock

import torch
from pretend_device import DEVICE, Host, is_ours, on_pretend_device, on_the_cpu
from torch import Tensor

from noprop_core import packed_linear
from noprop_core.datasets.loading import build_task
from noprop_core.datasets.raw import Labelled
from noprop_core.datasets.task import Task
from noprop_core.evaluation import accuracies, validate
from noprop_core.method import Method
from noprop_core.seeding import Streams
from noprop_core.training import read_losses, train_epoch

BATCH = 12


def small_task(device: str = "cpu") -> Task:
    """Return 3 classes of 8 x 8 noise: two batches, the last with a remainder of one."""
    source = torch.Generator().manual_seed(0)

    def part(count: int) -> Labelled:
        shape = (count, 1, 8, 8)
        images_NCHW = torch.randint(256, shape, dtype=torch.uint8, generator=source)
        return Labelled(images_NCHW, torch.arange(count) % 3)

    parts = {"train": part(25), "validation": part(6), "test": part(6)}
    return build_task("noise", 3, **parts, device=device)


@dataclass
class Outcome:
    """All that a run leaves: losses, accuracies, controls, facts, weights and buffers."""

    numbers: list[Any]
    weights: dict[str, Tensor]

    def is_bit_for_bit(self, other: "Outcome") -> bool:
        """Tell whether nothing differs."""
        return (
            self.numbers == other.numbers
            and self.weights.keys() == other.weights.keys()
            and all(torch.equal(w, other.weights[name]) for name, w in self.weights.items())
        )


def run_on(task: Task, build: Callable[[Task], Method], host: Host | None = None) -> Outcome:
    """Train two epochs, validate and test; with `host`, the second must not make it wait.

    Unless the method declares that its steps do.
    """
    method, order = build(task), Streams(1).generator("data order")
    losses = train_epoch(method, method.stages, task, task.epoch_indices(BATCH, order))
    batches, stages = task.epoch_indices(BATCH, order), method.stages
    if host is None or method.waits_for_device:
        losses += train_epoch(method, stages, task, batches)
    else:
        with host.must_not_wait():
            losses += train_epoch(method, stages, task, batches)
        assert all(is_ours(loss) and not loss.requires_grad for loss in losses)
    numbers: list[Any] = [read_losses(losses, 1)]
    numbers.append(validate(method, task, Streams(1).generator("validation", task.device)))
    noise, controls = ([Streams(1).generator(name, task.device)] for name in ("noise", "controls"))
    numbers.append(accuracies(method, task, task.test, noise, controls))
    numbers.append(dict(method.facts()))
    state: Mapping[str, Tensor] = method.network.state_dict()
    return Outcome(numbers, {name: on_the_cpu(w).clone() for name, w in state.items()})


def on_both(build: Callable[[Task], Method]) -> tuple[Outcome, Outcome]:
    """Return what the method that `build` makes of a task does on the CPU and on the device.

    The CPU does not lay out linear layers for inference here, which only it can, and which rounds
    otherwise (`noprop_core.packed_linear`).
    """
    with mock.patch.object(packed_linear, "_is_plain_on_the_cpu", return_value=False):
        on_cpu = run_on(small_task(), build)
    with on_pretend_device() as host:
        return on_cpu, run_on(small_task(DEVICE), build, host)
