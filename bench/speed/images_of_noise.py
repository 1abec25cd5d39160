"""Images of noise in ten classes: the arithmetic is that of real ones, and no file is needed."""

import torch

from noprop_core.datasets.loading import build_task
from noprop_core.datasets.raw import Labelled
from noprop_core.datasets.task import Task
from noprop_core.seeding import Streams


def digits_of_noise(device: torch.device) -> Task:
    """Return images of the size and number of digits' training images."""
    return _task(device, 8, train=1293, validation=144)


def mnist_of_noise(device: torch.device, count: int = 128) -> Task:
    """Return `count` images of MNIST's size, 1 x 28 x 28."""
    return _task(device, 28, train=count, validation=count)


def _task(device: torch.device, side: int, *, train: int, validation: int) -> Task:
    source = Streams(0).generator("speed")

    def part(count: int) -> Labelled:
        images = torch.randint(256, (count, 1, side, side), dtype=torch.uint8, generator=source)
        return Labelled(images, torch.arange(count) % 10)

    parts = {"train": part(train), "validation": part(validation), "test": part(10)}
    return build_task("noise", 10, **parts, device=device)
